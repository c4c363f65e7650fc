#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `make shell` is a shell in a guest with the guard loaded, and ends when it is left; a row
# that does not exist gets one line, there and for `make demo`.
# needs: kernel

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/common.sh
. test/lib/common.sh
# shellcheck source=test/lib/table.sh
. test/lib/table.sh
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

# session COMMAND...: types them once the guard is loaded; what the terminal shows is SHOWN
session()
{
	local command tries=120

	mkfifo "$scratch/keys"
	timeout -k 5 180 test/vm -n -g -k "$kernel" <"$scratch/keys" >"$scratch/shown" 2>&1 &
	exec {keys}>"$scratch/keys"
	until grep -q 'The guard is loaded' "$scratch/shown" 2>/dev/null || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		sleep 1
	done
	for command; do
		printf '%s\n' "$command" >&"$keys"
		sleep 3
	done
	wait $!
	status=$?
	exec {keys}>&-
	rm "$scratch/keys"
	SHOWN=$(tr -d '\r' <"$scratch/shown")
	rm "$scratch/shown"
}

# refused COMMAND...: with one line about the row
refused()
{
	local said

	! said=$("$@" 2>&1 >/dev/null)
	ok $? "$*: a row that does not exist is refused"
	[ "$(grep -c "no row 'nowhere' in test/kernels; there are: " <<<"$said")" -eq 1 ] &&
		[ "$(grep -cv '^make: ' <<<"$said")" -eq 1 ]
	ok $? "$*: in one line, that names those that do"
}

kernel=
for row in ${UFFDWP_KERNELS:-$(row_names)}; do
	! [ -e "$OUT/$row/initramfs.cpio" ] || { kernel=$row; break; }
done
if [ -z "$kernel" ]; then
	printf 'not ok 1 - there is a kernel to boot # build: run test/prepare\n1..1\n'
	exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# shellcheck disable=SC2016
for ending in exit poweroff; do
	session 'echo "armed is $(sed -n "s/^armed //p" /sys/kernel/debug/uffdwp_guard/stats)"' "$ending"
	[ $status -eq 0 ]
	ok $? "$ending: the machine ends, with status 0, not $status"
	grep -q '^armed is [01]$' <<<"$SHOWN"
	ok $? "$ending: before that there was a shell, with the guard loaded"
done

refused make shell KERNEL=nowhere
refused make demo KERNEL=nowhere
done_testing
