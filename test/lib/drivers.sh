# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Drivers for the guest, as the package of a row's kernel has them (from 6.19 on
# linux-modules-RELEASE): of exactly the version that is booted.

# What the cases of this kernel ask for in their `drivers:` header. A kernel that is built
# here has it built in.
drivers_wanted()
{
	[ -z "$(row_property "$ROW_PROPERTIES" config)" ] || return 0
	headers_wanted "$KERNEL" drivers
}

# driver_extract FILES NAME TO: an uncompressed copy of the module NAME; nothing if it is
# built in
driver_extract()
{
	local file

	file=$(find "$1" -name "$2.ko*" | head -n 1)
	case $file in
	*.ko) cp "$file" "$3/$2.ko" ;;
	*.ko.xz) xz -dc "$file" >"$3/$2.ko" ;;
	*)
		find "$1" -name modules.builtin -exec grep -q "/$2\.ko\$" {} + ||
			{ echo "the kernel has no module $2"; return 1; } ;;
	esac
}

# drivers_make RELEASE VERSION NAMES DIR
drivers_make()
{
	local release=$1 version=$2 names=$3 dir=$4 root=$4/root name

	kernel_root "$KERNEL_DIR" "$root" || return 1
	mkdir -p "$root/build" "$dir/modules"
	chroot_run "$root" '' apt-get update &&
		kernel_download "$root" "$release" "$version" linux-modules linux-image || return 1
	dpkg-deb -x "$root"/build/image/*.deb "$root/build/files" || return 1
	for name in $names; do
		driver_extract "$root/build/files" "$name" "$dir/modules" || return 1
	done
	rm -rf --one-file-system "$root"
}

# drivers_fetch: sets DRIVERS_DIR; nothing if no case of the row asks for any
drivers_fetch()
{
	local names release version

	DRIVERS_DIR=''
	names=$(drivers_wanted | xargs)
	[ -n "$names" ] || return 0
	release=$(cat "$KERNEL_DIR/release")
	version=$(cat "$KERNEL_DIR/version")
	DRIVERS_DIR=$(cache_entry "drivers-$KERNEL" 1 "$release" "$version" "$names" "$ROW_SUITES")
	cache_make "$DRIVERS_DIR" "$OUT/$KERNEL/log/drivers.log" \
		"$KERNEL: fetching the modules $names" drivers_make "$release" "$version" "$names"
}

# drivers_install ROOT
drivers_install()
{
	[ -z "$DRIVERS_DIR" ] || module_install "$1/lib/drivers" "$DRIVERS_DIR"/modules/*.ko
}
