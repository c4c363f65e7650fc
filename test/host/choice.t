#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What make check runs: all of the usual rows, some cases of a row that is usual for these alone,
# last, and no more of it than that unless it is named.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

# The tables of a tree of their own: what is usual in the project's may change.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/test/{cases,host,scenarios,out}
cp -r test/check test/lib "$scratch/test"
unset UFFDWP_OUT UFFDWP_CASES UFFDWP_USUAL
cat >"$scratch/test/kernels" <<'KERNELS'
checked suite source usual=two,one
plain   suite headers usual=yes
other   suite headers
KERNELS
: >"$scratch/test/systems"
: >"$scratch/test/host/alone.t"
for case in one two three; do
	echo '# about: a case' >"$scratch/test/cases/$case"
done
echo '# kernels: plain other' >"$scratch/test/cases/elsewhere"
echo '# usual: checked other' >"$scratch/test/cases/rarely"

# chosen EXPECTED WHAT ARGUMENT...
chosen()
{
	local expected=$1 what=$2 is

	shift 2
	is=$("$scratch/test/check" -l "$@" 2>&1 | sed 's,^test/,,; s,^out/t/,,; s/\.t$//' | xargs)
	[ "$is" = "$expected" ]
	ok $? "$what: $is"
}

usual='plain/elsewhere plain/one plain/three plain/two'
all='plain/elsewhere plain/one plain/rarely plain/three plain/two'
chosen "$usual checked/one checked/two host/alone" "without arguments"
chosen "plain/rarely" "a case that is not usual there, by its name" rarely
chosen "plain/one" "a case: on the rows that are usual for all" one
chosen "checked/two" "a case and a row: there" -k checked two
chosen "checked/one checked/rarely checked/three checked/two host/alone" "a row: all of its cases" -k checked
chosen "checked/one checked/rarely checked/three checked/two $all ${all//plain/other} host/alone" \
	"all rows: all of their cases" -a

# refused CASES WHAT
refused()
{
	sed -i "s/usual=two,one/usual=$1/" "$scratch/test/kernels"
	! said=$("$scratch/test/check" -l 2>&1 >/dev/null)
	ok $? "$2: refused"
	[ "$(wc -l <<<"$said")" -eq 1 ] &&
		grep -qF "checked is usual for '${1##*,}', which is no case for it" <<<"$said"
	ok $? "$2: $said"
	sed -i "s/usual=$1/usual=two,one/" "$scratch/test/kernels"
}

refused two,four "a case that does not exist"
refused one,elsewhere "a case that is not for the row"
done_testing
