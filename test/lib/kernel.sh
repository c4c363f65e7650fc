# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What is cached of a row, made as one and never changed afterwards:
#
#	root/		the chroot with toolchain and headers
#	vmlinuz		the kernel image of exactly the same version
#	release		uname -r
#	version		Debian version of headers and image

# matches ROOT PATTERN: the packages whose names fit, newest first
matches()
{
	local root=$1 pattern=$2 package

	chroot_run "$root" '' apt-cache pkgnames linux-headers- |
		while read -r package; do
			# shellcheck disable=SC2254
			case $package in
			$pattern) printf '%s\n' "$package" ;;
			esac
		done | sort -rV
}

# headers_of ROOT PACKAGE: "RELEASE VERSION" of the headers that it would bring
headers_of()
{
	chroot_run "$1" '' apt-get install -s --no-install-recommends "$2" |
		sed -nE 's/^Inst linux-headers-([0-9][^ ]*-amd64) .*\(([^ ]+) .*/\1 \2/p'
}

# image_extract DEB TO: the image alone, whichever of its folders it is in
image_extract()
{
	local deb=$1 to=$2 file

	file=$(dpkg-deb --fsys-tarfile "$deb" | tar -t |
		sed -nE '\,^\./(boot/vmlinuz-[^/]*|(usr/)?lib/modules/[^/]*/vmlinuz)$,{p;q}')
	[ -n "$file" ] || { echo "no vmlinuz in $deb"; return 1; }
	dpkg-deb --fsys-tarfile "$deb" | tar -xO "$file" >"$to"
	[ -s "$to" ] || { echo "$file in $deb is no file"; return 1; }
}

# kernel_download ROOT RELEASE VERSION PACKAGE...: the first of these that there is, in
# /build/image there
kernel_download()
{
	local root=$1 release=$2 version=$3 package

	shift 3
	for package; do
		package=$package-$release=$version
		chroot_run "$root" '' apt-cache show "$package" >/dev/null 2>&1 || continue
		rm -rf "$root/build/image"
		mkdir -p "$root/build/image"
		chroot_run "$root" '' sh -c "cd /build/image && apt-get download $package"
		return
	done
	echo "there is no $package"
	return 1
}

# From 6.19 on the files of the image are in linux-binary-RELEASE.
kernel_image()
{
	local dir=$1 root=$1/root

	kernel_download "$root" "$RELEASE" "$VERSION" linux-binary linux-image &&
		image_extract "$root"/build/image/*.deb "$dir/vmlinuz" || return 1
	rm -r "$root/build/image"
}

# candidates ROOT: the packages that the row allows, best first
candidates()
{
	local candidate

	for candidate in ${ROW_HEADERS//,/ }; do
		case $candidate in
		*'*'*) matches "$1" "$candidate" ;;
		*) printf '%s\n' "$candidate" ;;
		esac
	done
}

# kernel_install DIR PACKAGE: sets RELEASE and VERSION
kernel_install()
{
	local dir=$1 root=$1/root

	read -r RELEASE VERSION < <(headers_of "$root" "$2") ||
		{ echo "cannot get $2 from $ROW_SUITES"; return 1; }
	kernel_image "$dir" || return 1
	chroot_run "$root" '' apt-get install -y --no-install-recommends \
		"linux-headers-$RELEASE=$VERSION" || return 1
	[ -L "$root/lib/modules/$RELEASE/build" ] ||
		{ echo "no headers in linux-headers-$RELEASE"; return 1; }
	headers_mend "$root"
}

# Kbuild of 7.x asks a script whether sparse is good enough, and Debian's headers lack
# it. A suite whose sparse is not says sparse=no in its row.
headers_mend()
{
	local headers script

	# Its scripts may be a link to those of linux-kbuild.
	for headers in "$1"/usr/src/linux-headers-*-common*; do
		script=$headers/scripts/checker-valid.sh
		if grep -q checker-valid.sh "$headers/Makefile" && [ ! -e "$script" ]; then
			printf '#!/bin/sh\necho 1\n' >"$script"
			chmod 755 "$script"
		fi
	done
}

# Takes the first candidate of which headers and image can be had: an index may
# still name packages that its archive has dropped.
kernel_packages()
{
	local dir=$1 package packages

	mapfile -t packages < <(candidates "$dir/root")
	for package in "${packages[@]}"; do
		! kernel_install "$dir" "$package" || return 0
	done
	echo "none of $ROW_HEADERS can be had from $ROW_SUITES, headers and image"
	return 1
}

# The toolchain is the same for all rows of a suite: files of /usr are shared, for
# dpkg never writes to one that is there but puts another in its place.
kernel_root()
{
	local base=$1/root root=$2 part

	mkdir "$root"
	for part in "$base"/*; do
		case ${part##*/} in
		usr) cp -al "$part" "$root" || cp -a "$part" "$root" ;;
		*) cp -a "$part" "$root" ;;
		esac
	done
}

kernel_make()
{
	local base=$1 dir=$2 root=$2/root

	kernel_root "$base" "$root" || return 1
	mkdir -p "$root/build"
	kernel_packages "$dir" || return 1
	rm -rf "$root/var/lib/apt/lists" "$root"/var/cache/apt/{*.bin,archives/*.deb}
	printf '%s\n' "$RELEASE" >"$dir/release"
	printf '%s\n' "$VERSION" >"$dir/version"
}

toolchain_make()
{
	chroot_make "$2/root" "$ROW_SUITES" "$1"
}

# kernel_fetch KERNEL: afterwards KERNEL_DIR is complete.
kernel_fetch()
{
	local kernel=$1 expired base config

	row_read "$kernel"
	expired=$(row_property "$ROW_PROPERTIES" expired)
	base=$(cache_entry "toolchain-${ROW_SUITES%%,*}" 1 "$ROW_SUITES" "$expired" \
		"$CHROOT_PACKAGES")
	config=$(row_property "$ROW_PROPERTIES" config)
	if [ -n "$config" ]; then
		KERNEL_DIR=$(source_entry "$kernel" "$base")
	else
		KERNEL_DIR=$(cache_entry "$kernel" 3 "$base" "$ROW_HEADERS")
	fi
	if [ ! -e "$KERNEL_DIR" ]; then
		cache_make "$base" "$OUT/$kernel/log/toolchain.log" \
			"$kernel: fetching a chroot of $ROW_SUITES" toolchain_make "$expired"
		if [ -n "$config" ]; then
			source_fetch "$kernel" "$base"
		else
			cache_make "$KERNEL_DIR" "$OUT/$kernel/log/fetch.log" \
				"$kernel: fetching headers and image" kernel_make "$base"
		fi
	fi
	say "$kernel: $(cat "$KERNEL_DIR/release"), version $(cat "$KERNEL_DIR/version")"
}
