/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual machine of one CPU, whose memory is a region. */
#ifndef VCPU_VM_H
#define VCPU_VM_H

#include <stddef.h>

#include "lib/region.h"

/* Real mode sees one MiB; its upper half is for the guest's code. */
#define VM_PAGES_MAX	128

struct kvm_run;

struct vm {
	int kvm;
	int fd;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	char *code;
};

/* Of base pages, VM_PAGES_MAX at most. Dies where there is no KVM. */
void vm_open(struct vm *vm, const struct region *region);
void vm_close(struct vm *vm);

/* The guest writes to one page, and halts. */
void vm_write(struct vm *vm, size_t page, unsigned char value);

#endif
