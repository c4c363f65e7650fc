# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the compiler would answer in a system: emulated, it takes a minute or two for each
# build of the module.  The same builds are done here first, by the system's own
# dkms in a copy of its disk, and ccache has the objects by the time that they are asked
# for.  All else of a build is done there for real; and if anything is not the same,
# so is this.

# Debian's kernel headers know of ccache; the rest lets it take the same for the same
COMPILER_ENVIRONMENT=(
	DEBIAN_KERNEL_USE_CCACHE=y
	CCACHE_DIR=/run/scenario/ccache
	CCACHE_COMPILERCHECK=content
	"CCACHE_SLOPPINESS=include_file_ctime,include_file_mtime,locale"
)

# The objects of every build that the scenarios do: both versions, both kernels.
compiler_fill()
{
	local root=$1 tree=$2 version

	# shellcheck disable=SC2153
	for version in "$VERSION" "$NEXT"; do
		rm -rf "$root/srv/tree"
		cp -a "$tree" "$root/srv/tree"
		sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" "$root/srv/tree/dkms.conf"
		# shellcheck disable=SC2016
		chroot_run "$root" '' env "${COMPILER_ENVIRONMENT[@]}" sh -euc '
			make -C /srv/tree dkms-source DESTDIR=
			dkms add -m uffdwp_guard -v "$1"
			dkms build -m uffdwp_guard -v "$1" -k "$2"
			dkms build -m uffdwp_guard -v "$1" -k "$3"
		' sh "$version" "$OLD" "$NEW" || return 1
	done
}

compiler_make()
{
	local work=$1 tree=$2 answers=$3

	mkdir -p "$work/root" "$answers" || return 1
	debugfs -R "rdump / $work/root" "$SYSTEM_DIR/disk" 2>/dev/null || return 1
	# It leaves out what is neither file nor folder.
	mknod -m 666 "$work/root/dev/null" c 1 3 && mknod -m 666 "$work/root/dev/zero" c 1 5 &&
		mknod -m 666 "$work/root/dev/urandom" c 1 9 || return 1
	mkdir -p "$work/root/run/scenario/ccache"
	# Only unpacked: a kernel's own scripts want a machine that could boot it.
	chroot_run "$work/root" '' sh -euc '
		find /srv/archive -name "*.deb" ! -name "linux-image-*" ! -name "linux-binary-*" |
			xargs dpkg --force-depends --unpack
	' && compiler_fill "$work/root" "$tree" || return 1
	cp -a "$work/root/run/scenario/ccache/." "$answers"
	[ -n "$(find "$answers" -type f -size +8k -print -quit)" ] ||
		{ echo "ccache has kept nothing"; return 1; }
}

# compiler_fetch: afterwards $OUT/$SYSTEM/ccache is that of the sources
compiler_fetch()
{
	local out=$OUT/$SYSTEM log=$OUT/$SYSTEM/log/compiler.log work=$OUT/$SYSTEM/work stamp status=0

	stamp=$({ echo "$SYSTEM_DIR"; cat "$TOP/test/lib/system-compiler.sh"
		  cd "$out/tree" && find Kbuild Makefile dkms.conf module include debian -type f \
			-exec sha256sum {} + | sort; } | sha256sum)
	[ "$(cat "$out/ccache.built" 2>/dev/null)" != "$stamp" ] || return 0

	say "$SYSTEM: compiling for $OLD and $NEW, ahead of dkms in the guest"
	rm -rf --one-file-system "$work" "$out/ccache" "$out/ccache.built"
	compiler_make "$work" "$out/tree" "$out/ccache" >"$log" 2>&1 || status=$?
	rm -rf --one-file-system "$work"
	[ "$status" -eq 0 ] || die_log "$log" "$SYSTEM: dkms cannot build for $OLD and $NEW"
	printf '%s\n' "$stamp" >"$out/ccache.built"
}
