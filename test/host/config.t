#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What make says when the kernel is configured without what the guard needs: one line
# that names the option, and nothing is built.  The kernel is the first that is
# tested; its build folder is copied, and options are taken out of the copy.
# needs: kernel

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/lib/common.sh
. test/lib/common.sh
# shellcheck source=test/lib/table.sh
. test/lib/table.sh
# shellcheck source=test/lib/chroot.sh
. test/lib/chroot.sh
# shellcheck source=test/lib/build.sh
. test/lib/build.sh
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

# The build folder, which may name itself, with what it links to beside it.
copy_kernel()
{
	cp -rL "$root$folder" "$scratch/kernel"
	sed -i "s,$folder,/build/kernel,g" "$scratch/kernel/Makefile"
	cp "$scratch/kernel/include/config/auto.conf" "$scratch/auto.conf"
}

# build: of the guard's sources, for that folder
build()
{
	rm -rf "$scratch/guard"
	stage_product default "$scratch/guard"
	said=$(chroot_run "$root" "$scratch" \
		make -C /build/guard KDIR=/build/kernel -j"$(nproc)" 2>&1)
	status=$?
}

# refused OPTION...: without them
refused()
{
	local option

	cp "$scratch/auto.conf" "$scratch/without"
	for option; do
		grep -q "^$option=y" "$scratch/without"
		ok $? "$option: $kernel has it"
		sed -i "/^$option=/d" "$scratch/without"
	done
	mv "$scratch/without" "$scratch/kernel/include/config/auto.conf"
	build
	[ "$status" -eq 2 ]
	ok $? "$*: exit status 2, not $status"
	[ "$(grep -c 'uffdwp_guard: ' <<<"$said")" -eq 1 ]
	ok $? "$*: one line says what is wrong"
	grep -q "uffdwp_guard: the kernel in '/build/kernel' is configured without $*, which the guard needs" <<<"$said"
	ok $? "$*: and names what is missing, and nothing else"
	[ -z "$(find "$scratch/guard" -name '*.o' -o -name '*.ko')" ]
	ok $? "$*: nothing is built"
	printf '%s\n' "$said" | sed 's/^/# /'
}

kernel=${UFFDWP_KERNELS:-$(row_names | head -n 1)}
kernel=${kernel%% *}
root=$(readlink "$OUT/$kernel/vmlinuz")
root=${root%/*}/root
if [ ! -d "$root/lib/modules" ]; then
	printf 'not ok 1 - %s is there # build: run test/prepare %s\n1..1\n' "$kernel" "$kernel"
	exit 1
fi
folder=$(chroot_run "$root" '' sh -c 'readlink -f /lib/modules/*/build')

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

copy_kernel
build
[ "$status" -eq 0 ] && [ -e "$scratch/guard/uffdwp_guard.ko" ]
ok $? "the copy, as it is, builds the module"
[ "$status" -eq 0 ] || printf '%s\n' "$said" | sed 's/^/# /'

for option in USERFAULTFD HAVE_ARCH_USERFAULTFD_WP KPROBES KRETPROBES HAVE_STATIC_CALL; do
	refused "CONFIG_$option"
done
refused CONFIG_USERFAULTFD CONFIG_KPROBES

done_testing
