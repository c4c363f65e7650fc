# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Places and messages shared by the host scripts.
# shellcheck disable=SC2034

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OUT=$TOP/test/out
CACHE=${UFFDWP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/uffdwp_guard}

export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL CDPATH

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# One line for a failure whose details are in a log, then the end of that log.
die_log()
{
	local log=$1

	shift
	tail -n 25 "$log" | sed 's/^/    /' >&2
	die "$* (log: ${log#"$TOP/"})"
}
