# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP for the tests in test/host.

count=0

# ok STATUS NAME
ok()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$count" "$2"
	else
		printf 'not ok %d - %s\n' "$count" "$2"
	fi
}

done_testing()
{
	printf '1..%d\n' "$count"
}
