// SPDX-License-Identifier: GPL-2.0
/*
 * Paths that copy, move, fill, split or mark entries, as sites that have to be asked
 * for. docs/coverage.rst has what each of them does to the mark.
 *
 * All return with the page-table locks dropped that they take. Whatever the path, an
 * entry that it stored is live before it returns: other CPUs may have used it.
 */
#include <linux/mm.h>
#include <linux/pagewalk.h>

#include "sites.h"
#include "stale.h"

#define VMA_THIRD		GUARD_VMA_IN(dx)

/* Walks always have a VMA when they come to an entry. */
#define VMA_OF_WALK_FOURTH	GUARD_VMA_OF(cx, struct mm_walk)
#define VMA_OF_WALK_FIFTH	GUARD_VMA_OF(r8, struct mm_walk)

static void span_of_vma(struct pt_regs *regs, struct guard_span *span)
{
	span->start = span->vma->vm_start;
	span->end = span->vma->vm_end;
}

static void range_second(struct pt_regs *regs, struct guard_span *span)
{
	span->start = arg(regs, 1);
	span->end = arg(regs, 2);
}

static void range_third(struct pt_regs *regs, struct guard_span *span)
{
	span->start = arg(regs, 2);
	span->end = arg(regs, 3);
}

/*
 * copy_page_range(dst_vma, src_vma): fork(), for one VMA, hugetlb or not. The child's
 * VMA is in its tree, and dup_mmap() holds both mmap_locks for writing. Registered is
 * that VMA only where the tracker asked for UFFD_FEATURE_EVENT_FORK. The notifiers are
 * the parent's; the child is in no TLB yet.
 */
static const struct guard_prototype copy_page_range_takes = {
	.takes = { "struct vm_area_struct *" },
};

const struct guard_carrier copy_page_range_carriers[] = {
	{
		.symbol = "copy_page_range",
		.prototype = &copy_page_range_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = span_of_vma,
	},
};

/*
 * mremap_userfaultfd_prep(new_vma, ctx): called once mremap() has moved the page
 * tables of a VMA, hugetlb or not, with mmap_lock held for writing. move_page_tables()
 * itself takes its arguments in a structure that no header has, in 7.2 and later.
 *
 * The new VMA is still registered when this is entered. If the tracker did not ask for
 * UFFD_FEATURE_EVENT_REMAP it is not when this returns. That makes no false alarm:
 * nobody had the VMA to fault in since its entries were moved, as marked as they were.
 */
static const struct guard_prototype mremap_userfaultfd_prep_takes = {
	.takes = { "struct vm_area_struct *" },
};

const struct guard_carrier move_page_tables_carriers[] = {
	{
		.symbol = "mremap_userfaultfd_prep",
		.prototype = &mremap_userfaultfd_prep_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = span_of_vma,
	},
};

/*
 * __split_huge_pmd(vma, pmd, address, ...): a huge pmd becomes a page table. Either
 * mmap_lock or, from migration and reclaim, the rmap lock keeps the VMA, as for
 * remove_migration_pte(). It closes its own notifiers. In 6.12 and later reclaim splits
 * in split_huge_pmd_locked() instead, and keeps the page-table lock.
 */
static void read_split_huge_pmd(struct pt_regs *regs, struct guard_span *span)
{
	span_of_table(span, arg(regs, 2));
}

/* When a VMA is to end in the middle, nobody else is at the marks (marks.c, stale.c). */
static enum guard_ask marks_of_split_huge_pmd(struct pt_regs *regs,
					      struct guard_note *note)
{
	struct vm_area_struct *vma = (struct vm_area_struct *)arg(regs, 0);

	return guard_writes_mmap(vma->vm_mm) && guard_userfaultfd_idle() ?
	       GUARD_ASK_TO_KEEP : GUARD_ASK_ELSE;
}

static const struct guard_prototype split_huge_pmd_takes = {
	.takes = { "struct vm_area_struct *", GUARD_UNREAD, "unsigned long" },
};

const struct guard_carrier split_huge_pmd_carriers[] = {
	{
		.symbol = "__split_huge_pmd",
		.prototype = &split_huge_pmd_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = read_split_huge_pmd,
		.marks = marks_of_split_huge_pmd,
		.tables = 1,
	},
};

/*
 * unuse_pte_range(vma, pmd, addr, end, type): swapoff, one page table, with mmap_lock
 * held for reading. It waits for the disk, and holds its instance meanwhile.
 */
