# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Places and messages shared by the host scripts.
# shellcheck disable=SC2034

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OUT=$TOP/${UFFDWP_OUT:-test/out}
CACHE=${UFFDWP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/uffdwp_guard}

# Does somebody look on? What is run by others asks those.
export UFFDWP_TERMINAL=${UFFDWP_TERMINAL-$([ ! -t 2 ] || echo yes)}
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

# alive WHAT LOG COMMAND...: runs it with its output in LOG, and says now and then how long it
# takes and what it said last; more rarely where nobody sits before it. (No child sleeps there:
# it would keep locks and pipes open when all else has ended.)
alive()
{
	local what=$1 log=$2 status=0 ticker

	shift 2
	: >"$log"
	(
		trap - INT
		SECONDS=0
		exec {never}<> <(:)
		while ! read -rt "$([ -n "$UFFDWP_TERMINAL" ] && echo 10 || echo 60)" -u "$never"; do
			kill -0 $$ 2>/dev/null || exit
			say "$what: for $SECONDS s; $(tail -n 1 "$log" | tr '\r' '\n' | tail -n 1 | cut -c 1-70)"
		done
	) &
	ticker=$!
	"$@" >>"$log" 2>&1 </dev/null || status=$?
	kill "$ticker"
	wait "$ticker" 2>/dev/null || true
	return "$status"
}
