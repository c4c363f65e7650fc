# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The cache outside the tree.  An entry is there complete or not at all, and never
# changes: its name says what it was made from.

# cache_entry NAME INGREDIENT...: where it is
cache_entry()
{
	printf '%s/%s-%s\n' "$CACHE" "$1" \
		"$(printf '%s\n' "$@" "$MIRROR" "$SECURITY_MIRROR" | sha256sum | cut -c1-8)"
}

# cache_make DIR LOG WHAT COMMAND...: unless it is there, COMMAND... makes DIR
# (under another name, its last argument); WHAT is what people are told.
cache_make()
{
	local dir=$1 log=$2 what=$3 name=${1##*/} lock temp

	shift 3
	[ ! -e "$dir" ] || return 0

	mkdir -p "$CACHE" "${log%/*}"
	exec {lock}>"$CACHE/.$name.lock"
	flock "$lock"
	if [ ! -e "$dir" ]; then
		say "$what "
		rm -rf --one-file-system "$CACHE/.$name".tmp.*
		temp=$(mktemp -d "$CACHE/.$name.tmp.XXXXXX")
		chmod 755 "$temp"
		if ! alive "$what" "$log" "$@" "$temp"; then
			rm -rf --one-file-system "$temp"
			die_log "$log" "$what: failed; is $MIRROR reachable?"
		fi
		mv -T "$temp" "$dir"
	fi
	exec {lock}>&-
}
