# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What the documentation tells people to type, so that it is what is tested.

# recipe NAME: its commands. A line of the page that begins with # is one, with > it goes on.
recipe()
{
	awk -v name=".. recipe: $1" '
		$0 == name { here = 1; next }
		here && /^\t/ { begun = 1; if (sub(/^\t[#>] ?/, "")) print; next }
		begun && /^[^\t]/ { exit }' /docs/*.rst
}

# follow NAME: does what it says, one command after the other, and prints what they do
follow()
{
	recipe "$1" >"/tmp/recipe.$$"
	[ -s "/tmp/recipe.$$" ] || bail "docs/ has no recipe $1"
	sh -e "/tmp/recipe.$$"
}
