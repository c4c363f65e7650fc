# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# The firmware of the systems: UEFI, as on machines of these days, so that the guest's
# own shim and GRUB choose the kernel.  One of these is what a scenario's `firmware:`
# header names:
#
#	plain	Secure Boot is not there
#	secure	Secure Boot is on, with the keys that machines are sold with
#	enrolled	as secure, and its owner has enrolled the key of $OUT/firmware/mok.*
#
# Another is another line of firmware_files() and, if the machine must differ for it,
# of firmware_machine().

FIRMWARE_SUITES=trixie,trixie-security
FIRMWARE_PACKAGES=ovmf,openssl,python3-virt-firmware
FIRMWARE_OWNER=Owner	# whose key it is

# A key pair as DKMS makes its own, and it enrolled: in shim's MokList, where "mokutil
# --import" and the boot screen after it put a key.  That screen wants somebody to type.
firmware_make()
{
	local dir=$1 root=$1/root

	debian_tree "$root" apt "$FIRMWARE_PACKAGES" "$FIRMWARE_SUITES" || return 1
	# shellcheck disable=SC2016
	chroot_run "$root" '' sh -euc '
		cd /usr/share/OVMF
		openssl req -new -x509 -nodes -days 36500 -newkey rsa:2048 -subj "/CN=$1" \
			-keyout mok.key -outform DER -out mok.pub
		virt-fw-vars --input OVMF_VARS_4M.ms.fd --output OVMF_VARS_4M.enrolled.fd \
			--add-mok "$(cat /proc/sys/kernel/random/uuid)" mok.pub
	' sh "$FIRMWARE_OWNER" || return 1
	cp -L "$root"/usr/share/OVMF/{OVMF_*_4M*.fd,mok.*} "$dir" &&
		[ -e "$dir/OVMF_CODE_4M.fd" ] || return 1
	rm -rf --one-file-system "$root"
}

firmware_fetch()
{
	local dir

	dir=$(cache_entry firmware 2 "$FIRMWARE_SUITES" "$FIRMWARE_PACKAGES" "$FIRMWARE_OWNER")
	cache_make "$dir" "$OUT/log/firmware.log" "host: fetching OVMF of $FIRMWARE_SUITES" \
		firmware_make
	ln -sfn "$dir" "$OUT/firmware"
}

# firmware_files FIRMWARE: its code, and the variables that it starts with
firmware_files()
{
	case $1 in
	plain) echo OVMF_CODE_4M.fd OVMF_VARS_4M.fd ;;
	secure) echo OVMF_CODE_4M.secboot.fd OVMF_VARS_4M.ms.fd ;;
	enrolled) echo OVMF_CODE_4M.secboot.fd OVMF_VARS_4M.enrolled.fd ;;
	*) die "no firmware '$1'; see test/lib/system-firmware.sh" ;;
	esac
}

# What else the machine has to have for it.  Variables that Secure Boot relies on can
# only be written in system management mode.
firmware_machine()
{
	case $1 in
	plain) echo -machine q35,smm=off ;;
	secure|enrolled)
		echo -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on ;;
	esac
}
