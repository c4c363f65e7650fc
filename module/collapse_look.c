// SPDX-License-Identifier: GPL-2.0
/*
 * A look at what has been collapsed, when the call returns that did it. It holds no lock any
 * more: others may have been at the entries since, and its VMA may be gone.
 */
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>

#include "marks.h"
#include "table.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/* Of what has gone elsewhere in the moment between, or become huge, nothing can be said. */
static void note_absent(const struct guard_span *span, pmd_t pmd)
{
	struct guard_note *note = span->note;
	unsigned long at = (span->start - note->base) >> PAGE_SHIFT;
	unsigned long behind = (span->end - note->base) >> PAGE_SHIFT;
	pte_t *ptep, pte;

	if (pmd_bad(pmd)) {
		note->uncompared = true;
		return;
	}
	ptep = guard_table_at(pmd_val(pmd));
	for_each_set_bit_from(at, note->marked, behind) {
		pte = READ_ONCE(ptep[at]);
		if (!pte_present(pte) &&
		    (pte_none(pte) ||
		     !softleaf_is_migration(softleaf_from_pte(pte))))
			note->uncompared = true;
	}
}

/*
 * The marks of a table are looked up at a huge page, which stands at its first entry. That of
 * another that has come into its place would be as good; a table would not. Preemption is
 * off, so a table that is taken away is not freed meanwhile.
 */
static bool marks_can_be_found(struct guard_span *span)
{
	pmd_t *pmdp = guard_find_pmd(span->mm, span->start);
	pmd_t pmd = pmdp ? READ_ONCE(*pmdp) : __pmd(0);

	if (span->note->uncompared)
		return false;
	if (span->end - span->start < PMD_SIZE) {
		note_absent(span, pmd);
		return true;
	}
	if (!guard_pmd_huge(pmd))
		return false;
	__set_bit(0, span->note->marked);
	return true;
}

/* Nobody can write through what is being torn down. */
static bool has_users(struct mm_struct *mm)
{
	return atomic_read(&mm->mm_users);
}

/* With mmap_lock held for reading. False if there is nothing that could be looked at as a whole. */
static bool look_after(struct guard_span *span)
{
	struct vm_area_struct *vma = find_vma(span->mm, span->start);

	if (!has_users(span->mm))
		return true;
	if (!vma || vma->vm_start > span->start || vma->vm_end < span->end ||
	    !guard_vma_protected(vma))
		return false;
	if (span->note && !marks_can_be_found(span)) {
		guard_count(span->site, GUARD_UNCOMPARED, 1);
		span->note = NULL;
	}
	span->vma = vma;
	guard_span_ready(span);
	return true;
}

/**
 * guard_collapse_look() - look at what has been collapsed
 * @span: the span; its VMA may be gone. @span->note has the marks that there were, all of
 *	them lost by then, or is NULL
 *
 * mmap_lock is tried only. It is not to be had either while somebody waits for it who wants to
 * write: then the span is left to process context, and its marks are not compared.
 *
 * Context: a probe handler; @span->mm is alive, and its mmap_lock not held by this task.
 */
void guard_collapse_look(struct guard_span *span)
{
	bool looked = false;

	if (mmap_read_trylock(span->mm)) {
		looked = look_after(span);
		mmap_read_unlock(span->mm);
	}
	if (looked)
		return;
	if (span->note)
		guard_count(span->site, GUARD_UNCOMPARED, 1);
	guard_defer(span, span->start, span->end);
}