static const struct guard_prototype unuse_pte_range_takes = {
	.takes = {
		"struct vm_area_struct *", GUARD_UNREAD, "unsigned long",
		"unsigned long",
	},
};

const struct guard_carrier unuse_pte_range_carriers[] = {
	{
		.symbol = "unuse_pte_range",
		.prototype = &unuse_pte_range_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = range_third,
	},
};

/*
 * mfill_atomic_install_pte([mm,] pmd, vma, addr, ...): the one entry of UFFDIO_COPY and
 * UFFDIO_CONTINUE, with mmap_lock or the VMA's lock held for reading. (UFFDIO_ZEROPAGE
 * has its own way in, with an entry that is never writable.)
 */
static void read_mfill_atomic_pte(struct pt_regs *regs, struct guard_span *span)
{
	unsigned int vma = GUARD_MFILL_MM ? 2 : 1;

	span_around(span, arg(regs, vma + 1), 0, 1);
}

static const struct guard_prototype mfill_atomic_takes = {
	.takes = { GUARD_UNREAD, "struct vm_area_struct *", "unsigned long" },
};

static const struct guard_prototype mfill_atomic_takes_mm = {
	.takes = {
		"struct mm_struct *", GUARD_UNREAD, "struct vm_area_struct *",
		"unsigned long",
	},
};

const struct guard_carrier mfill_atomic_install_pte_carriers[] = {
	{
		.symbol = "mfill_atomic_install_pte",
		.prototype = GUARD_MFILL_MM ? &mfill_atomic_takes_mm :
					      &mfill_atomic_takes,
		.known = true,
		.vma = GUARD_MFILL_MM ? VMA_THIRD : VMA_SECOND,
		.read = read_mfill_atomic_pte,
	},
};

/* The same for hugetlb, which also holds the mutex of hugetlb's faults. */
static void read_hugetlb_mfill_atomic_pte(struct pt_regs *regs,
					  struct guard_span *span)
{
	unsigned int vma = GUARD_MFILL_MM ? 2 : 1;

	span->start = arg(regs, vma + 1);
	span->end = span->start + huge_page_size(hstate_vma(span->vma));
}

const struct guard_carrier hugetlb_mfill_atomic_pte_carriers[] = {
	{
		.symbol = GUARD_MFILL_MM ? "hugetlb_mcopy_atomic_pte" :
					   "hugetlb_mfill_atomic_pte",
		.prototype = GUARD_MFILL_MM ? &mfill_atomic_takes_mm :
					      &mfill_atomic_takes,
		.known = true,
		.vma = GUARD_MFILL_MM ? VMA_THIRD : VMA_SECOND,
		.read = read_hugetlb_mfill_atomic_pte,
	},
};

/*
 * clear_refs_pte_range(pmd, addr, end, walk) and pagemap_scan_pmd_entry(), the same:
 * one page table or huge pmd, with mmap_lock held for reading or writing. The walk's
 * notifiers are open only if it asked for what changes protection; here they count as
 * closed. A table that vanished meanwhile is walked once more.
 */
static const struct guard_prototype pmd_entry_takes = {
	.takes = {
		GUARD_UNREAD, "unsigned long", "unsigned long",
		"struct mm_walk *",
	},
};

const struct guard_carrier clear_refs_pte_range_carriers[] = {
	{
		.symbol = "clear_refs_pte_range",
		.prototype = &pmd_entry_takes,
		.known = true,
		.vma = VMA_OF_WALK_FOURTH,
		.read = range_second,
	},
};

const struct guard_carrier pagemap_scan_pmd_entry_carriers[] = {
	{
		.symbol = "pagemap_scan_pmd_entry",
		.prototype = &pmd_entry_takes,
		.known = true,
		.vma = VMA_OF_WALK_FOURTH,
		.read = range_second,
	},
};

/*
 * pagemap_scan_hugetlb_entry(ptep, hmask, start, end, walk): one entry, with hugetlb's
 * own lock of the VMA as well. Where the scan begins or ends within it, so does the
 * range.
 */
static const struct guard_prototype hugetlb_entry_takes = {
	.takes = {
		GUARD_UNREAD, GUARD_UNREAD, "unsigned long", "unsigned long",
		"struct mm_walk *",
	},
};

const struct guard_carrier pagemap_scan_hugetlb_entry_carriers[] = {
	{
		.symbol = "pagemap_scan_hugetlb_entry",
		.prototype = &hugetlb_entry_takes,
		.known = true,
		.vma = VMA_OF_WALK_FIFTH,
		.read = range_third,
	},
};
