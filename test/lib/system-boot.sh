# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054
# The machine of a system: firmware, boot loader and disk as on a real one, so that
# "reboot" means what it says and the boot loader's own configuration chooses the
# kernel.  What the guest changes is kept for this run only.

# system_open SYSTEM FIRMWARE: hold on to what test/prepare made, as boot_open() does.
# Fails if there is nothing to boot.
system_open()
{
	local system=$OUT/$1 lock file code vars

	[ -e "$OUT/.lock" ] || return 1
	exec {lock}<"$OUT/.lock"
	flock -s "$lock"
	read -r code vars < <(firmware_files "$2")
	for file in "$OUT/qemu" "$OUT/firmware/$code" "$OUT/firmware/$vars" \
		"$system/image/disk" "$system/scenario.tar"; do
		[ -e "$file" ] || return 1
	done
	[ ! -e "$system/failed" ] || return 1
	exec {DISK}<"$system/image/disk" {SCENARIO_TAR}<"$system/scenario.tar"
	exec {FIRMWARE_CODE}<"$OUT/firmware/$code"
	# The run's own: the firmware writes to its variables, GRUB reads the arguments.
	rm -rf "$LOG.machine"
	mkdir -p "$LOG.machine"
	cp -r "$system/image/esp" "$LOG.machine/esp"
	cp "$OUT/firmware/$vars" "$LOG.machine/variables"
	exec {lock}>&-
}

# system_arguments ARGUMENTS: of every kernel that GRUB boots in this run
system_arguments()
{
	cat >"$LOG.machine/esp/EFI/debian/grub.cfg" <<-EOF
		set system_arguments="$*"
		export system_arguments
		search --no-floppy --label system --set=root
		set prefix=(\$root)/boot/grub
		configfile \$prefix/grub.cfg
	EOF
}

# system_command CPUS FIRMWARE: sets BOOT, without what the serial ports are tied to.
# One CPU by default: the scenarios are about what becomes of files and modules,
# and two guests at a time use two CPUs of the host.
system_command()
{
	local cpus=$1 firmware=$2 machine=$LOG.machine

	emulator_command "$OUT/qemu"
	# With bootindex the firmware finds the disks, and none of its other devices.
	# shellcheck disable=SC2207
	BOOT=(
		env TMPDIR="$machine"
		"${EMULATOR[@]}" $(firmware_machine "$firmware")
		-accel tcg,thread=multi -cpu "$QEMU_CPU" -smp "$cpus" -m 1024M
		-nodefaults -no-user-config -display none
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=/dev/fd/$FIRMWARE_CODE"
		-drive "if=pflash,unit=1,format=raw,file=$machine/variables"
		-drive "if=none,id=esp,format=raw,read-only=on,file=fat:$machine/esp"
		-device virtio-blk-pci,drive=esp,serial=esp,bootindex=0
		-drive "if=none,id=system,format=raw,snapshot=on,file=/dev/fd/$DISK"
		-device virtio-blk-pci,drive=system,serial=system,bootindex=1
		-drive "if=none,id=scenario,format=raw,read-only=on,file=/dev/fd/$SCENARIO_TAR"
		-device virtio-blk-pci,drive=scenario,serial=scenario
		-device virtio-rng-pci
	)
}
