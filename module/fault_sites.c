// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults, as sites that have to be asked for: every fault in a registered VMA
 * comes here, also those that nobody would be told of.
 *
 * All hold mmap_lock or the VMA's lock for reading, at entry and at return, unless they
 * return VM_FAULT_RETRY or VM_FAULT_COMPLETED: fault_kept_vma(). Entries may have changed
 * before that: swap-in makes one and goes on to wait for a userfault, and whoever wrote to
 * a file whose file system wants to know waits, with access given, for dirty pages to be
 * written back. None returns with the page-table lock, though do_wp_page() is entered with
 * it. Those that have notifiers to bracket have closed them, and none has an mmu_gather.
 */
#include <linux/mm.h>

#include "sites.h"

static const struct guard_prototype fault_takes = {
	.returns = "unsigned int",
	.takes = { "struct vm_fault *" },
};

/* The entry of the fault alone, of whatever size it is. */
static void read_one_entry(struct pt_regs *regs, struct guard_span *span)
{
	struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	span_around(span, vmf->address & PAGE_MASK, 0, 1);
}

/* And those around it in its page table. */
static void read_table(struct pt_regs *regs, struct guard_span *span)
{
	struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	span_of_table(span, vmf->address);
}

/*
 * do_swap_page(vmf): swap-in, and entries of device memory that a CPU wants back.
 * In 6.12 and later it maps as much of a large folio as is swapped out in one piece,
 * before and behind the faulting entry. It goes on to do_wp_page() itself, which may
 * wait for a userfault.
 */
const struct guard_carrier do_swap_page_carriers[] = {
	{
		.symbol = "do_swap_page",
		.prototype = &fault_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_table,
		.vma_kept = fault_kept_vma,
		.may_have_changed = fault_may_have_changed,
		.by_fault = true,
	},
};

/*
 * do_wp_page(vmf): a write to, or the unsharing of, a page whose entry is not
 * writable. The lock that it is entered with, it drops.
 */
const struct guard_carrier do_wp_page_carriers[] = {
	{
		.symbol = "do_wp_page",
		.prototype = &fault_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_one_entry,
		.vma_kept = fault_kept_vma,
		.may_have_changed = fault_completed,
		.by_fault = true,
	},
};

/*
 * do_huge_pmd_wp_page(vmf): the same for a pmd, which it may split: the page table
 * that is there then is looked at.
 */
const struct guard_carrier do_huge_pmd_wp_page_carriers[] = {
	{
		.symbol = "do_huge_pmd_wp_page",
		.prototype = &fault_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_table,
		.vma_kept = fault_kept_vma,
		.by_fault = true,
	},
};

/*
 * finish_fault(vmf): installs a page of shared memory or of a file, or its private
 * copy, as a pte or a pmd: one entry, for in a registered VMA it does not map what is
 * around. It never drops the lock.
 */
const struct guard_carrier finish_fault_carriers[] = {
	{
		.symbol = "finish_fault",
		.prototype = &fault_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_one_entry,
		.by_fault = true,
	},
};

/*
 * handle_mm_fault(vma, address, ...): all that a fault can do, also what has no
 * function of its own to probe. It waits for userfaults and for memory, and holds its
 * instance meanwhile.
 */
static void read_any_fault(struct pt_regs *regs, struct guard_span *span)
{
	span_of_table(span, arg(regs, 1));
}

static const struct guard_prototype any_fault_takes = {
	.returns = "unsigned int",
	.takes = { "struct vm_area_struct *", "unsigned long" },
};

const struct guard_carrier handle_mm_fault_carriers[] = {
	{
		.symbol = "handle_mm_fault",
		.prototype = &any_fault_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = read_any_fault,
		.vma_kept = fault_kept_vma,
		.may_have_changed = fault_may_have_changed,
		.by_fault = true,
	},
};
