#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# docs/examples/ci/bisect-step leads `git bisect run` to the commit that breaks the promise, past
# such as do not build and machines that do not come up. Kernel and machine are stand-ins:
# what a commit does is what its file `kernel` says.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL KDIR

step=$PWD/docs/examples/ci/bisect-step
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{bin,guard/docs/examples/ci,linux}
export PATH=$scratch/bin:$PATH GUARD=$scratch/guard
touch "$GUARD/Kbuild"

# The kernel of commit "no build" does not build; the guard does not for one of "no guard".
cat >"$scratch/bin/make" <<'MAKE'
#!/bin/bash
for word; do
	case $word in
	-C) ! grep -q 'no guard' kernel || exit 2; exit 0 ;;
	olddefconfig) exit 0 ;;
	esac
done
! grep -q 'no build' kernel
MAKE
# A machine does what its kernel has it do, with the command that it is given.
cat >"$scratch/bin/vng" <<'VNG'
#!/bin/bash
printf '%s\n' "${@: -1}" >command
case $(cat kernel) in
hangs) exit 1 ;;
misses) printf 'guarded: violations 0, missed 2, the command'\''s exit status 0\r\n' ;;
fails) printf "guarded: violations 0, missed 0, the command's exit status 9\n"; exit 9 ;;
bad) printf "uffdwp_guard: violation site=\r\nguarded: violations 3, missed 1, the command's exit status 0\n"; exit 101 ;;
*) printf "guarded: violations 0, missed 0, the command's exit status 0\n" ;;
esac
VNG
chmod +x "$scratch"/bin/*

cd "$scratch/linux" || exit
git init -q -b main .
git config user.email nobody@localhost
git config user.name nobody
printf '/.config\n/command\n' >.gitignore

# step_says STATUS KERNEL WHAT
step_says()
{
	printf '%s\n' "$2" >kernel
	"$step" true >"$scratch/out" 2>&1
	status=$?
	[ $status -eq "$1" ]
	ok $? "$2: $3 ($status)"
}

"$step" true 2>"$scratch/err"
[ $? -eq 255 ] && grep -q 'no .config here' "$scratch/err"
ok $? "a tree that is not configured ends the search"
touch .config
"$step" 2>/dev/null
[ $? -eq 255 ]
ok $? "no command ends it as well"
GUARD=$scratch "$step" true 2>"$scratch/err"
[ $? -eq 255 ] && grep -q "GUARD is not the tree" "$scratch/err"
ok $? "and so does a GUARD that is none"

commit=0
for kernel in good good 'no build' hangs good 'no guard' bad bad 'no build' misses bad; do
	commit=$((commit + 1))
	echo "$kernel" >kernel
	echo $commit >number
	git add -A && git commit -qm "$commit: $kernel"
done

step_says 0 good "a good commit"
step_says 0 fails "a command that fails is no violation"
step_says 1 bad "a bad commit"
step_says 125 misses "what could not be looked at is no answer"
step_says 125 hangs "no more is a machine that does not come up"
step_says 125 'no build' "nor a kernel that does not build"
step_says 125 'no guard' "nor one that the guard does not build for"
git checkout -q .

"$step" sh -c "echo it's" >/dev/null 2>&1
words=$(bash -c "printf '<%s>' $(cat command)")
[ "$words" = "<$GUARD/docs/examples/ci/guarded><-m><$GUARD/uffdwp_guard.ko><sh><-c><echo it's>" ]
ok $? "the machine gets the command word by word: $words"
BOOT="printf <%s>" "$step" a 'b c' >"$scratch/out" 2>&1
grep -qF "<$GUARD/docs/examples/ci/guarded><-m><$GUARD/uffdwp_guard.ko><a><b c>" "$scratch/out"
ok $? "and so does another in BOOT"

git bisect start HEAD "$(git rev-list --max-parents=0 HEAD)" >/dev/null
git bisect run "$step" true >"$scratch/out" 2>&1
# 6 does not build, so it is one of the two.
grep -q "only 'skip'ped commits left\|first bad commit" "$scratch/out" &&
	git bisect log | grep -q '^# bad: .* 7: bad$' && git bisect log | grep -q '^# good: .* 5: good$'
ok $? "git bisect run comes to where it broke"
sed 's/^/# /' "$scratch/out" | tail -n 12

done_testing
