# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054
# The virtual machine.  Pure emulation: needs no KVM, and is the same everywhere.

# All that the emulator has: among it AMD's SVM with nested paging, for a KVM in the guest.
QEMU_CPU=max

# The watchdogs are patient because an emulated CPU may stand still while its
# host is busy, yet speak well before a case's time is up.
KERNEL_ARGUMENTS=(
	console=ttyS0,115200 printk.time=1 loglevel=8 log_buf_len=4M
	panic=-1 oops=panic watchdog_thresh=20 rcupdate.rcu_cpu_stall_timeout=40
	random.trust_cpu=on audit=0 no_timer_check
)

# boot_open KERNEL: hold on to what test/prepare made, whatever becomes of it while
# the guest runs.  Fails if there is nothing to boot.
boot_open()
{
	local kernel=$OUT/$1 lock

	[ -e "$OUT/.lock" ] || return 1
	exec {lock}<"$OUT/.lock"
	flock -s "$lock"
	[ -e "$OUT/qemu" ] && [ -e "$kernel/vmlinuz" ] && [ -e "$kernel/initramfs.cpio" ] &&
		[ ! -e "$kernel/failed" ] || return 1
	exec {VMLINUZ}<"$kernel/vmlinuz" {INITRAMFS}<"$kernel/initramfs.cpio"
	exec {lock}>&-
}

# boot_with ARCHIVE: lay it over the guest's file system, by an archive of both that is
# gone once it is open
boot_with()
{
	local both

	both=$(mktemp "$OUT/initramfs.XXXXXX")
	cat "/dev/fd/$INITRAMFS" "$1" >"$both"
	exec {INITRAMFS}<"$both"
	rm "$both"
}

# boot_command CPUS THREADS MEMORY: sets BOOT, without what the serial ports are tied to.
# MEMORY is MiB of node 0, a comma, MiB of node 1.
# THREADS is multi, or single: one for all CPUs. Even the newest emulator can, once
# in some hundred times, run an instruction that another CPU has just patched
# away, if both happen at once; only one thread for all rules that out.
boot_command()
{
	local cpus=$1 threads=$2 ram0=${3%,*} ram1=${3#*,} half=$(($1 / 2))

	((cpus >= 2 && cpus % 2 == 0)) ||
		die "cpus: $cpus: must be even, two nodes share them"
	emulator_command "$OUT/qemu"
	BOOT=(
		"${EMULATOR[@]}" -machine q35 -accel "tcg,thread=$threads" -cpu "$QEMU_CPU"
		-smp "$cpus,sockets=2,cores=$half,threads=1" -m "$((ram0 + ram1))M"
		-object "memory-backend-ram,id=ram0,size=${ram0}M"
		-object "memory-backend-ram,id=ram1,size=${ram1}M"
		-numa "node,nodeid=0,cpus=0-$((half - 1)),memdev=ram0"
		-numa "node,nodeid=1,cpus=$half-$((cpus - 1)),memdev=ram1"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "/dev/fd/$VMLINUZ" -initrd "/dev/fd/$INITRAMFS"
	)
}
