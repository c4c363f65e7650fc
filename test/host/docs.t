#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the documents name is there: files of this tree, each other, cases and commands of make.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

mapfile -t pages < <(printf '%s\n' README.md CONTRIBUTING.md CHANGELOG.md docs/*.rst)

# named REGEX: "PAGE NAME" a line, for what is written `NAME` and begins so
named()
{
	# shellcheck disable=SC2016 # backquotes are what is looked for
	grep -oHE "\`($1)[^\` ]*" "${pages[@]}" | sed 's/:`/ /; s/:.*$//' | sort -u
}

# all_there WHAT: of the lines that come, NAME is a file, or a pattern of files
all_there()
{
	local page name lacking=0 names=0

	while read -r page name; do
		names=$((names + 1))
		compgen -G "$name" >/dev/null || { lacking=1; echo "# $page: no $name"; }
	done
	[ $lacking -eq 0 ] && [ $names -gt 0 ]
	ok $? "$1: $names"
}

# What a build makes, and what is an example of something else, is no file of the tree.
all_there "files of the tree are there" \
	< <(named '(module|include|test|docs|debian)/' | grep -v ' test/out/')

links()
{
	local page

	for page in "${pages[@]}"; do
		grep -oE '\]\([^)#:]+|<[a-z_]+\.rst' "$page" |
			sed -E "s,^(\]\(|<),${page%/*}/,; s,^[^/]*\.md/,,; s,^,$page ,"
	done
}

all_there "links lead to files" < <(links)

targets=$(sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile)
lacking=$(grep -ohE '(^ {4}|^\t|`)make [a-z-]+' "${pages[@]}" | sed 's/.*make //' | sort -u |
	grep -vxF "$targets" | grep -vx olddefconfig)
[ -z "$lacking" ]
ok $? "make has the targets that are named: '$lacking'"

unlinked=$(for page in docs/*.rst; do grep -qF "($page)" README.md || echo "$page"; done)
[ -z "$unlinked" ]
ok $? "README.md leads to every page: '$unlinked'"

done_testing
