# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What is cached of a row, made as one and never changed afterwards:
#
#	root/		the chroot with toolchain and headers
#	image/		the unpacked kernel image of exactly the same version
#	vmlinuz		link to the image itself
#	release		uname -r
#	version		Debian version of headers and image

kernel_dir()
{
	local recipe

	row_read "$1"
	recipe=$(printf '%s\n' 2 "$ROW_SUITES" "$ROW_HEADERS" "$ROW_FALLBACK" \
		"$(row_property "$ROW_PROPERTIES" expired)" "$CHROOT_PACKAGES" \
		"$MIRROR" "$SECURITY_MIRROR" | sha256sum | cut -c1-8)
	printf '%s\n' "$CACHE/$1-$recipe"
}

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
	local kernel=$1 log=$OUT/$1/log/fetch.log temp

	row_read "$kernel"
	KERNEL_DIR=$(kernel_dir "$kernel")
	[ -e "$KERNEL_DIR/version" ] && return

	mkdir -p "$CACHE"
	exec {lock}>"$CACHE/.$kernel.lock"
	flock "$lock"
	if [ ! -e "$KERNEL_DIR/version" ]; then
		say "$kernel: fetching $ROW_SUITES chroot, headers and image (one to two minutes)"
		rm -rf --one-file-system "$CACHE/.$kernel".tmp.*
		temp=$(mktemp -d "$CACHE/.$kernel.tmp.XXXXXX")
		chmod 755 "$temp"
		if ! kernel_make "$temp" >"$log" 2>&1 </dev/null; then
			rm -rf --one-file-system "$temp"
			die_log "$log" "$kernel: could not fetch its packages; is $MIRROR reachable?"
		fi
		mv -T "$temp" "$KERNEL_DIR"
		say "$kernel: have $(cat "$KERNEL_DIR/release"), version $(cat "$KERNEL_DIR/version")"
	fi
	exec {lock}>&-
}
