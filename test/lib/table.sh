# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table of kernels, and what the header of a guest case says.

TABLE=$TOP/test/kernels
CASES=$TOP/${UFFDWP_CASES:-test/cases}
CASE_ROWS=kernels	# the header that names the rows a case is for

# of_systems FUNCTION...: the same of the table of systems and their scenarios
of_systems()
{
	local TABLE=$TOP/test/systems CASES=$TOP/test/scenarios CASE_ROWS=systems

	"$@"
}

is_system()
{
	of_systems row_names | grep -qxF -e "$1"
}

# Lines without comments; those that begin with white space belong to the row above.
table_lines()
{
	sed -e 's/#.*//; /^[[:space:]]*$/d' "$TABLE"
}

row_names()
{
	table_lines | awk '/^[^ \t]/ { print $1 }'
}

# rows_wanted ALL: all rows that are tested, or the usual ones; those that are usual for some
# cases alone come last
rows_wanted()
{
	local name partly=()

	for name in $(row_names); do
		row_read "$name"
		[ "$(row_property "$ROW_PROPERTIES" bench)" != yes ] || continue
		if [ -n "$1" ] || [ "$ROW_USUAL" = yes ]; then
			printf '%s\n' "$name"
		elif [ -n "$ROW_USUAL" ]; then
			partly+=("$name")
		fi
	done
	printf '%s' "${partly[@]/%/$'\n'}"
}

# row_usual ROW: the cases that the row is usual for, if not for all
row_usual()
{
	row_read "$1"
	[ "$ROW_USUAL" = yes ] || [ -z "$ROW_USUAL" ] || printf '%s\n' "${ROW_USUAL//,/ }"
}

# Sets ROW_SUITES, ROW_HEADERS and ROW_PROPERTIES; of these ROW_ONLY and ROW_USUAL, which are
# asked for with each case; and ROW_READ.
ROW_READ=''
row_read()
{
	local line name

	[ "$ROW_READ" != "$TABLE $1" ] || return 0
	line=$(table_lines | awk -v n="$1" '/^[^ \t]/ && $1 == n')
	[ -n "$line" ] ||
		die "no row '$1' in ${TABLE#"$TOP/"}; there are: $(row_names | xargs)"
	# shellcheck disable=SC2034
	read -r name ROW_SUITES ROW_HEADERS ROW_PROPERTIES <<<"$line"
	[ -n "$ROW_HEADERS" ] ||
		die "${TABLE#"$TOP/"}: row $1 needs its first three columns"
	ROW_ONLY=$(row_property "$ROW_PROPERTIES" only)
	ROW_USUAL=$(row_property "$ROW_PROPERTIES" usual)
	ROW_READ="$TABLE $1"
}

# row_without KERNEL CASE: why the row does without the case, or without those of its
# scope; nothing if it does not
row_without()
{
	table_lines | awk -v n="$1" -v c="$2:" -v s="$(case_header "$2" scope kernel)-scope:" '
		/^[^ \t]/ { row = $1 }
		row == n && $1 == "without" && ($2 == c || $2 == s) && !found {
			sub(/^[ \t]*without [^ ]* */, ""); print; found = 1
		}'
}

# row_property ROW_PROPERTIES KEY
row_property()
{
	local word

	for word in $1; do
		[ "${word%%=*}" != "$2" ] || printf '%s\n' "${word#*=}"
	done
}

case_names()
{
	local file

	for file in "$CASES"/*; do
		[ ! -f "$file" ] || printf '%s\n' "${file##*/}"
	done
}

# header_read CASE KEY DEFAULT: sets HEADER. Each case is asked on each row: without a fork.
header_read()
{
	local line

	HEADER=''
	while read -r line && [ "${line:0:1}" = '#' ]; do
		[[ $line == "# $2:"* ]] || continue
		line=${line#"# $2:"}
		HEADER=${line#"${line%%[![:space:]]*}"}
		break
	done <"$CASES/$1"
	HEADER=${HEADER:-$3}
}

# case_header CASE KEY DEFAULT
case_header()
{
	local HEADER

	header_read "$@"
	printf '%s\n' "$HEADER"
}

# The cases that alone are wanted, or none: all are.
ONLY_CASES=''

# words_of KEY CASE...: the words of that header in these cases
words_of()
{
	local key=$1 case HEADER

	shift
	for case; do
		header_read "$case" "$key" ''
		printf '%s\n' "$HEADER"
	done | tr ' ' '\n' | sort -u | sed '/^$/d'
}

# headers_wanted KERNEL KEY: the same of all cases that the row runs
headers_wanted()
{
	local case cases=() HEADER

	for case in ${ONLY_CASES:-$(case_names)}; do
		header_read "$case" "$2" ''
		[ -n "$HEADER" ] || continue
		case_applies "$case" "$1" || continue
		[ -n "$(row_without "$1" "$case")" ] || cases+=("$case")
	done
	words_of "$2" "${cases[@]}"
}

# header_names CASE KEY ROW: does a pattern of that header fit the row? Those words never stand
# for files of the directory we are in.
header_names()
{
	local kernel=$3 pattern patterns HEADER

	header_read "$1" "$2" '*'
	read -ra patterns <<<"$HEADER"
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2254
		case $kernel in
		$pattern) return 0 ;;
		esac
	done
	return 1
}

# A row may be there for some cases only; then no other case is for it, and such a
# case names it. Where UFFDWP_USUAL says so, a row that is usual for all cases is there for
# those alone that are usual on it.
case_applies()
{
	local case=$1 kernel=$2

	row_read "$kernel"
	[ -z "$ROW_ONLY" ] || [[ ,$ROW_ONLY, == *,"$case",* ]] || return 1
	header_names "$case" "$CASE_ROWS" "$kernel" || return 1
	[ -z "${UFFDWP_USUAL-}" ] || [ "$ROW_USUAL" != yes ] ||
		header_names "$case" usual "$kernel"
}
