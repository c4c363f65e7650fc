// SPDX-License-Identifier: GPL-2.0
/*
 * KSM: equal pages of anonymous memory become one.
 */
#include <linux/mm.h>

#include "sites.h"

/*
 * try_to_merge_one_page(vma, page, kpage): ksmd, with mmap_lock held for reading and a
 * reference on both pages; kpage is NULL when the page itself is to be the merged one. It
 * takes the page's lock and drops it, and has no mmu_gather; its notifiers are closed.
 */
static void read_merge(struct pt_regs *regs, struct guard_span *span)
{
	struct page *page = (struct page *)arg(regs, 1);
	struct vm_area_struct *vma = span->vma;
	unsigned long first = vma_start_anon_pgoff(vma);
	pgoff_t pgoff = guard_page_pgoff(page);

	/* Of a page that is not anonymous, or not any more, it does nothing. */
	if (!PageAnon(page) || pgoff < first ||
	    pgoff - first >= vma_pages(vma))
		return;
	span_around(span, vma->vm_start + ((pgoff - first) << PAGE_SHIFT), 0, 1);
}

static enum guard_ask marks_of_merge(struct pt_regs *regs,
				     struct guard_note *note)
{
	struct page *merged = (struct page *)arg(regs, 2) ?:
			      (struct page *)arg(regs, 1);

	note->first_pfn = page_to_pfn(merged);
	note->nr_pfns = 1;
	return GUARD_ASK_TO_KEEP;
}

static bool merged(unsigned long retval, struct guard_note *note)
{
	return !(int)retval;
}

static const struct guard_prototype merge_takes = {
	.returns = "int",
	.takes = {
		"struct vm_area_struct *", "struct page *", "struct page *",
	},
};

const struct guard_carrier try_to_merge_one_page_carriers[] = {
	{
		.symbol = "try_to_merge_one_page",
		.prototype = &merge_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = read_merge,
		.marks = marks_of_merge,
		.changed = merged,
		.tables = 1,
	},
};
