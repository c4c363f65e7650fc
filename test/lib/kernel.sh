# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What is cached of a row, made as one and never changed afterwards:
#
#	root/		the chroot with toolchain and headers
#	image/		the unpacked kernel image of exactly the same version
#	vmlinuz		link to the image itself
#	release		uname -r
#	version		Debian version of headers and image

# Sets RELEASE and VERSION.
kernel_headers()
{
	local root=$1 package

	chroot_run "$root" '' true || return 1
	# An index may still name a package that its archive has dropped.
	for package in "$ROW_HEADERS" "$ROW_FALLBACK" ''; do
		case $package in
		-) continue ;;
		'') return 1 ;;
		esac
		chroot_run "$root" '' apt-get install -y --no-install-recommends "$package" &&
			break
		echo "cannot install $package from $ROW_SUITES"
	done
	RELEASE=$(cd "$root/lib/modules" && echo *)
	[ -e "$root/lib/modules/$RELEASE/build/Makefile" ] ||
		[ -L "$root/lib/modules/$RELEASE/build" ] ||
		{ echo "not exactly one kernel's headers: $RELEASE"; return 1; }
	# shellcheck disable=SC2016
	VERSION=$(chroot_run "$root" '' dpkg-query -W -f '${Version}' "linux-headers-$RELEASE")
}

link_vmlinuz()
{
	local dir=$1 file

	for file in image/boot/vmlinuz-"$RELEASE" image{,/usr}/lib/modules/"$RELEASE"/vmlinuz; do
		[ ! -e "$dir/$file" ] || { ln -s "$file" "$dir/vmlinuz"; return; }
	done
	echo "no vmlinuz of $RELEASE in the image's package"
	return 1
}

# From 6.19 on the files of the image are in linux-binary-RELEASE.
kernel_image()
{
	local root=$1 image=$2 package

	mkdir -p "$image" "$root/build/image"
	for package in "linux-binary-$RELEASE" "linux-image-$RELEASE"; do
		chroot_run "$root" '' apt-cache show "$package=$VERSION" >/dev/null 2>&1 ||
			continue
		chroot_run "$root" '' sh -c "cd /build/image && apt-get download $package=$VERSION" &&
			dpkg-deb -x "$root"/build/image/*.deb "$image" &&
			link_vmlinuz "${image%/*}" || return 1
		rm -r "$root/build/image"
		return 0
	done
	echo "no image of $RELEASE, version $VERSION"
	return 1
}

kernel_make()
{
	local dir=$1 expired

	expired=$(row_property "$ROW_PROPERTIES" expired)
	chroot_make "$dir/root" "$ROW_SUITES" "$expired" || return 1
	mkdir -p "$dir/root/build"
	kernel_headers "$dir/root" || return 1
	kernel_image "$dir/root" "$dir/image" || return 1
	rm -rf "$dir/root/var/lib/apt/lists" "$dir"/root/var/cache/apt/*.bin
	printf '%s\n' "$RELEASE" >"$dir/release"
	printf '%s\n' "$VERSION" >"$dir/version"
}

# kernel_fetch KERNEL: afterwards KERNEL_DIR is complete.
kernel_fetch()
{
	local kernel=$1

	row_read "$kernel"
	KERNEL_DIR=$(cache_entry "$kernel" 2 "$ROW_SUITES" "$ROW_HEADERS" "$ROW_FALLBACK" \
		"$(row_property "$ROW_PROPERTIES" expired)" "$CHROOT_PACKAGES")
	cache_make "$KERNEL_DIR" "$OUT/$kernel/log/fetch.log" \
		"$kernel: fetching $ROW_SUITES chroot, headers and image" kernel_make
	say "$kernel: $(cat "$KERNEL_DIR/release"), version $(cat "$KERNEL_DIR/version")"
}
