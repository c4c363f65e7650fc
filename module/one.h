/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shortest way: a span of one page, as migration, hinting faults and the lifting of
 * protection after a message have it. Where its entry keeps the promise, that is seen
 * here, as by a glance (part.c) but with nothing set up for a walk. For all else the span
 * is walked.
 *
 * The entry is read once, without its lock; why that is enough, and what keeps the page
 * tables, is argued in part.c. Of RCU's readers is who has preemption off.
 */
#ifndef UFFDWP_ONE_H
#define UFFDWP_ONE_H

#include <linux/hugetlb.h>
#include <linux/mm.h>

#include "marks.h"
#include "table.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/* False if there is not one, or not one that can be read. */
static __always_inline bool guard_one_read(const struct guard_site *site,
					   struct guard_span *span, pte_t *pte)
{
	struct vm_area_struct *vma = span->vma;
	pte_t *ptep;
	pmd_t pmd;

	if (span->end - span->start != PAGE_SIZE || guard_vma_hugetlb(vma) ||
	    unlikely(guard_vma_rwp(vma)) ||
	    !(site->levels & BIT(GUARD_LEVEL_PTE)))
		return false;
	if (!span->pmdp)
		span->pmdp = guard_find_pmd(span->mm, span->start);
	if (unlikely(!span->pmdp))
		return false;
	pmd = READ_ONCE(*span->pmdp);
	if (unlikely(!guard_sound_table(native_pmd_val(pmd))))
		return false;
	ptep = (pte_t *)guard_table_at(pmd_val(pmd)) + pte_index(span->start);
	*pte = READ_ONCE(*ptep);
	return likely(native_pmd_val(pmd) ==
		      native_pmd_val(READ_ONCE(*span->pmdp)));
}

static __always_inline void guard_one_note(const struct guard_span *span)
{
	struct guard_note *note = span->note;

	/* The first table is within its room (marks.h). */
	if (note)
		__set_bit((span->start - note->base) >> PAGE_SHIFT,
			  note->marked);
}

/**
 * guard_one_entering() - look at a span of one page before its path changes it
 * @site: the site that yields it
 * @span: the span, of any size; @span->vma is kept by the path until this returns
 * @only_marks: nothing is to be judged
 *
 * As guard_walk_plain(), and as guard_walk_pte() for what is being migrated.
 *
 * Context: a probe handler. Preemption is off, interrupts may be. No lock is taken.
 *
 * Return: true if its entry keeps the promise: then its mark is noted, if marks are, and
 * it was counted. False if guard_look_now() has to find out; then nothing was done.
 */
static __always_inline bool guard_one_entering(const struct guard_site *site,
					       struct guard_span *span,
					       bool only_marks)
{
	pte_t pte;
	u64 bits;

	if (!guard_one_read(site, span, &pte))
		return false;
	bits = native_pte_val(pte);
	if (bits & (_PAGE_PRESENT | _PAGE_PROTNONE)) {
		if (!(bits & GUARD_PTE_MARK))
			return true;
		if (bits & GUARD_PTE_WRITE)
			return false;
		guard_one_note(span);
		return true;
	}
	/* Who has the lock may have taken it out, to put it back changed. */
	if (pte_none(pte))
		return false;
	if (bits & GUARD_PTE_SWP_MARK) {
		if (!guard_pte_migrates_readable(pte))
			return false;
		guard_one_note(span);
	}
	if (!only_marks)
		guard_count(span->site, GUARD_CHECKED, 1);
	return true;
}

/**
 * guard_one_done() - look at a span of one page whose path is done
 * @site: the site that yielded it
 * @span: the span, of any size; @span->vma is kept by the path until this returns
 *
 * As guard_walk_plain().
 *
 * Context: a probe handler. Preemption is off, interrupts may be. No lock is taken.
 *
 * Return: true if its entry keeps the promise and has not lost its mark: then it was
 * counted. False if guard_span_ready() has to find out; then nothing was done.
 */
static __always_inline bool guard_one_done(const struct guard_site *site,
					   struct guard_span *span)
{
	pte_t pte;
	u64 bits;

	if (IS_ENABLED(CONFIG_PREEMPT_RT) || !guard_one_read(site, span, &pte))
		return false;
	bits = native_pte_val(pte);
	if (!(bits & (_PAGE_PRESENT | _PAGE_PROTNONE)))
		return false;
	if (bits & GUARD_PTE_MARK) {
		if (bits & GUARD_PTE_WRITE)
			return false;
	} else if (span->note) {
		return false;
	}
	guard_count(span->site, GUARD_CHECKED, 1);
	return true;
}

#endif /* UFFDWP_ONE_H */
