// SPDX-License-Identifier: GPL-2.0
/*
 * The walker: the only code that looks at entries, for handlers and worker alike.
 *
 * What keeps the page tables: the caller keeps the VMA, by the probed path's own
 * locks or by mmap_lock, and munmap and exit free tables only after that VMA is
 * gone from the rmap and the tree. Tables can still be taken from under a living
 * VMA: by khugepaged, which up to 6.1 holds mmap_lock and the rmap locks for writing
 * to do so, and since then, as reclaim of empty tables, clears the pmd under its and
 * the table's lock and frees by RCU. So: RCU from the read of the pmd on, the table's
 * lock found through that value, and the pmd compared once the lock is held. Only
 * inline helpers, none of which writes on finding a bad entry.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "uffdwp_guard.h"
#include "uffdwp_stats.h"
#include "walk.h"

/*
 * With preemption off, so much of a span is walked at most: page tables (4096
 * bytes each), or as many hugetlb entries as one table has.
 */
#define TABLES_PER_HIT		4
#define HUGETLB_PER_HIT		PTRS_PER_PTE

/* A table that changes under us as often as this is not walked to the end. */
#define ATTEMPTS		8

enum step {
	STEP_ON,	/* go on from the address reached */
	STEP_AGAIN,	/* the table changed before it was locked */
	STEP_BUSY,	/* the lock is held and must not be waited for */
};

static bool is_table(pmd_t pmd)
{
	return pmd_present(pmd) && !guard_pmd_huge(pmd);
}

/* What is at @pmdp, unless that has changed since it was read. */
static enum step walk_pmd_same(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			       unsigned long *addr, unsigned long end)
{
	/* Without the lock it may change again: what was compared is judged. */
	if (!pmd_same(pmd, READ_ONCE(*pmdp)))
		return STEP_AGAIN;
	if (is_table(pmd)) {
		guard_walk_table(walk, &pmd, addr, end);
	} else {
		guard_walk_huge_pmd(walk, pmdp, pmd, *addr);
		*addr = end;
	}
	return STEP_ON;
}

/*
 * What cannot have the lock now will have it later, in process context. But a look
 * when the path is entered has no later. It goes on without: an entry is stored in
 * one piece, and none is stored broken for a moment only. It is not closed then.
 */
static bool good_without_lock(struct guard_walk *walk)
{
	walk->locked = false;
	return walk->span->entering;
}

static enum step walk_locked(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			     unsigned long *addr, unsigned long end)
{
	struct mm_struct *mm = walk->span->mm;
	bool table = is_table(pmd);
	spinlock_t *ptl = table ? pte_lockptr(mm, &pmd) : pmd_lockptr(mm, pmdp);
	enum step step;

	if (walk->may_wait)
		spin_lock(ptl);
	else if (!spin_trylock(ptl))
		return good_without_lock(walk) ?
		       walk_pmd_same(walk, pmdp, pmd, addr, end) : STEP_BUSY;

	walk->locked = true;
	step = walk_pmd_same(walk, pmdp, pmd, addr, end);
	spin_unlock(ptl);
	return step;
}

/* From *@addr to @end, within one pmd. */
static enum step walk_pmd(struct guard_walk *walk, unsigned long *addr,
			  unsigned long end)
{
	enum step step = STEP_ON;
	pmd_t *pmdp, pmd;

	rcu_read_lock();
	pmdp = guard_find_pmd(walk->span->mm, *addr);
	pmd = pmdp ? READ_ONCE(*pmdp) : __pmd(0);
	if (pmd_none(pmd) ||
	    !guard_walk_wants(walk, is_table(pmd) ? GUARD_LEVEL_PTE :
						    GUARD_LEVEL_PMD)) {
		*addr = end;
	} else if (is_table(pmd) && (pmd_leaf(pmd) || pmd_bad(pmd))) {
		/* Neither a table nor a huge page: not ours to understand. */
		guard_count(walk->span->site, GUARD_MISSED, 1);
		*addr = end;
	} else {
		step = walk_locked(walk, pmdp, pmd, addr, end);
	}
	rcu_read_unlock();
	return step;
}

static enum step walk_hugetlb_entry(struct guard_walk *walk, pte_t *ptep,
				    unsigned long *addr, unsigned long end)
{
	guard_walk_pte(walk, *addr, ptep, GUARD_LEVEL_HUGETLB,
		       huge_page_shift(hstate_vma(walk->span->vma)));
	*addr = end;
	return STEP_ON;
}

