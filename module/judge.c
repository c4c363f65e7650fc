// SPDX-License-Identifier: GPL-2.0
/*
 * What a walk does with an entry: judge it, remember what is broken, close that.
 */
#include <linux/mm.h>

#include "marks.h"
#include "stale.h"
#include "uffdwp_guard.h"
#include "uffdwp_invariant.h"
#include "walk.h"

static struct guard_violation *walk_found(struct guard_walk *walk,
					  unsigned long addr,
					  enum guard_level level,
					  enum guard_kind kind)
{
	struct guard_violation *v = &walk->found[walk->nr++];

	*v = (struct guard_violation){
		.addr = addr,
		.level = level,
		.kind = kind,
		.repaired = walk->fix && walk->may_close && walk->locked,
	};
	return v;
}

/*
 * A migration entry is in no TLB and in no secondary MMU. That of device memory is in no
 * TLB either, but the device's own page table follows the notifiers.
 */
static void walk_repaired(struct guard_walk *walk,
			  const struct guard_violation *v, unsigned int shift)
{
	/* The mark is the kernel's own; without it the entry gives the access it gave. */
	if (v->kind != GUARD_KIND_STALE_MARK &&
	    !(v->before & GUARD_ENTRY_MIGRATION))
		guard_repair_note(walk->span, &walk->repair, v->addr, shift);
}

/*
 * Of a walk that knows, or is to know, which entries carried the mark. What maps a page, or
 * will again when its migration is over, can lose its mark; all else can be mapped
 * anew only by a fault.
 */
static bool pte_maps(pte_t pte)
{
	return pte_present(pte) ||
	       (!pte_none(pte) &&
		softleaf_is_migration(softleaf_from_pte(pte)));
}

static bool pte_marked(pte_t pte)
{
	return pte_present(pte) ? pte_uffd(pte) : pte_swp_uffd(pte);
}

static unsigned long pte_page_of(pte_t pte)
{
	return pte_present(pte) ? pte_pfn(pte) :
				  softleaf_to_pfn(softleaf_from_pte(pte));
}

/* Also those that break the promise already? Why, and why not for KSM: marks.c. */
static bool notes_broken(const struct guard_span *span)
{
	return span->noting && span->site != GUARD_TRY_TO_MERGE_ONE_PAGE;
}

static void walk_note_pte(struct guard_walk *walk, unsigned long addr,
			  pte_t pte, enum guard_kind kind)
{
	const struct guard_span *span = walk->span;

	if (span->entering && span->note &&
	    (kind == GUARD_INTACT || notes_broken(span)) &&
	    pte_marked(pte) && pte_maps(pte))
		guard_mark_note(span->note, addr, 1);
}

static bool pte_lost_mark(struct guard_walk *walk, unsigned long addr,
			  pte_t pte)
{
	const struct guard_span *span = walk->span;

	return !span->entering && span->note && !pte_marked(pte) &&
	       pte_maps(pte) && guard_mark_lost(span, addr, pte_page_of(pte));
}

static bool pmd_marked(pmd_t pmd)
{
	return pmd_present(pmd) ? pmd_uffd(pmd) : pmd_swp_uffd(pmd);
}

static bool pmd_maps(pmd_t pmd)
{
	return pmd_present(pmd) ||
	       softleaf_is_migration(softleaf_from_pmd(pmd));
}

static unsigned long pmd_page_of(pmd_t pmd)
{
	return pmd_present(pmd) ? pmd_pfn(pmd) :
				  softleaf_to_pfn(softleaf_from_pmd(pmd));
}

/* As if it were a table full of marks: it may be one when the path returns. */
static void walk_note_pmd(struct guard_walk *walk, unsigned long addr,
			  pmd_t pmd)
{
	const struct guard_span *span = walk->span;

	if (span->entering && span->note && pmd_marked(pmd) && pmd_maps(pmd) &&
	    (notes_broken(span) ||
	     guard_judge_pmd(pmd, walk->rwp) == GUARD_INTACT))
		guard_mark_note(span->note, addr & PMD_MASK, PTRS_PER_PTE);
}

static bool pmd_lost_mark(struct guard_walk *walk, unsigned long addr,
			  pmd_t pmd)
{
	const struct guard_span *span = walk->span;

	return !span->entering && span->note && !pmd_marked(pmd) &&
	       pmd_maps(pmd) &&
	       guard_mark_lost(span, addr & PMD_MASK, pmd_page_of(pmd));
}

