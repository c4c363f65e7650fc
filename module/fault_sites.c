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

#include "marks.h"
#include "sites.h"
#include "table.h"

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
static enum guard_ask marks_of_swap_in(struct pt_regs *regs,
				       struct guard_note *note)
{
	const struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	if (pte_present(vmf->orig_pte) || !pte_swp_uffd(vmf->orig_pte) ||
	    guard_asynchronous(vmf->vma))
		return GUARD_ASK_ELSE;
	note->fault = vmf;
	return GUARD_ASK_TO_KEEP;
}

/*
 * All that may be mapped along with the faulting entry. The table is there, for the fault
 * has just read that entry from it, and preemption is off (part.c); nothing is followed from
 * there.
 */
static void note_swapped(const struct guard_span *span, struct guard_note *note)
{
	pmd_t pmd = READ_ONCE(*note->fault->pmd);
	unsigned long addr;
	pte_t *ptep, pte;

	guard_mark_note(note, note->fault->address & PAGE_MASK, 1);
	if (pmd_bad(pmd))
		return;
	ptep = (pte_t *)guard_table_at(pmd_val(pmd)) + pte_index(span->start);
	for (addr = span->start; addr < span->end; addr += PAGE_SIZE) {
		pte = READ_ONCE(*ptep++);
		if (!pte_none(pte) && !pte_present(pte) && pte_swp_uffd(pte))
			guard_mark_note(note, addr, 1);
	}
}

/* The fault is its caller's, and there when it returns. */
static bool swapped_in_unmarked(unsigned long retval, struct guard_note *note)
{
	const struct vm_fault *vmf = note->fault;
	pte_t pte = vmf->orig_pte;

	if (!pte_present(pte) || pte_uffd(pte))
		return false;
	note->first_pfn = pte_pfn(pte) -
			  ((vmf->address - note->base) >> PAGE_SHIFT);
	note->in_line = true;
	/* Until the faulting entry is found to map what it was given (marks.c). */
	note->uncompared = true;
	return true;
}

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
		.marks = marks_of_swap_in,
		.note = note_swapped,
		.changed = swapped_in_unmarked,
		.tables = 1,
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
static enum guard_ask marks_of_finish_fault(struct pt_regs *regs,
					    struct guard_note *note)
{
	const struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	if (!guard_pte_is_marker(vmf->orig_pte) || !vmf->page ||
	    guard_asynchronous(vmf->vma))
		return GUARD_ASK_ELSE;
	/* As the kernel tells a private copy. */
	if ((vmf->flags & FAULT_FLAG_WRITE) &&
	    !(vmf->vma->vm_flags & VM_SHARED))
		return GUARD_ASK_ELSE;
	note->fault = vmf;
	note->first_pfn = page_to_pfn(vmf->page);
	note->nr_pfns = 1;
	return GUARD_ASK_TO_KEEP;
}

static void note_marker(const struct guard_span *span, struct guard_note *note)
{
	guard_mark_note(note, span->start, 1);
}

/*
 * A huge page took the place of a table that has gone since the marker was read, and nobody
 * has looked whether it was still there: what was asked for before that is not known.
 */
static bool finished(unsigned long retval, struct guard_note *note)
{
	if ((unsigned int)retval)
		return false;
	if (pmd_bad(READ_ONCE(*note->fault->pmd))) {
		note->nr_pfns = 0;
		note->uncompared = true;
	}
	return true;
}

const struct guard_carrier finish_fault_carriers[] = {
	{
		.symbol = "finish_fault",
		.prototype = &fault_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_one_entry,
		.by_fault = true,
		.marks = marks_of_finish_fault,
		.note = note_marker,
		.changed = finished,
		.tables = 1,
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
