# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054
# The virtual machine.  Pure emulation: needs no KVM, and is the same everywhere.

QEMU_CPU=max

# The watchdogs are patient because an emulated CPU may stand still while its
# host is busy, yet speak well before a case's time is up.
KERNEL_ARGUMENTS=(
	console=ttyS0,115200 printk.time=1 loglevel=8 log_buf_len=4M
	panic=-1 oops=panic watchdog_thresh=20 rcupdate.rcu_cpu_stall_timeout=40
	random.trust_cpu=on audit=0
)

# boot_open KERNEL: hold on to what test/prepare made, whatever becomes of it while
# the guest runs.  Fails if there is nothing to boot.
boot_open()
{
	local kernel=$OUT/$1 lock

	mkdir -p "$OUT"
	exec {lock}>"$OUT/.lock"
	flock -s "$lock"
	[ -e "$kernel/vmlinuz" ] && [ -e "$kernel/initramfs.cpio" ] &&
		[ ! -e "$kernel/failed" ] || return 1
	exec {VMLINUZ}<"$kernel/vmlinuz" {INITRAMFS}<"$kernel/initramfs.cpio"
	exec {lock}>&-
}

# boot_command CPUS: sets BOOT, without what the serial ports are tied to.
boot_command()
{
	local cpus=$1 half=$(($1 / 2))

	((cpus >= 2 && cpus % 2 == 0)) ||
		die "cpus: $cpus: must be even, two nodes share them"
	BOOT=(
		qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu "$QEMU_CPU"
		-smp "$cpus,sockets=2,cores=$half,threads=1" -m 1024M
		-object memory-backend-ram,id=ram0,size=512M
		-object memory-backend-ram,id=ram1,size=512M
		-numa "node,nodeid=0,cpus=0-$((half - 1)),memdev=ram0"
		-numa "node,nodeid=1,cpus=$half-$((cpus - 1)),memdev=ram1"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "/dev/fd/$VMLINUZ" -initrd "/dev/fd/$INITRAMFS"
	)
}
