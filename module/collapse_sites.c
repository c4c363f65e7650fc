// SPDX-License-Identifier: GPL-2.0
/*
 * collapse_huge_page(mm, address, referenced, unmapped, cc[, order]): what khugepaged and
 * MADV_COLLAPSE make of base pages, a huge page or, in 7.2 and later, a folio of that order.
 * How it is watched: collapse.c.
 *
 * pmdp_collapse_flush(vma, address, pmdp), which is probed inside it, takes the page table out.
 */
#include <linux/mm.h>

#include "marks.h"
#include "sites.h"
#include "table.h"

static void read_collapse(struct pt_regs *regs, struct guard_span *span)
{
	span->start = arg(regs, 1) & PMD_MASK;
	span->end = span->start + PMD_SIZE;
}

static void read_collapse_by_order(struct pt_regs *regs,
				   struct guard_span *span)
{
	unsigned int order = arg(regs, 5);

	span->start = arg(regs, 1) & PAGE_MASK;
	span->end = span->start +
		    min(PAGE_SIZE << min(order, PMD_SHIFT - PAGE_SHIFT),
			PMD_SIZE - (span->start & ~PMD_MASK));
}

static enum guard_ask marks_of_collapse(struct pt_regs *regs,
					struct guard_note *note)
{
	struct vm_area_struct *vma = (struct vm_area_struct *)arg(regs, 0);

	return guard_asynchronous(vma) ? GUARD_ASK_ELSE : GUARD_ASK_TO_KEEP;
}

/* The table is there until what is probed returns, and nobody else is at it. */
static void note_table(const struct guard_span *span, struct guard_note *note)
{
	pmd_t *pmdp = guard_find_pmd(span->mm, span->start);
	pmd_t pmd = pmdp ? READ_ONCE(*pmdp) : __pmd(0);
	unsigned long addr;
	pte_t *ptep, pte;

	if (pmd_bad(pmd)) {
		note->uncompared = true;
		return;
	}
	ptep = (pte_t *)guard_table_at(pmd_val(pmd)) + pte_index(span->start);
	for (addr = span->start; addr < span->end; addr += PAGE_SIZE) {
		pte = READ_ONCE(*ptep++);
		if (pte_present(pte) ? pte_uffd(pte) :
		    !pte_none(pte) && (pte_swp_uffd(pte) ||
				       guard_pte_is_marker(pte)))
			guard_mark_note(note, addr, 1);
	}
}

/* SCAN_SUCCEED, of the enum scan_result that mm/khugepaged.c has. */
static bool collapsed(unsigned long retval, struct guard_note *note)
{
	return (int)retval == 1;
}

const struct guard_prototype guard_pmdp_collapse_flush_takes = {
	.takes = { "struct vm_area_struct *" },
};

static const struct guard_prototype collapse_takes = {
	.returns = "int",
	.takes = {
		"struct mm_struct *", "unsigned long", "int", "int",
		"struct collapse_control *",
	},
	.exact = true,
};

static const struct guard_prototype collapse_takes_enum = {
	.returns = "scan_result",
	.takes = {
		"struct mm_struct *", "unsigned long", "int", "int",
		"struct collapse_control *",
	},
	.exact = true,
};

static const struct guard_prototype collapse_takes_order = {
	.returns = "scan_result",
	.takes = {
		"struct mm_struct *", "unsigned long", "int", "int",
		"struct collapse_control *", "unsigned int",
	},
	.exact = true,
};

const struct guard_carrier collapse_huge_page_carriers[] = {
	{
		.symbol = "collapse_huge_page",
		.inside = "pmdp_collapse_flush",
		.prototype = GUARD_COLLAPSE_BY_ORDER ? &collapse_takes_order :
			     GUARD_COLLAPSE_ENUM ? &collapse_takes_enum :
						   &collapse_takes,
		.known = GUARD_COLLAPSE_TELLS,
		.vma = VMA_FIRST,
		.read = GUARD_COLLAPSE_BY_ORDER ? read_collapse_by_order :
						  read_collapse,
		.marks = marks_of_collapse,
		.note = note_table,
		.changed = collapsed,
		.tables = 1,
	},
};
