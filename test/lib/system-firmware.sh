# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# The firmware of the systems: UEFI, as on machines of these days, so that the guest's
# own shim and GRUB choose the kernel.  One of these is what a scenario's `firmware:`
# header names:
#
#	plain	Secure Boot is not there
#	secure	Secure Boot is on, with the keys that machines are sold with
#
# Another is another line of firmware_files() and, if the machine must differ for it,
# of firmware_machine().

FIRMWARE_SUITES=trixie,trixie-security

firmware_make()
{
	debian_tree "$1/root" extract ovmf "$FIRMWARE_SUITES" &&
		[ -e "$1/root/usr/share/OVMF/OVMF_CODE_4M.fd" ]
}

firmware_fetch()
{
	local dir

	dir=$(cache_entry firmware 1 "$FIRMWARE_SUITES")
	cache_make "$dir" "$OUT/log/firmware.log" "host: fetching OVMF of $FIRMWARE_SUITES" \
		firmware_make
	ln -sfn "$dir/root/usr/share/OVMF" "$OUT/firmware"
}

# firmware_files FIRMWARE: its code, and the variables that it starts with
firmware_files()
{
	case $1 in
	plain) echo OVMF_CODE_4M.fd OVMF_VARS_4M.fd ;;
	secure) echo OVMF_CODE_4M.secboot.fd OVMF_VARS_4M.ms.fd ;;
	*) die "no firmware '$1'; see test/lib/system-firmware.sh" ;;
	esac
}

# What else the machine has to have for it.  Variables that Secure Boot relies on can
# only be written in system management mode.
firmware_machine()
{
	case $1 in
	plain) echo -machine q35,smm=off ;;
	secure) echo -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on ;;
	esac
}
