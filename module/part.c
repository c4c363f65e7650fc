// SPDX-License-Identifier: GPL-2.0
/*
 * The part of a walk within one pmd, or one hugetlb entry: at a glance, or under the lock.
 *
 * What keeps the page tables: the caller keeps the VMA, by the probed path's own
 * locks or by mmap_lock, and munmap and exit free tables only after that VMA is
 * gone from the rmap and the tree. Tables can still be taken from under a living
 * VMA: by khugepaged, which up to 6.1 holds mmap_lock and the rmap locks for writing
 * to do so, and since then, as reclaim of empty tables, clears the pmd under its and
 * the table's lock and frees by RCU. So: RCU from the read of the pmd on, the table's
 * lock found through that value, and the pmd compared once the lock is held, or once a
 * glance is over. Only inline helpers, none of which writes on finding a bad entry.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "table.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"
#include "walk.h"

static inline bool is_table(pmd_t pmd)
{
	return pmd_present(pmd) && !guard_pmd_huge(pmd);
}

static void walk_entries(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			 unsigned long *addr, unsigned long end)
{
	if (is_table(pmd))
		guard_walk_table(walk, &pmd, addr, end);
	else if (guard_walk_huge_pmd(walk, pmdp, pmd, *addr))
		*addr = end;
}

/*
 * A glance, which nearly always is enough. The path is done with the entries and so sees
 * what it left there itself; or it has yet to begin, and the lock would be dropped before
 * that. What looks whole was so when it was read: an entry is stored in one piece, and none
 * is stored broken for a moment only. An empty one may have been taken out for a moment by
 * who has the lock, and is looked at under it. RCU keeps the table, see above; if it was
 * taken away meanwhile, nothing was seen.
 */
static enum guard_step walk_glance(struct guard_walk *walk, pmd_t *pmdp,
				   pmd_t pmd, unsigned long *addr,
				   unsigned long end)
{
	unsigned long start = *addr, checked = walk->checked;

	walk_entries(walk, pmdp, pmd, addr, end);
	if (likely(pmd_same(pmd, READ_ONCE(*pmdp))))
		return GUARD_STEP_ON;
	*addr = start;
	walk->checked = checked;
	return GUARD_STEP_AGAIN;
}

/* What is at @pmdp, unless that has changed since it was read. */
static enum guard_step walk_pmd_same(struct guard_walk *walk, pmd_t *pmdp,
				     pmd_t pmd, unsigned long *addr,
				     unsigned long end)
{
	/* Without the lock it may change again: what was compared is judged. */
	if (!pmd_same(pmd, READ_ONCE(*pmdp)))
		return GUARD_STEP_AGAIN;
	walk_entries(walk, pmdp, pmd, addr, end);
	return GUARD_STEP_ON;
}

/*
 * With interrupts off, a wait for the page-table lock may never end: its holder
 * may be waiting for this CPU to answer a TLB flush. On PREEMPT_RT the lock sleeps,
 * which no probe handler may; trying it does not.
 */
static bool may_wait(const struct guard_span *span)
{
	return span->task ||
	       (!IS_ENABLED(CONFIG_PREEMPT_RT) && !irqs_disabled());
}

/*
 * What cannot have the lock now will have it later, in process context. But a look
 * when the path is entered has no later. It goes on without, and nothing is closed then.
 */
static bool good_without_lock(struct guard_walk *walk)
{
	walk->locked = false;
	return walk->span->entering;
}

static enum guard_step walk_pmd_locked(struct guard_walk *walk, pmd_t *pmdp,
				       pmd_t pmd, unsigned long *addr,
				       unsigned long end)
{
	struct mm_struct *mm = walk->span->mm;
	spinlock_t *ptl = is_table(pmd) ? pte_lockptr(mm, &pmd) :
					  pmd_lockptr(mm, pmdp);
	enum guard_step step;

	if (may_wait(walk->span))
		spin_lock(ptl);
	else if (!spin_trylock(ptl))
		return good_without_lock(walk) ?
		       walk_pmd_same(walk, pmdp, pmd, addr, end) :
		       GUARD_STEP_BUSY;

	walk->locked = true;
	step = walk_pmd_same(walk, pmdp, pmd, addr, end);
	spin_unlock(ptl);
	return step;
}

