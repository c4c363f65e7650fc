// SPDX-License-Identifier: GPL-2.0
/*
 * What a walk does with an entry: judge it, remember what is broken, close that.
 */
#include <linux/mm.h>

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
	if (v->kind != GUARD_KIND_MIGRATION_ENTRY)
		guard_repair_note(walk->span, &walk->repair, v->addr, shift);
}

/**
 * guard_walk_pte() - judge one entry; in mode=fix close it if it is broken
 * @walk: the walk; a violation is added to @walk->found, which has room
 * @addr: the entry's address
 * @ptep: the entry: a pte, or a hugetlb entry, which x86 reads and writes as one
 * @level: which of both
 * @shift: log2 of the entry's size in bytes
 *
 * Context: under the entry's lock; or without, then @walk->locked is false and nothing
 * is closed. Does not sleep.
 */
void guard_walk_pte(struct guard_walk *walk, unsigned long addr, pte_t *ptep,
		    enum guard_level level, unsigned int shift)
{
	pte_t pte = ptep_get(ptep);
	enum guard_kind kind = guard_judge_pte(pte, walk->rwp);
	struct guard_violation *v;

	if (walk->span->entering && pte_present(pte))
		return;
	if (!pte_none(pte))
		walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return;

	v = walk_found(walk, addr, level, kind);
	v->before = guard_describe_pte(pte);
	if (v->repaired) {
		pte = guard_close_pte(walk->span->vma, addr, ptep, kind);
		walk_repaired(walk, v, shift);
	}
	v->after = guard_describe_pte(pte);
}

/**
 * guard_walk_table() - judge the entries of a page table
 * @walk: the walk
 * @pmd: the value of the pmd that the table hangs on
 * @addr: where to begin; where it ended, which is @end unless @walk->found is full
 * @end: where to end, within the same table
 *
 * Context: as guard_walk_pte().
 */
void guard_walk_table(struct guard_walk *walk, pmd_t *pmd, unsigned long *addr,
		      unsigned long end)
{
	pte_t *ptep = pte_offset_kernel(pmd, *addr);

	for (; *addr < end && walk->nr < GUARD_WALK_BATCH;
	     *addr += PAGE_SIZE, ptep++)
		guard_walk_pte(walk, *addr, ptep, GUARD_LEVEL_PTE, PAGE_SHIFT);
}

/**
 * guard_walk_huge_pmd() - judge the entry of a transparent huge page
 * @walk: the walk
 * @pmdp: the entry, present or a migration entry
 * @pmd: its value
 * @addr: an address in it
 *
 * Context: as guard_walk_pte().
 */
void guard_walk_huge_pmd(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			 unsigned long addr)
{
	enum guard_kind kind = guard_judge_pmd(pmd, walk->rwp);
	struct guard_violation *v;

	if (walk->span->entering && pmd_present(pmd))
		return;
	walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return;

	v = walk_found(walk, addr & PMD_MASK, GUARD_LEVEL_PMD, kind);
	v->before = guard_describe_pmd(pmd);
	if (v->repaired) {
		pmd = guard_close_pmd(walk->span->vma, v->addr, pmdp, kind);
		walk_repaired(walk, v, PMD_SHIFT);
	}
	v->after = guard_describe_pmd(pmd);
}
