# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels that no distribution ships, built from the sources of one: a row whose
# HEADERS is a linux-source package and whose `config` names its configuration,
# fragments in test/configs.  What a fragment says overrides what was said before it,
# and what none asks for is off.
#
# The result is what kernel.sh makes of packages.

SOURCE_PACKAGES=(bc bison flex libelf-dev libssl-dev xz-utils)

# fragment_files LIST: the files of a list with commas; every kernel has `boot`
fragment_files()
{
	local fragment

	for fragment in boot ${1//,/ }; do
		[ -f "$TOP/test/configs/$fragment" ] ||
			die "test/kernels asks for test/configs/$fragment, which is not there"
		printf '%s\n' "$TOP/test/configs/$fragment"
	done
}

# source_cache BASE: where the toolchain and the sources are, for all rows of them
source_cache()
{
	cache_entry "$ROW_HEADERS-${ROW_SUITES%%,*}" 1 "$1" "${SOURCE_PACKAGES[@]}"
}

# source_entry KERNEL BASE: where the kernel is; BASE is the suite's toolchain
source_entry()
{
	local config modules fragments

	config=$(row_property "$ROW_PROPERTIES" config)
	modules=$(row_property "$ROW_PROPERTIES" modules)
	fragments=$(fragment_files "$config,$modules") || exit 1
	# shellcheck disable=SC2086
	cache_entry "$1" 1 "$(source_cache "$2")" "$config" "$modules" "$(cat $fragments)"
}

source_root_make()
{
	local base=$1 root=$2/root

	kernel_root "$base" "$root" || return 1
	mkdir -p "$root/build"
	chroot_run "$root" '' apt-get install -y --no-install-recommends \
		"$ROW_HEADERS" "${SOURCE_PACKAGES[@]}" || return 1
	# shellcheck disable=SC2016
	chroot_run "$root" '' dpkg-query -W -f '${Version}\n' "$ROW_HEADERS" >"$2/version" ||
		return 1
	rm -rf "$root/var/lib/apt/lists" "$root"/var/cache/apt/{*.bin,archives/*.deb}
}

# source_run ROOT COMMAND...: where the sources are
source_run()
{
	local root=$1

	shift
	chroot_run "$root" '' env -C "/usr/src/$ROW_HEADERS" "$@"
}

# Kconfig drops without a word what it cannot grant; the last word on each option holds.
source_denied()
{
	local tree=$1 line

	tac "$tree/fragments" | awk -F= '/^CONFIG_/ && !seen[$1]++' |
		while read -r line; do
			case $line in
			*=n) ! grep -q "^${line%n}" "$tree/.config" || echo "$line" ;;
			*) grep -qxF "$line" "$tree/.config" || echo "$line" ;;
			esac
		done
}

# source_configure ROOT LIST: uname -r ends in what the row's name ends in
source_configure()
{
	local root=$1 list=$2 tree=$1/usr/src/$ROW_HEADERS fragments denied

	fragments=$(fragment_files "$list") || return 1
	# shellcheck disable=SC2086
	cat $fragments >"$tree/fragments" || return 1
	# shellcheck disable=SC2153
	printf 'CONFIG_LOCALVERSION="-%s"\n' "${KERNEL#*-}" >>"$tree/fragments"
	source_run "$root" make KCONFIG_ALLCONFIG=fragments allnoconfig || return 1
	denied=$(source_denied "$tree")
	[ -z "$denied" ] || { echo "$list: Kconfig does not grant" "$denied"; return 1; }
}

# source_prepare_other ROOT LIST: have modules built as for a kernel of the same name
# with another configuration.  That is not built; what it exports beyond this one is
# looked up in the sources.
source_prepare_other()
{
	local root=$1 list=$2 tree=$1/usr/src/$ROW_HEADERS

	source_configure "$root" "$list" &&
		source_run "$root" make -j"$(nproc)" modules_prepare || return 1
	sed -nE 's/^EXPORT_SYMBOL_GPL\((\w+)\);/\1/p' "$tree"/kernel/*.c | sort -u |
		grep -vxF -f <(cut -f 2 "$tree/Module.symvers") |
		sed 's/.*/0x00000000\t&\tvmlinux\tEXPORT_SYMBOL_GPL\t/' >"$tree/others.symvers"
	cat "$tree/others.symvers" >>"$tree/Module.symvers"
}

# source_make SOURCES DIR: what kernel_make() makes for other rows
source_make()
{
	local sources=$1 dir=$2 root=$2/root modules release
	local tree=$root/usr/src/$ROW_HEADERS

	modules=$(row_property "$ROW_PROPERTIES" modules)
	kernel_root "$sources" "$root" || return 1
	tar -C "$root/usr/src" -xf "$tree.tar.xz" && rm "$tree.tar.xz" || return 1

	source_configure "$root" "$(row_property "$ROW_PROPERTIES" config)" || return 1
	source_run "$root" make -j"$(nproc)" bzImage modules || return 1
	cp "$tree/arch/x86/boot/bzImage" "$dir/vmlinuz" || return 1
	[ -z "$modules" ] || source_prepare_other "$root" "$modules" || return 1

	release=$(cat "$tree/include/config/kernel.release") || return 1
	source_run "$root" make run-command \
		KBUILD_RUN_COMMAND="scripts/package/install-extmod-build /lib/modules/$release/build" ||
		return 1
	rm -rf "$tree"
	printf '%s\n' "$release" >"$dir/release"
	cp "$sources/version" "$dir/version"
}

# source_fetch KERNEL BASE: makes what source_entry() names
source_fetch()
{
	local kernel=$1 base=$2 sources

	sources=$(source_cache "$base")
	cache_make "$sources" "$OUT/$kernel/log/source.log" \
		"$kernel: fetching $ROW_HEADERS (150 MB)" source_root_make "$base"
	cache_make "$KERNEL_DIR" "$OUT/$kernel/log/fetch.log" \
		"$kernel: building a kernel, which takes some minutes" source_make "$sources"
}