/* A hole, unless something hangs there that is neither a table nor a huge page. */
static void walk_hole(const struct guard_walk *walk, unsigned long addr)
{
	if (unlikely(guard_pud_damaged(walk->span->mm, addr)))
		guard_count(walk->span->site, GUARD_MISSED, 1);
}

/* From *@addr to @end, within one pmd. */
static enum guard_step walk_pmd(struct guard_walk *walk, unsigned long *addr,
				unsigned long end)
{
	enum guard_step step = GUARD_STEP_ON;
	pmd_t *pmdp, pmd;
	bool table;

	rcu_read_lock();
	pmdp = guard_find_pmd(walk->span->mm, *addr);
	if (!pmdp)
		walk_hole(walk, *addr);
	pmd = pmdp ? READ_ONCE(*pmdp) : __pmd(0);
	table = is_table(pmd);
	if (pmd_none(pmd) ||
	    !guard_walk_wants(walk, table ? GUARD_LEVEL_PTE : GUARD_LEVEL_PMD)) {
		*addr = end;
	} else if (table && pmd_bad(pmd)) {
		/* Neither a table nor a huge page: not ours to understand. */
		guard_count(walk->span->site, GUARD_MISSED, 1);
		*addr = end;
	} else if (walk->glance) {
		step = walk_glance(walk, pmdp, pmd, addr, end);
	} else {
		step = walk_pmd_locked(walk, pmdp, pmd, addr, end);
	}
	rcu_read_unlock();
	return step;
}

static enum guard_step walk_hugetlb_entry(struct guard_walk *walk, pte_t *ptep,
					  unsigned long *addr, unsigned long end)
{
	if (guard_walk_pte(walk, *addr, ptep, GUARD_LEVEL_HUGETLB,
			   huge_page_shift(hstate_vma(walk->span->vma))))
		*addr = end;
	return GUARD_STEP_ON;
}

static enum guard_step walk_hugetlb_locked(struct guard_walk *walk, pte_t *ptep,
					   unsigned long *addr,
					   unsigned long end)
{
	struct hstate *h = hstate_vma(walk->span->vma);
	spinlock_t *ptl = huge_pte_lockptr(h, walk->span->mm, ptep);
	enum guard_step step;

	if (may_wait(walk->span))
		spin_lock(ptl);
	else if (!spin_trylock(ptl))
		return good_without_lock(walk) ?
		       walk_hugetlb_entry(walk, ptep, addr, end) :
		       GUARD_STEP_BUSY;

	walk->locked = true;
	step = walk_hugetlb_entry(walk, ptep, addr, end);
	spin_unlock(ptl);
	return step;
}

static enum guard_step walk_hugetlb(struct guard_walk *walk,
				    unsigned long *addr, unsigned long end)
{
	struct hstate *h = hstate_vma(walk->span->vma);
	enum guard_step step = GUARD_STEP_ON;
	pte_t *ptep;

	rcu_read_lock();
	ptep = guard_find_huge_pte(walk->span->mm, *addr, huge_page_size(h));
	if (!ptep) {
		walk_hole(walk, *addr);
		*addr = end;
	} else if (walk->glance) {
		step = walk_hugetlb_entry(walk, ptep, addr, end);
	} else {
		step = walk_hugetlb_locked(walk, ptep, addr, end);
	}
	rcu_read_unlock();
	return step;
}

/**
 * guard_walk_part() - walk the entries of a pmd, or a hugetlb entry
 * @walk: the walk; what is broken is added to @walk->found, unless it is a glance
 * @addr: where to begin; where it ended, which is before @end if a glance met a broken
 *	or empty entry, or if @walk->found is full
 * @end: where to end, within the same
 *
 * A glance takes no lock, and changes and tells nothing. Nearly always it is enough.
 *
 * Context: as guard_inspect().
 *
 * Return: GUARD_STEP_*.
 */
enum guard_step guard_walk_part(struct guard_walk *walk, unsigned long *addr,
				unsigned long end)
{
	return guard_vma_hugetlb(walk->span->vma) ?
	       walk_hugetlb(walk, addr, end) : walk_pmd(walk, addr, end);
}
