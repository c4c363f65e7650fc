# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The disk of a system, made once for a row and never changed: a run writes to a
# copy that QEMU keeps beside it.  What is cached:
#
#	disk		ext4 on the whole disk
#	esp/		Debian's own signed boot loaders, for the firmware
#	kernels		uname -r of the installed kernel; of the newer one; the latter's packages

# What an admin's `apt install dkms` brings, and ccache for system-compiler.sh.
SYSTEM_PACKAGES=systemd-sysv,udev,dbus,kmod,libpam-systemd,initramfs-tools,apt-utils
SYSTEM_PACKAGES+=,grub-efi-amd64-signed,shim-signed
SYSTEM_PACKAGES+=,dkms,gcc,make,libc6-dev,dpkg-dev,openssl,ccache

# Nothing here is needed to boot an emulated machine, or wants the network.
SYSTEM_MASKED=(
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
	e2scrub_reap.service fstrim.timer man-db.timer systemd-networkd-wait-online.service
)

# Only what this machine boots from: emulated, it takes long to pack more.
system_initrd()
{
	local root=$1

	mkdir -p "$root/etc/initramfs-tools/conf.d"
	printf 'MODULES=list\nCOMPRESS=gzip\n' >"$root/etc/initramfs-tools/conf.d/machine"
	printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
	printf 'do_symlinks = yes\n' >"$root/etc/kernel-img.conf"
	printf 'force-unsafe-io\n' >"$root/etc/dpkg/dpkg.cfg.d/machine"
}

# The versions of the kernel's meta package, the oldest first.
kernel_versions()
{
	chroot_run "$1" '' apt-cache madison "linux-headers-$ROW_HEADERS" |
		awk '{ print $3 }' | sort -uV
}

