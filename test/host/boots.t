#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine that fails before init is started again, and what comes after init is judged; however
# the host's side of a run ends, there is an outcome.

set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/lib/common.sh
. test/lib/common.sh
# shellcheck source=test/lib/judge.sh
. test/lib/judge.sh
# shellcheck source=test/lib/run.sh
. test/lib/run.sh
# shellcheck source=test/lib/again.sh
. test/lib/again.sh
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
BOOT_TIMEOUT=2
BOOT=("$OUT/emulator")
LOG=$OUT/row/log/case
mkdir -p "${LOG%/*}"

# Each boot takes a line of the plan: what the console says before init, then after it. Of a
# "late" one, the console is behind the results; one that "hangs" has no init; that of one that
# "init-hangs" says nothing.
cat >"$OUT/emulator" <<'END'
#!/bin/bash
console=${2#file:}
plan=${console%/row/*}/plan
read -r kind before after <"$plan"
sed -i 1d "$plan"
say() { printf '[    1.000000] %s\r\n' "$@" >>"$console"; }
boot() { say "Linux version 6.12" "${before//_/ }" "$(seq -f 'line %g' 500)"; }
[ "$kind" != hangs ] || { boot; exec sleep 60; }
[ "$kind" != init-hangs ] || { boot; say "Run /init as init process" "${after//_/ }"; exec sleep 60; }
[ "$kind" != late ] || echo ::up
[ "$kind" != late ] || sleep 1
boot
say "Run /init as init process"
[ "$kind" = late ] || echo ::up
sleep 0.3
say "${after//_/ }"
printf '%s\n' 'ok 1 - it works' '::end 1' '::exit 0'
END
chmod +x "$OUT/emulator"

# run COMMAND...: as test/vm would
run()
{
	rm -f "$LOG".*
	set +e	# a condition would be without it within
	(
		set -e
		judged_run "$@"
	) >"$OUT/said" 2>&1
	set -e
	said=$(cat "$OUT/said")
}

run_and_judge()
{
	run_booted "$1"
	judge row case "$TIMED_OUT" ''
}

# boots TIMEOUT LINE...: runs it as planned; sets started to the number of boots
boots()
{
	local timeout=$1

	shift
	printf '%s\n' "$@" good good good >"$OUT/plan"
	run run_and_judge "$timeout"
	started=$(($# + 3 - $(wc -l <"$OUT/plan")))
}

# ended OUTCOME BOOTS NAME
ended()
{
	local status=0

	[ "$(cat "$LOG.outcome") $started" = "$1 $2" ] || status=1
	ok $status "$3: $1, of boot $2"
	[ $status -eq 0 ] || sed 's/^/# /' "$OUT/said" "$LOG.outcome"
}

BUG=BUG:_Bad_page_state_in_process_kworker/u10:2

boots 20 'good fine fine'
ended pass 1 'a machine that works'
boots 20 "good $BUG fine"
ended pass 2 'the kernel complains before init'
status=0
grep -q "failed before init and is started again (.*Bad page state.*console.1)" <<<"$said" || status=1
ok $status 'and the results say so'
status=0
! grep -qv '^ok \|^not ok \|^# \|^1\.\.' <<<"$said" || status=1
ok $status 'in a comment'
status=0
[ "$(grep -c '^ok 1 - it works' <<<"$said")" -eq 1 ] || status=1
ok $status 'which are those of one boot'
boots 20 "late $BUG fine"
ended pass 2 'it does, and the console is behind'
boots 20 "good $BUG fine" "good $BUG fine" "good $BUG fine"
ended oops 3 'it does each time'
boots 20 "good fine $BUG"
ended oops 1 'it complains after init'
boots 20 'hangs fine'
ended pass 2 'it hangs'
boots 20 'hangs fine' 'hangs fine' 'hangs fine'
ended load 3 'it hangs each time'
boots 20 "init-hangs fine $BUG"
ended load 1 'init has begun, and it complains and hangs'
boots 20 "init-hangs fine fine"
ended load 1 'init has begun, and it hangs'
# Both clocks stop it at the same moment, in either order.
for delay in 1.99 2 2.001 2.002 2.005 2.01; do
	boots $delay 'hangs fine'
	ended pass 2 "it hangs, and the case's time, $delay s, is over"
done
run false
status=0
grep -q '^broken off with status 1 at: ' "$LOG.outcome" || status=1
ok $status "the host's side fails: $(cat "$LOG.outcome")"
wait_and_see() { kill -TERM $BASHPID; }
run wait_and_see
status=0
grep -q '^broken off with SIGTERM at: ' "$LOG.outcome" || status=1
ok $status "and is ended: $(cat "$LOG.outcome")"
done_testing