/**
 * guard_walk_pte() - judge one entry; in mode=fix close it if it is broken
 * @walk: the walk; a violation is added to @walk->found, which has room, unless it is a
 *	glance
 * @addr: the entry's address
 * @ptep: the entry: a pte, or a hugetlb entry, which x86 reads and writes as one
 * @level: which of both
 * @shift: log2 of the entry's size in bytes
 *
 * Context: under the entry's lock; or without, then @walk->locked is false and nothing
 * is closed. Does not sleep.
 *
 * Return: false if it is broken or empty and this was a glance; then it has yet to be
 * judged.
 */
bool guard_walk_pte(struct guard_walk *walk, unsigned long addr, pte_t *ptep,
		    enum guard_level level, unsigned int shift)
{
	pte_t pte = ptep_get(ptep);
	enum guard_kind kind = guard_judge_pte(pte, walk->rwp);
	struct guard_violation *v;

	/* Who has the lock may have taken it out, to put it back changed. */
	if (walk->glance && pte_none(pte))
		return false;
	walk_note_pte(walk, addr, pte, kind);
	if (walk->span->noting || (walk->span->entering && pte_present(pte)))
		return true;
	if (kind == GUARD_INTACT && pte_lost_mark(walk, addr, pte))
		kind = GUARD_KIND_LOST_MARK;
	if (kind != GUARD_INTACT && walk->glance)
		return false;
	if (!pte_none(pte))
		walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return true;
	if (walk->span->registered && guard_is_stale(walk->span))
		kind = GUARD_KIND_STALE_MARK;

	v = walk_found(walk, addr, level, kind);
	v->before = guard_describe_pte(pte);
	if (v->repaired) {
		pte = guard_close_pte(walk->span->vma, addr, ptep, kind);
		walk_repaired(walk, v, shift);
		walk_note_pte(walk, addr, pte,
			      guard_judge_pte(pte, walk->rwp));
	}
	v->after = guard_describe_pte(pte);
	return true;
}

/**
 * guard_walk_table() - judge the entries of a page table
 * @walk: the walk
 * @pmd: the value of the pmd that the table hangs on
 * @addr: where to begin, of a page; where it ended, which is @end unless @walk->found is
 *	full or a glance met a broken or empty entry
 * @end: where to end, of a page or behind the last, within the same table
 *
 * Context: as guard_walk_pte().
 */
void guard_walk_table(struct guard_walk *walk, pmd_t *pmd, unsigned long *addr,
		      unsigned long end)
{
	pte_t *ptep = pte_offset_kernel(pmd, *addr);
	unsigned long apart = *addr;

	while (*addr < end && walk->nr < GUARD_WALK_BATCH) {
		if (*addr >= apart) {
			unsigned long reached;

			reached = guard_walk_groups(walk, *addr, ptep, end);
			ptep += (reached - *addr) / PAGE_SIZE;
			*addr = reached;
			if (reached == end)
				break;
			apart = min(end, ALIGN(reached + 1, GUARD_GROUP_SIZE));
		}
		/* Of this group one by one. */
		if (!guard_walk_plain(walk, *addr, ptep) &&
		    !guard_walk_pte(walk, *addr, ptep, GUARD_LEVEL_PTE,
				    PAGE_SHIFT))
			break;
		*addr += PAGE_SIZE;
		ptep++;
	}
}

/**
 * guard_walk_huge_pmd() - judge the entry of a transparent huge page
 * @walk: the walk
 * @pmdp: the entry, present or a migration entry
 * @pmd: its value
 * @addr: an address in it
 *
 * Context: as guard_walk_pte().
 *
 * Return: as guard_walk_pte().
 */
bool guard_walk_huge_pmd(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			 unsigned long addr)
{
	enum guard_kind kind = guard_judge_pmd(pmd, walk->rwp);
	struct guard_violation *v;

	walk_note_pmd(walk, addr, pmd);
	if (walk->span->noting || (walk->span->entering && pmd_present(pmd)))
		return true;
	if (kind == GUARD_INTACT && pmd_lost_mark(walk, addr, pmd))
		kind = GUARD_KIND_LOST_MARK;
	if (kind != GUARD_INTACT && walk->glance)
		return false;
	walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return true;
	if (walk->span->registered && guard_is_stale(walk->span))
		kind = GUARD_KIND_STALE_MARK;

	v = walk_found(walk, addr & PMD_MASK, GUARD_LEVEL_PMD, kind);
	v->before = guard_describe_pmd(pmd);
	if (v->repaired) {
		pmd = guard_close_pmd(walk->span->vma, v->addr, pmdp, kind);
		walk_repaired(walk, v, PMD_SHIFT);
		walk_note_pmd(walk, addr, pmd);
	}
	v->after = guard_describe_pmd(pmd);
	return true;
}