# Sets OLD.
system_kernel()
{
	local root=$1 flavour=$ROW_HEADERS versions version

	mapfile -t versions < <(kernel_versions "$root")
	[ ${#versions[@]} -ge 2 ] ||
		{ echo "$ROW_SUITES have no two versions of linux-headers-$flavour: ${versions[*]}"; return 1; }
	# An index may still name packages that its archive has dropped.
	for version in "${versions[@]::${#versions[@]}-1}" ''; do
		[ -n "$version" ] || return 1
		printf '%s\n' "Package: linux-image-* linux-headers-* linux-base-* linux-kbuild-* linux-binary-*" \
			"Pin: version $version" "Pin-Priority: 1001" >"$root/etc/apt/preferences.d/old"
		chroot_run "$root" '' apt-get install -y --no-install-recommends \
			"linux-image-$flavour" "linux-headers-$flavour" && break
	done
	rm "$root/etc/apt/preferences.d/old"
	OLD=$(cd "$root/lib/modules" && echo *)
	[ -L "$root/lib/modules/$OLD/build" ]
}

# A local archive with all that the upgrade needs.  Sets NEW, and UPGRADE to what apt has
# to be asked for: the meta packages, or where their archive has dropped them, what
# they stand for.
system_archive()
{
	local root=$1 flavour=$ROW_HEADERS

	NEW=$(chroot_run "$root" '' apt-get install -s --no-install-recommends "linux-headers-$flavour" |
		sed -nE "s/^Inst linux-headers-([0-9][^ ]*-$flavour) .*/\\1/p")
	if [ "$(wc -w <<<"$NEW")" -ne 1 ] || [ "$NEW" = "$OLD" ]; then
		echo "not exactly one newer kernel: $NEW, over $OLD"
		return 1
	fi
	for UPGRADE in "$flavour" "$NEW" ''; do
		[ -n "$UPGRADE" ] || return 1
		UPGRADE="linux-image-$UPGRADE linux-headers-$UPGRADE"
		chroot_run "$root" '' apt-get clean
		# shellcheck disable=SC2086
		chroot_run "$root" '' apt-get install -y --no-install-recommends --download-only \
			$UPGRADE && break
	done
	mkdir -p "$root/srv/archive"
	mv "$root"/var/cache/apt/archives/*.deb "$root/srv/archive"
	chroot_run "$root" '' sh -c 'cd /srv/archive && apt-ftparchive packages . >Packages' ||
		return 1
	rm -rf "$root"/etc/apt/sources.list{,.d/*} "$root"/var/lib/apt/lists/* \
		"$root"/etc/{apt/apt.conf.d,dpkg/dpkg.cfg.d}/*mmdebstrap*
	echo 'deb [trusted=yes] file:/srv/archive ./' >"$root/etc/apt/sources.list"
}

# The boot loader finds its way from the firmware's partition to /boot/grub.  What it
# has there at first is by hand, since update-grub asks for real disks; that of a
# kernel's upgrade is update-grub's own.
system_loader()
{
	local root=$1 esp=$2

	mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian" "$root/boot/grub"
	cp "$root/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI" &&
		cp "$root/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/BOOT/mmx64.efi" &&
		cp "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" \
			"$esp/EFI/BOOT/grubx64.efi" || return 1
	# GRUB puts in the arguments of this very boot, see system-boot.sh.
	cat >"$root/etc/default/grub" <<-'EOF'
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=0
		GRUB_DISTRIBUTOR=Debian
		GRUB_TERMINAL=console
		GRUB_DISABLE_OS_PROBER=true
		GRUB_DISABLE_RECOVERY=true
		GRUB_CMDLINE_LINUX='$system_arguments'
	EOF
	cat >"$root/boot/grub/grub.cfg" <<-EOF
		linux /boot/vmlinuz-$OLD root=LABEL=system ro \$system_arguments
		initrd /boot/initrd.img-$OLD
		boot
	EOF
	[ -e "$root/boot/vmlinuz-$OLD" ] && [ -e "$root/boot/initrd.img-$OLD" ]
}

# What runs a scenario comes from a disk of its own, a tar archive.
system_service()
{
	local root=$1

	cat >"$root/etc/systemd/system/scenario.service" <<-'EOF'
		[Unit]
		Description=Scenario
		After=network.target systemd-user-sessions.service

		[Service]
		Type=exec
		ExecStart=/bin/sh -c 'mkdir -p /run/scenario && tar -xf /dev/disk/by-id/virtio-scenario -C /run/scenario && exec sh /run/scenario/start'
		Environment=HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
		StandardInput=null
		StandardOutput=journal+console
		TimeoutStopSec=10

		[Install]
		WantedBy=multi-user.target
	EOF
	chroot_run "$root" '' systemctl enable scenario.service &&
		chroot_run "$root" '' systemctl mask "${SYSTEM_MASKED[@]}"
}

system_make()
{
	local dir=$1 root=$1/root options=(--skip=cleanup/apt/lists)

	[ "$(row_property "$ROW_PROPERTIES" expired)" != yes ] ||
		options+=(--aptopt='Acquire::Check-Valid-Until "false"')
	debian_tree "$root" minbase "$SYSTEM_PACKAGES" "$ROW_SUITES" "${options[@]}" || return 1
	system_initrd "$root"
	system_kernel "$root" && system_archive "$root" && system_loader "$root" "$dir/esp" &&
		system_service "$root" || return 1
	chroot_run "$root" '' passwd -d root || return 1
	echo 'LABEL=system / ext4 defaults 0 0' >"$root/etc/fstab"
	echo "$SYSTEM" >"$root/etc/hostname"
	: >"$root/etc/resolv.conf"
	printf '%s\n' "$OLD" "$NEW" "$UPGRADE" >"$dir/kernels"
	mke2fs -q -t ext4 -L system -d "$root" "$dir/disk" 4G || return 1
	rm -rf --one-file-system "$root"
}

# system_fetch SYSTEM: afterwards SYSTEM_DIR is complete.
system_fetch()
{
	SYSTEM=$1
	of_systems row_read "$SYSTEM"
	SYSTEM_DIR=$(cache_entry "system-$SYSTEM" 1 "$ROW_SUITES" "$ROW_HEADERS" "$ROW_PROPERTIES" \
		"$SYSTEM_PACKAGES")
	cache_make "$SYSTEM_DIR" "$OUT/$SYSTEM/log/image.log" \
		"$SYSTEM: installing a Debian of $ROW_SUITES" system_make
	{ read -r OLD; read -r NEW; read -r UPGRADE; } <"$SYSTEM_DIR/kernels"
	say "$SYSTEM: $OLD, and $NEW to upgrade to"
}
