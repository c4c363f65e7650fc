// SPDX-License-Identifier: GPL-2.0
/*
 * The paths that change huge entries: hugetlb's own, and those of transparent huge
 * pages mapped by a pmd. (Their migration comes to remove_migration_pte() as well.)
 *
 * All are symbols on every kernel seen from 5.10 to 7.3, and none of them runs for a
 * process that has neither sort of memory.
 */
#include <linux/huge_mm.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>

#include "sites.h"

/* The huge entry that covers @addr. */
static void span_of_entry(struct guard_span *span, unsigned long addr,
			  unsigned long size)
{
	span->start = addr & ~(size - 1);
	span->end = span->start + size;
}

/*
 * hugetlb_change_protection(vma, start, end, ...): comes from change_protection(),
 * with its mmap_lock, at entry and at return. It flushes the TLB and closes its
 * notifiers itself, before it returns; the caller's mmu_gather is not its business.
 */
static void read_hugetlb_change_protection(struct pt_regs *regs,
					   struct guard_span *span)
{
	span->start = arg(regs, 1);
	span->end = arg(regs, 2);
}

/* Where there are no flags, userfaultfd cannot protect such memory. */
static enum guard_ask marks_of_hugetlb(struct pt_regs *regs,
				       struct guard_note *note)
{
	return GUARD_HUGETLB_CHANGE_PROTECTION_FLAGS ?
	       ask_by_flags(arg(regs, 4)) : GUARD_ASK_ELSE;
}

static const struct guard_prototype hugetlb_change_protection_takes = {
	.takes = {
		"struct vm_area_struct *", "unsigned long", "unsigned long",
		GUARD_UNREAD,
		GUARD_HUGETLB_CHANGE_PROTECTION_FLAGS ? "unsigned long" : NULL,
	},
};

const struct guard_carrier hugetlb_change_protection_carriers[] = {
	{
		.symbol = "hugetlb_change_protection",
		.prototype = &hugetlb_change_protection_takes,
		.known = GUARD_KNOWN_HUGETLB_CHANGE_PROTECTION,
		.vma = VMA_FIRST,
		.read = read_hugetlb_change_protection,
		.marks = marks_of_hugetlb,
		.tables = 1,
	},
};

/*
 * hugetlb_fault(mm, vma, address, flags): everything that a fault can do in hugetlb
 * memory, under mmap_lock or the VMA's lock. The userfault that it may wait for
 * drops that lock and returns so that fault_kept_vma() knows.
 */
static void read_hugetlb_fault(struct pt_regs *regs, struct guard_span *span)
{
	span_of_entry(span, arg(regs, 2),
		      huge_page_size(hstate_vma(span->vma)));
}

static const struct guard_prototype hugetlb_fault_takes = {
	.returns = "unsigned int",
	.takes = {
		"struct mm_struct *", "struct vm_area_struct *",
		"unsigned long",
	},
};

const struct guard_carrier hugetlb_fault_carriers[] = {
	{
		.symbol = "hugetlb_fault",
		.prototype = &hugetlb_fault_takes,
		.known = GUARD_KNOWN_HUGETLB_FAULT,
		.vma = VMA_SECOND,
		.read = read_hugetlb_fault,
		.vma_kept = fault_kept_vma,
		.may_have_changed = fault_may_have_changed,
		.by_fault = true,
	},
};

/*
 * change_huge_pmd([tlb,] vma, pmd, addr, ...): the locks of change_pte_range(), inside
 * the same mmu_gather and notifiers. The pmd's lock is taken inside and dropped.
 */
static void read_change_huge_pmd(struct pt_regs *regs, struct guard_span *span)
{
	unsigned int vma = GUARD_CHANGE_HUGE_PMD_TLB ? 1 : 0;

	span_of_entry(span, arg(regs, vma + 2), PMD_SIZE);
	if (GUARD_CHANGE_HUGE_PMD_TLB)
		span->tlb = (struct mmu_gather *)arg(regs, 0);
	span->notifiers_open = true;
}

static enum guard_ask marks_of_change_huge_pmd(struct pt_regs *regs,
					       struct guard_note *note)
{
	return ask_by_flags(arg(regs, GUARD_CHANGE_HUGE_PMD_FLAGS));
}

static const struct guard_prototype change_huge_pmd_takes_tlb = {
	.takes = {
		"struct mmu_gather *", "struct vm_area_struct *", GUARD_UNREAD,
		"unsigned long", GUARD_UNREAD, "unsigned long",
	},
};

static const struct guard_prototype change_huge_pmd_takes = {
	.takes = {
		"struct vm_area_struct *", GUARD_UNREAD, "unsigned long",
		GUARD_UNREAD, "unsigned long",
	},
};

const struct guard_carrier change_huge_pmd_carriers[] = {
	{
		.symbol = "change_huge_pmd",
		.prototype = GUARD_CHANGE_HUGE_PMD_TLB ?
			     &change_huge_pmd_takes_tlb :
			     &change_huge_pmd_takes,
		.known = GUARD_CHANGE_HUGE_PMD_TLB ||
			 GUARD_CHANGE_HUGE_PMD_NO_TLB,
		.vma = GUARD_CHANGE_HUGE_PMD_TLB ? VMA_SECOND : VMA_FIRST,
		.read = read_change_huge_pmd,
		.marks = marks_of_change_huge_pmd,
		.tables = 1,
	},
};

/*
 * do_huge_pmd_numa_page(vmf): keeps mmap_lock or the VMA's lock, and returns with the
 * pmd's lock dropped, whether the page was migrated or its entry restored.
 */
static void read_do_huge_pmd_numa_page(struct pt_regs *regs,
				       struct guard_span *span)
{
	struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	span_of_entry(span, vmf->address, PMD_SIZE);
}

static const struct guard_prototype do_huge_pmd_numa_page_takes = {
	.takes = { "struct vm_fault *" },
};

const struct guard_carrier do_huge_pmd_numa_page_carriers[] = {
	{
		.symbol = "do_huge_pmd_numa_page",
		.prototype = &do_huge_pmd_numa_page_takes,
		.known = GUARD_KNOWN_DO_HUGE_PMD_NUMA_PAGE,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_do_huge_pmd_numa_page,
	},
};
