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
	local name usual partly=()

	for name in $(row_names); do
		row_read "$name"
		[ "$(row_property "$ROW_PROPERTIES" bench)" != yes ] || continue
		usual=$(row_property "$ROW_PROPERTIES" usual)
		if [ -n "$1" ] || [ "$usual" = yes ]; then
			printf '%s\n' "$name"
		elif [ -n "$usual" ]; then
			partly+=("$name")
		fi
	done
	printf '%s' "${partly[@]/%/$'\n'}"
}

# row_usual ROW: the cases that the row is usual for, if not for all
row_usual()
{
	row_read "$1"
	row_property "$ROW_PROPERTIES" usual | sed '/^yes$/d; s/,/ /g'
}

# Sets ROW_SUITES, ROW_HEADERS and ROW_PROPERTIES.
row_read()
{
	local line name

	line=$(table_lines | awk -v n="$1" '/^[^ \t]/ && $1 == n')
	[ -n "$line" ] ||
		die "no row '$1' in ${TABLE#"$TOP/"}; there are: $(row_names | xargs)"
	# shellcheck disable=SC2034
	read -r name ROW_SUITES ROW_HEADERS ROW_PROPERTIES <<<"$line"
	[ -n "$ROW_HEADERS" ] ||
		die "${TABLE#"$TOP/"}: row $1 needs its first three columns"
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

# case_header CASE KEY DEFAULT
case_header()
{
	local value

	value=$(sed -n "/^#/!q; s/^# $2:[[:space:]]*//p" "$CASES/$1" | head -n 1)
	printf '%s\n' "${value:-$3}"
}

# The cases that alone are wanted, or none: all are.
ONLY_CASES=''

# words_of KEY CASE...: the words of that header in these cases
words_of()
{
	local key=$1 case

	shift
	for case; do
		case_header "$case" "$key" ''
	done | tr ' ' '\n' | sort -u | sed '/^$/d'
}

# headers_wanted KERNEL KEY: the same of all cases that the row runs
headers_wanted()
{
	local case cases=()

	for case in ${ONLY_CASES:-$(case_names)}; do
		case_applies "$case" "$1" || continue
		[ -n "$(row_without "$1" "$case")" ] || cases+=("$case")
	done
	words_of "$2" "${cases[@]}"
}

# header_names CASE KEY ROW: does a pattern of that header fit the row? Those words never stand
# for files of the directory we are in.
header_names()
{
	local kernel=$3 pattern patterns

	read -ra patterns <<<"$(case_header "$1" "$2" '*')"
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
	local case=$1 kernel=$2 only

	row_read "$kernel"
	only=$(row_property "$ROW_PROPERTIES" only)
	[ -z "$only" ] || [[ ,$only, == *,"$case",* ]] || return 1
	header_names "$case" "$CASE_ROWS" "$kernel" || return 1
	[ -z "${UFFDWP_USUAL-}" ] || [ "$(row_property "$ROW_PROPERTIES" usual)" != yes ] ||
		header_names "$case" usual "$kernel"
}
