#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What make says and does when it cannot build: one line that says why and what to
# do, exit status 2, and nothing changed.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL KDIR

# refused NAME PATTERN MAKE-ARGUMENTS...
refused()
{
	local name=$1 pattern=$2 said status before after

	shift 2
	before=$(git status --porcelain --ignored)
	said=$(make --no-print-directory "$@" 2>&1 </dev/null)
	status=$?
	after=$(git status --porcelain --ignored)
	[ "$status" -eq 2 ]
	ok $? "$name: exit status 2, not $status"
	[ "$(grep -c '^uffdwp_guard: ' <<<"$said")" -eq 1 ]
	ok $? "$name: one line says what is wrong"
	grep -q "^uffdwp_guard: $pattern" <<<"$said"
	ok $? "$name: and what to do"
	[ "$before" = "$after" ]
	ok $? "$name: nothing is changed"
	printf '%s\n' "$said" | sed 's/^/# /'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

refused "no headers" "no kernel to build for in '$scratch/absent': install linux-headers-.*KDIR=" \
	KDIR="$scratch/absent"

mkdir "$scratch/empty"
refused "KDIR is an empty folder" "no kernel to build for in '$scratch/empty'" KDIR="$scratch/empty"

mkdir "$scratch/other"
echo 'all:; @echo built something else' >"$scratch/other/Makefile"
refused "KDIR is not a kernel" "'$scratch/other' is not the build folder of a configured and built kernel.*KDIR=" \
	KDIR="$scratch/other"

refused "install without headers" "no kernel to build for in" KDIR="$scratch/absent" install

make --no-print-directory KDIR="$scratch/absent" help >"$scratch/help" 2>&1
ok $? "help needs no kernel"
for target in install dkms-install dkms-remove clean demo check check-all style; do
	grep -qE "^make $target( |$)" "$scratch/help"
	ok $? "help tells of make $target"
done

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
grep -q "^## $version" CHANGELOG.md
ok $? "the version in dkms.conf, $version, is the newest in CHANGELOG.md"

done_testing
