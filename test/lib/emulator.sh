# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The emulator, the same on every host.  Up to QEMU 8.0 a guest that patches its own
# code (static keys, kprobes) while another CPU runs it may die of "Oops: int3",
# and with one thread for all CPUs, which avoids that, nothing in the guest
# ever races.
#
# It is not installed but runs where it is unpacked, with its own loader and libraries.

EMULATOR_SUITES=trixie,trixie-security

emulator_make()
{
	debian_tree "$1/root" extract qemu-system-x86 "$EMULATOR_SUITES" || return 1
	emulator_command "$1/root"
	"${EMULATOR[@]}" -version
}

emulator_fetch()
{
	local dir

	dir=$(cache_entry qemu 1 "$EMULATOR_SUITES")
	cache_make "$dir" "$OUT/log/emulator.log" "host: fetching QEMU of $EMULATOR_SUITES" \
		emulator_make
	ln -sfn "$dir/root" "$OUT/qemu"
}

# emulator_command ROOT: sets EMULATOR
emulator_command()
{
	local usr=$1/usr

	EMULATOR=(
		"$usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache
		--library-path "$usr/lib/x86_64-linux-gnu"
		"$usr/bin/qemu-system-x86_64" -L "$usr/share/qemu" -L "$usr/share/seabios"
	)
}
