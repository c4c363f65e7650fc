# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table of kernels, and what the header of a guest case says.

row_names()
{
	sed -e 's/#.*//' "$TOP/test/kernels" | awk 'NF { print $1 }'
}

# Sets ROW_SUITES, ROW_HEADERS, ROW_FALLBACK and ROW_PROPERTIES.
row_read()
{
	local line name

	line=$(sed -e 's/#.*//' "$TOP/test/kernels" | awk -v n="$1" '$1 == n')
	[ -n "$line" ] ||
		die "no kernel '$1' in test/kernels; there are: $(row_names | xargs)"
	# shellcheck disable=SC2034
	read -r name ROW_SUITES ROW_HEADERS ROW_FALLBACK ROW_PROPERTIES <<<"$line"
	[ -n "$ROW_FALLBACK" ] ||
		die "test/kernels: row $1 needs NAME SUITES HEADERS FALLBACK"
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

	for file in "$TOP"/test/cases/*; do
		[ ! -f "$file" ] || printf '%s\n' "${file##*/}"
	done
}

# case_header CASE KEY DEFAULT
case_header()
{
	local value

	value=$(sed -n "/^#/!q; s/^# $2:[[:space:]]*//p" "$TOP/test/cases/$1" | head -n 1)
	printf '%s\n' "${value:-$3}"
}

# Words in headers never stand for files of the directory we are in.
case_applies()
{
	local case=$1 kernel=$2 pattern patterns

	read -ra patterns <<<"$(case_header "$case" kernels '*')"
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2254
		case $kernel in
		$pattern) return 0 ;;
		esac
	done
	return 1
}
