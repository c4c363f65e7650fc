#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The package, DKMS and the module must be of one version, and what dkms gets must
# be enough: the files that Kbuild names, and the script that dkms.conf names.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL KDIR

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What a conf says to dkms; under dpkg as PACKAGE, or by hand.
conf_says()
{
	# shellcheck disable=SC2016
	env -i PATH="$PATH" ${2:+DPKG_MAINTSCRIPT_PACKAGE="$2"} \
		kernelver=K kernel_source_dir=D arch=A dkms_tree=T \
		bash -c '. ./dkms.conf; eval "echo \"\${$1}\""' bash "$1"
}

version=$(conf_says PACKAGE_VERSION)
[ -n "$version" ]
ok $? "dkms.conf has a version: $version"
packaged=$(sed -n '1s/^uffdwp-guard (\(.*\)) .*/\1/p' debian/changelog)
[ "$packaged" = "$version" ]
ok $? "debian/changelog is of the version of dkms.conf: '$packaged'"
logged=$(sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
[ "$logged" = "$version" ]
ok $? "the newest of CHANGELOG.md is the version of dkms.conf: '$logged'"
dated=$(sed -n 's/^## [0-9.]* (\(.*\))$/\1/p' CHANGELOG.md | head -n 1)
[ "$(date -d "$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)" +%F)" = "$dated" ]
ok $? "and both are of one day: '$dated'"
# The way Kbuild has it, for MODULE_VERSION.
kbuild=$(src=. make -s -f - version 2>"$scratch/make" <<'MAKE'
src := .
obj := .
include Kbuild
version:; @echo '$(guard-version)'
MAKE
)
[ "$kbuild" = "$version" ]
ok $? "MODULE_VERSION is the version of dkms.conf: '$kbuild'"
sed 's/^/# /' "$scratch/make"

make -s dkms-source DESTDIR="$scratch" 2>"$scratch/make"
ok $? "make dkms-source"
sed 's/^/# /' "$scratch/make"
tree=$scratch/usr/src/uffdwp_guard-$version
lacking=0
while read -r object; do
	[ -e "$tree/${object%.o}.c" ] || { lacking=1; echo "# no ${object%.o}.c"; }
done < <(sed -n 's/^uffdwp_guard-y [:+]*= //p' Kbuild | tr ' ' '\n')
while read -r header; do
	[ -e "$tree/include/$header" ] || [ -e "$tree/module/$header" ] ||
		{ lacking=1; echo "# no $header"; }
done < <(sed -n 's/^#include "\(.*\)"/\1/p' module/*.[ch] include/*.h | sort -u)
ok "$lacking" "all sources are in it"
stray=$(cd "$tree" && find . -type f | grep -Ev '^\./((Kbuild|Makefile|dkms\.conf|debian/dkms-under-dpkg)|(module|include)/[a-z_]+\.[ch])$')
[ -z "$stray" ]
ok $? "nothing else is in it: '$stray'"

for directive in PRE_BUILD POST_INSTALL 'MAKE[0]'; do
	by_hand=$(conf_says "$directive")
	under_dpkg=$(conf_says "$directive" linux-image-K)
	script=$(grep -o 'debian/[^ ]*' <<<"$under_dpkg")
	[ -x "$tree/$script" ]
	ok $? "$directive runs $script under dpkg"
	! grep -q debian/ <<<"$by_hand"
	ok $? "$directive runs nothing of the kind by hand"
done

done_testing
