// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of protection, of entries of base pages: by mprotect(), by userfaultfd itself, and
 * by NUMA balancing.
 */
#include <linux/mm.h>

#include "sites.h"

/*
 * change_pte_range(tlb, vma, pmd, addr, end, ...): within one page table, inside
 * the caller's mmu_gather and between its invalidate_range_start() and end().
 * mmap_lock is held for writing (mprotect, unregister) or for reading
 * (UFFDIO_WRITEPROTECT, NUMA balancing), at entry and at return.
 */
static void read_change_pte_range(struct pt_regs *regs, struct guard_span *span)
{
	span->start = arg(regs, 3);
	span->end = arg(regs, 4);
	span->pmdp = (pmd_t *)arg(regs, 2);
	span->tlb = (struct mmu_gather *)arg(regs, 0);
	span->notifiers_open = true;
}

static enum guard_ask marks_of_change_pte_range(struct pt_regs *regs,
						struct guard_note *note)
{
	return ask_by_flags(arg(regs, 6));
}

static const struct guard_prototype change_pte_range_takes = {
	.takes = {
		"struct mmu_gather *", "struct vm_area_struct *", "pmd_t *",
		"unsigned long", "unsigned long", GUARD_UNREAD, "unsigned long",
	},
};

/*
 * change_protection([tlb,] vma, start, end, ...): the locks of change_pte_range().
 * The mmu_gather is the caller's and still open at return; the notifiers are not.
 */
static void read_change_protection(struct pt_regs *regs, struct guard_span *span)
{
	unsigned int vma = GUARD_CHANGE_PROTECTION_TLB ? 1 : 0;

	span->start = arg(regs, vma + 1);
	span->end = arg(regs, vma + 2);
	if (GUARD_CHANGE_PROTECTION_TLB)
		span->tlb = (struct mmu_gather *)arg(regs, 0);
}

static enum guard_ask marks_of_change_protection(struct pt_regs *regs,
						 struct guard_note *note)
{
	return ask_by_flags(arg(regs, GUARD_CHANGE_PROTECTION_FLAGS));
}

/* A pgprot_t, where there is one before the flags, takes one register. */
static const struct guard_prototype change_protection_takes_tlb = {
	.takes = {
		"struct mmu_gather *", "struct vm_area_struct *",
		"unsigned long", "unsigned long",
		GUARD_CHANGE_PROTECTION_FLAGS == 5 ? GUARD_UNREAD :
						     "unsigned long",
		GUARD_CHANGE_PROTECTION_FLAGS == 5 ? "unsigned long" : NULL,
	},
};

static const struct guard_prototype change_protection_takes = {
	.takes = {
		"struct vm_area_struct *", "unsigned long", "unsigned long",
		GUARD_UNREAD, "unsigned long",
	},
};

const struct guard_carrier change_pte_range_carriers[2] = {
	{
		.symbol = "change_pte_range",
		.prototype = &change_pte_range_takes,
		.known = GUARD_CHANGE_PROTECTION_TLB,
		.vma = VMA_SECOND,
		.read = read_change_pte_range,
		.marks = marks_of_change_pte_range,
		.tables = 1,
	}, {
		.symbol = "change_protection",
		.prototype = GUARD_CHANGE_PROTECTION_TLB ?
			     &change_protection_takes_tlb :
			     &change_protection_takes,
		.known = GUARD_CHANGE_PROTECTION_TLB ||
			 GUARD_CHANGE_PROTECTION_NO_TLB,
		.vma = GUARD_CHANGE_PROTECTION_TLB ? VMA_SECOND : VMA_FIRST,
		.read = read_change_protection,
		.marks = marks_of_change_protection,
		.tables = 4,
	},
};