static enum step walk_hugetlb_locked(struct guard_walk *walk, pte_t *ptep,
				     unsigned long *addr, unsigned long end)
{
	struct hstate *h = hstate_vma(walk->span->vma);
	spinlock_t *ptl = huge_pte_lockptr(h, walk->span->mm, ptep);
	enum step step;

	if (walk->may_wait)
		spin_lock(ptl);
	else if (!spin_trylock(ptl))
		return good_without_lock(walk) ?
		       walk_hugetlb_entry(walk, ptep, addr, end) : STEP_BUSY;

	walk->locked = true;
	step = walk_hugetlb_entry(walk, ptep, addr, end);
	spin_unlock(ptl);
	return step;
}

static enum step walk_hugetlb(struct guard_walk *walk, unsigned long *addr,
			      unsigned long end)
{
	struct hstate *h = hstate_vma(walk->span->vma);
	enum step step = STEP_ON;
	pte_t *ptep;

	rcu_read_lock();
	ptep = guard_find_huge_pte(walk->span->mm, *addr, huge_page_size(h));
	if (ptep)
		step = walk_hugetlb_locked(walk, ptep, addr, end);
	else
		*addr = end;
	rcu_read_unlock();
	return step;
}

/* Locks are dropped: what was found can be told. */
static void walk_tell(struct guard_walk *walk)
{
	unsigned int i;

	guard_count(walk->span->site, GUARD_CHECKED, walk->checked);
	for (i = 0; i < walk->nr; i++) {
		guard_report(walk->span, &walk->found[i]);
		if (walk->fix && !walk->found[i].repaired)
			guard_count(walk->span->site, GUARD_MISSED, 1);
	}
	walk->checked = 0;
	walk->nr = 0;
}

/* Caches forget a table's worth at a time: not long after, and not one by one. */
static void walk_settle(struct guard_walk *walk)
{
	guard_repair_finish(walk->span, &walk->repair);
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
 * The write fault of a file's page (DAX) gives write access to an entry without asking for
 * the mark. Were it taken away at once, the fault would be begun again for ever. In all
 * other memory the fault that finds the mark and no write access ends in a message.
 */
static bool may_close(const struct guard_span *span)
{
	return !span->by_fault || vma_is_anonymous(span->vma) ||
	       is_vm_hugetlb_page(span->vma) || guard_is_shmem(span->vma);
}

/**
 * guard_inspect() - judge the entries of a span, and close broken ones
 * @span: the span; @span->vma is kept by the caller's or the probed path's locks
 *	and was found registered for uffd-wp
 *
 * In a probe handler (@span->task is NULL) a bounded part from the start is
 * walked, and the page-table lock is not waited for when interrupts are off or on
 * PREEMPT_RT; in process context all of it, with reschedules.
 *
 * When it returns, the repairs are as complete as the context allows: the TLB is
 * flushed or will be by the mmu_gather or the worker, and secondary MMUs are told
 * or will be by the worker.
 *
 * Context: a probe handler, on PREEMPT_RT only with @span->entering; or process
 * context with mmap_lock held for reading.
 *
 * Return: the address that was reached. What is behind it was not looked at.
 */
unsigned long guard_inspect(const struct guard_span *span)
{
	struct guard_walk walk = {
		.span = span,
		.fix = guard_mode() == GUARD_MODE_FIX,
		.rwp = userfaultfd_rwp(span->vma) &&
		       vma_is_accessible(span->vma),
		.may_close = may_close(span),
		.may_wait = may_wait(span),
	};
	unsigned long addr = span->start, end = span->end;
	unsigned long size = PMD_SIZE, limit = TABLES_PER_HIT;
	bool hugetlb = is_vm_hugetlb_page(span->vma);
	unsigned int attempts = 0;

	if (hugetlb && !guard_walk_wants(&walk, GUARD_LEVEL_HUGETLB))
		return end;

	if (hugetlb) {
		size = huge_page_size(hstate_vma(span->vma));
		limit = HUGETLB_PER_HIT;
		addr &= ~(size - 1);
	}
	if (!span->task)
		end = min(end, (addr & ~(size - 1)) + limit * size);

	while (addr < end) {
		unsigned long next = min((addr & ~(size - 1)) + size, end);
		enum step step;

		step = hugetlb ? walk_hugetlb(&walk, &addr, next) :
				 walk_pmd(&walk, &addr, next);
		walk_tell(&walk);
		if (step == STEP_ON) {
			attempts = 0;
		} else if (step == STEP_BUSY || ++attempts == ATTEMPTS) {
			if (!span->task)
				break;
			guard_count(span->site, GUARD_MISSED, 1);
			attempts = 0;
			addr = next;
		}
		if (span->task) {
			if (addr == next)
				walk_settle(&walk);
			cond_resched();
		}
	}
	walk_settle(&walk);
	return addr;
}
