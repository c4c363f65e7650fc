# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The Debian package uffdwp-guard-dkms as a system's own suite builds it, and once more
# as of the next version, to upgrade to.  Both in $OUT/SYSTEM/packages.

PACKAGE_TOOLS=build-essential,debhelper,dh-sequence-dkms,lintian

package_chroot_make()
{
	local options=()

	[ "$(row_property "$ROW_PROPERTIES" expired)" != yes ] ||
		options+=(--aptopt='Acquire::Check-Valid-Until "false"')
	debian_tree "$1/root.tar.gz" minbase "$PACKAGE_TOOLS" "$ROW_SUITES" "${options[@]}"
}

# checkout_copy DIR: what a checkout of this tree has, without what was built in it
checkout_copy()
{
	local dir=$1

	mkdir -p "$dir"
	(cd "$TOP" && git -c safe.directory='*' ls-files -z -co --exclude-standard -- . \
			':!test' ':!.ci' |
		while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done | tar -cf - --null --no-recursion -T -) | tar -xf - -C "$dir"
}

tree_version()
{
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$1/dkms.conf"
}

# The version after: 1.0.0 and 1.0.1.
next_version()
{
	printf '%s\n' "${1%.*}.$((${1##*.} + 1))"
}

# set_version DIR VERSION: as a release commit would
set_version()
{
	local dir=$1 version=$2 changelog=$1/debian/changelog signed

	signed=$(sed -n '/^ -- /{p;q}' "$changelog")
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" "$dir/dkms.conf"
	{
		sed -n "1s/([^)]*)/($version)/p" "$changelog"
		printf '\n  * The next version, for tests.\n\n'
		printf '%s  %s\n\n' "${signed%%>*}>" "$(date -R -d "${signed##*> } + 1 day")"
		cat "$changelog"
	} >"$changelog.new"
	mv "$changelog.new" "$changelog"
}

# package_build ROOT TREE PACKAGES: in the chroot; lintian has to be silent
package_build()
{
	local root=$1 tree=$2 packages=$3

	mkdir -p "$root/build" "$packages"
	rm -rf "$root/srv/package"
	mkdir -p "$root/srv/package"
	cp -a "$tree" "$root/srv/package/tree"
	chroot_run "$root" '' sh -euc '
		cd /srv/package/tree
		dpkg-buildpackage -us -uc -b
		lintian --allow-root --display-info --fail-on error,warning ../*.changes
	' || return 1
	cp "$root"/srv/package/*.deb "$packages"
}

packages_make()
{
	local work=$1 chroot=$2 packages=$3 tree

	mkdir "$work/root" || return 1
	tar -xzf "$chroot/root.tar.gz" -C "$work/root" || return 1
	for tree in tree next; do
		package_build "$work/root" "$work/$tree" "$packages" || return 1
	done
}

# package_fetch: afterwards $OUT/$SYSTEM/packages is that of the sources
package_fetch()
{
	local chroot out=$OUT/$SYSTEM log=$OUT/$SYSTEM/log/package.log work stamp status=0

	chroot=$(cache_entry "package-$ROW_HEADERS-${ROW_SUITES%%,*}" 1 "$ROW_SUITES" "$ROW_PROPERTIES" \
		"$PACKAGE_TOOLS")
	cache_make "$chroot" "$OUT/$SYSTEM/log/package-chroot.log" \
		"$SYSTEM: fetching a chroot to build the Debian package in" package_chroot_make

	rm -rf --one-file-system "$out/tree" "$out/work"
	checkout_copy "$out/tree"
	VERSION=$(tree_version "$out/tree")
	NEXT=$(next_version "$VERSION")
	stamp=$({ echo "$chroot"; cat "$TOP/test/lib/system-package.sh"
		  cd "$out/tree" && find . -type f -exec sha256sum {} + | sort; } | sha256sum)
	[ "$(cat "$out/packages/.built" 2>/dev/null)" != "$stamp" ] || return 0

	say "$SYSTEM: building the Debian package, $VERSION and $NEXT"
	work=$out/work
	rm -rf "$out/packages"
	mkdir -p "$work"
	cp -a "$out/tree" "$work/tree"
	cp -a "$out/tree" "$work/next"
	set_version "$work/next" "$NEXT"
	packages_make "$work" "$chroot" "$out/packages" >"$log" 2>&1 || status=$?
	rm -rf --one-file-system "$work"
	[ "$status" -eq 0 ] || die_log "$log" "$SYSTEM: the Debian package does not build, or lintian has findings"
	printf '%s\n' "$stamp" >"$out/packages/.built"
}
