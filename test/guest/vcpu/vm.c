// SPDX-License-Identifier: GPL-2.0
/*
 * No firmware, no devices and no interrupts: a CPU in real mode, its code, and the
 * region from guest address 0 on.
 */
#define _GNU_SOURCE
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"

#define CODE_SEGMENT	0xf000
#define CODE_ADDRESS	(CODE_SEGMENT << 4)
#define FLAGS_RESERVED	2	/* the bit of FLAGS that is always set */

/* Write bl to the first byte of segment ax, halt, and begin again. */
static const unsigned char guest_code[] = {
	0x8e, 0xc0,			/* mov %ax, %es */
	0x26, 0x88, 0x1e, 0x00, 0x00,	/* mov %bl, %es:0 */
	0xf4,				/* hlt */
	0xeb, 0xf6,			/* jmp back to the first */
};

static void add_memory(struct vm *vm, int slot, uint64_t guest, void *memory, size_t len)
{
	struct kvm_userspace_memory_region memory_region = {
		.slot = slot,
		.guest_phys_addr = guest,
		.memory_size = len,
		.userspace_addr = (uintptr_t)memory,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &memory_region))
		die_errno("KVM_SET_USER_MEMORY_REGION");
}

static void add_code(struct vm *vm)
{
	vm->code = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->code == MAP_FAILED)
		die_errno("cannot map the guest's code");
	memcpy(vm->code, guest_code, sizeof(guest_code));
	add_memory(vm, 1, CODE_ADDRESS, vm->code, page_size());
}

static void start_at_code(struct vm *vm)
{
	struct kvm_regs regs = { .rflags = FLAGS_RESERVED };
	struct kvm_sregs sregs;

	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs))
		die_errno("KVM_GET_SREGS");
	sregs.cs.selector = CODE_SEGMENT;
	sregs.cs.base = CODE_ADDRESS;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs))
		die_errno("KVM_SET_SREGS");
	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		die_errno("KVM_SET_REGS");
}

void vm_open(struct vm *vm, const struct region *region)
{
	if (region->kind->page != page_size() || region->pages > VM_PAGES_MAX)
		die("a guest in real mode has %d base pages", VM_PAGES_MAX);
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die_errno("no KVM");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		die_errno("KVM_CREATE_VM");
	add_memory(vm, 0, 0, region->base, region_len(region));
	add_code(vm);
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		die_errno("KVM_CREATE_VCPU");
	vm->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		die_errno("cannot map the CPU's state");
	start_at_code(vm);
}

void vm_close(struct vm *vm)
{
	munmap(vm->run, vm->run_size);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->code, page_size());
}

void vm_write(struct vm *vm, size_t page, unsigned char value)
{
	struct kvm_regs regs;

	if (ioctl(vm->vcpu, KVM_GET_REGS, &regs))
		die_errno("KVM_GET_REGS");
	regs.rax = page * (page_size() >> 4);
	regs.rbx = value;
	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		die_errno("KVM_SET_REGS");
	while (ioctl(vm->vcpu, KVM_RUN, 0))
		if (errno != EINTR)
			die_errno("KVM_RUN");
	if (vm->run->exit_reason != KVM_EXIT_HLT)
		die("the guest left with %u and not by halting", vm->run->exit_reason);
}
