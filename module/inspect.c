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
#include "uffdwp_invariant.h"
#include "uffdwp_stats.h"

/*
 * With preemption off, so much of a span is walked at most: page tables (4096
 * bytes each), or as many hugetlb entries as one table has.
 */
#define TABLES_PER_HIT		4
#define HUGETLB_PER_HIT		PTRS_PER_PTE

/* Violations found under one hold of a lock, told after it is dropped. */
#define BATCH			16

/* A table that changes under us as often as this is not walked to the end. */
#define ATTEMPTS		8

struct walk {
	const struct guard_span *span;
	bool fix;
	bool try_lock;
	struct guard_repair repair;
	unsigned long checked;
	unsigned int nr;
	struct guard_violation found[BATCH];
};

enum step {
	STEP_ON,	/* go on from the address reached */
	STEP_AGAIN,	/* the table changed before it was locked */
	STEP_BUSY,	/* the lock is held and must not be waited for */
};

static struct guard_violation *walk_found(struct walk *walk, unsigned long addr,
					  enum guard_level level,
					  enum guard_kind kind)
{
	struct guard_violation *v = &walk->found[walk->nr++];

	*v = (struct guard_violation){
		.addr = addr,
		.level = level,
		.kind = kind,
		.repaired = walk->fix,
	};
	return v;
}

/* A migration entry is in no TLB and in no secondary MMU. */
static void walk_repaired(struct walk *walk, const struct guard_violation *v,
			  unsigned int shift)
{
	if (v->kind == GUARD_KIND_WRITABLE)
		guard_repair_note(walk->span, &walk->repair, v->addr, shift);
}

/* The table's or, for hugetlb, the entry's lock is held. */
static void judge_pte(struct walk *walk, unsigned long addr, pte_t *ptep,
		      enum guard_level level, unsigned int shift)
{
	pte_t pte = ptep_get(ptep);
	enum guard_kind kind = guard_judge_pte(pte);
	struct guard_violation *v;

	if (walk->span->entering && pte_present(pte))
		return;
	if (!pte_none(pte))
		walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return;

	v = walk_found(walk, addr, level, kind);
	v->before = guard_describe_pte(pte);
	if (walk->fix) {
		pte = guard_close_pte(walk->span->vma, addr, ptep);
		walk_repaired(walk, v, shift);
	}
	v->after = guard_describe_pte(pte);
}

/* The page table's lock is held. */
static void judge_table(struct walk *walk, pmd_t *pmd, unsigned long *addr,
			unsigned long end)
{
	pte_t *ptep = pte_offset_kernel(pmd, *addr);

	for (; *addr < end && walk->nr < BATCH; *addr += PAGE_SIZE, ptep++)
		judge_pte(walk, *addr, ptep, GUARD_LEVEL_PTE, PAGE_SHIFT);
}

/* A transparent huge page, or the migration entry of one. Its lock is held. */
static void judge_huge_pmd(struct walk *walk, pmd_t *pmdp, unsigned long addr)
{
	pmd_t pmd = READ_ONCE(*pmdp);
	enum guard_kind kind = guard_judge_pmd(pmd);
	struct guard_violation *v;

	if (walk->span->entering && pmd_present(pmd))
		return;
	walk->checked++;
	if (likely(kind == GUARD_INTACT))
		return;

	v = walk_found(walk, addr & PMD_MASK, GUARD_LEVEL_PMD, kind);
	v->before = guard_describe_pmd(pmd);
	if (walk->fix) {
		pmd = guard_close_pmd(walk->span->vma, v->addr, pmdp);
		walk_repaired(walk, v, PMD_SHIFT);
	}
	v->after = guard_describe_pmd(pmd);
}

/*
 * With interrupts off, a wait for the page-table lock may never end: its holder
 * may be waiting for this CPU to answer a TLB flush.
 */
static enum step walk_locked(struct walk *walk, pmd_t *pmdp, pmd_t pmd,
			     unsigned long *addr, unsigned long end)
{
	struct mm_struct *mm = walk->span->mm;
	bool huge = !pmd_present(pmd) || pmd_trans_huge(pmd);
	spinlock_t *ptl = huge ? pmd_lockptr(mm, pmdp) : pte_lockptr(mm, &pmd);
	enum step step = STEP_AGAIN;

	if (!walk->try_lock)
		spin_lock(ptl);
	else if (!spin_trylock(ptl))
		return STEP_BUSY;

	if (pmd_same(pmd, READ_ONCE(*pmdp))) {
		step = STEP_ON;
		if (huge) {
			judge_huge_pmd(walk, pmdp, *addr);
			*addr = end;
		} else {
			judge_table(walk, &pmd, addr, end);
		}
	}
	spin_unlock(ptl);
	return step;
}

/* The pud slot that covers @addr, NULL if there is none yet. */
static pud_t *find_pud(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgdp = pgd_offset(mm, addr);
	p4d_t *p4dp;

	if (pgd_none(READ_ONCE(*pgdp)))
		return NULL;
	p4dp = p4d_offset(pgdp, addr);
	if (p4d_none(READ_ONCE(*p4dp)))
		return NULL;
	return pud_offset(p4dp, addr);
}

/*
 * The pmd slot that covers @addr, NULL if nothing is mapped there by one. A leaf
 * above the pmd is device memory, which userfaultfd does not register.
 */
static pmd_t *find_pmd(struct mm_struct *mm, unsigned long addr)
{
	pud_t *pudp = find_pud(mm, addr);
	pud_t pud = pudp ? READ_ONCE(*pudp) : __pud(0);

	if (!pud_present(pud) || pud_leaf(pud) || pud_bad(pud))
		return NULL;
	return pmd_offset(pudp, addr);
}

/* From *@addr to @end, within one pmd. */
static enum step walk_pmd(struct walk *walk, unsigned long *addr,
			  unsigned long end)
{
	enum step step = STEP_ON;
	pmd_t *pmdp, pmd;

	rcu_read_lock();
	pmdp = find_pmd(walk->span->mm, *addr);
	pmd = pmdp ? READ_ONCE(*pmdp) : __pmd(0);
	if (pmd_none(pmd)) {
		*addr = end;
	} else if (pmd_present(pmd) && !pmd_trans_huge(pmd) &&
		   (pmd_leaf(pmd) || pmd_bad(pmd))) {
		/* Neither a table nor a huge page: not ours to understand. */
		guard_count(walk->span->site, GUARD_MISSED, 1);
		*addr = end;
	} else {
		step = walk_locked(walk, pmdp, pmd, addr, end);
	}
	rcu_read_unlock();
	return step;
}

/*
 * The slot of a hugetlb entry, NULL if there is none yet. It is found without a
 * lock and goes away only with the VMA: page tables that hugetlb shares between
 * processes are unshared when uffd-wp is registered (commit 6dfeaff93be1).
 */
static pte_t *find_huge_pte(struct mm_struct *mm, unsigned long addr,
			    unsigned long size)
{
	pud_t *pudp = find_pud(mm, addr);

	if (pudp && size == PUD_SIZE)
		return (pte_t *)pudp;
	return (pte_t *)find_pmd(mm, addr);
}

static enum step walk_hugetlb(struct walk *walk, unsigned long *addr,
			      unsigned long end)
{
	struct hstate *h = hstate_vma(walk->span->vma);
	struct mm_struct *mm = walk->span->mm;
	pte_t *ptep;

	rcu_read_lock();
	ptep = find_huge_pte(mm, *addr, huge_page_size(h));
	if (ptep) {
		spinlock_t *ptl = huge_pte_lockptr(h, mm, ptep);

		if (!walk->try_lock) {
			spin_lock(ptl);
		} else if (!spin_trylock(ptl)) {
			rcu_read_unlock();
			return STEP_BUSY;
		}
		judge_pte(walk, *addr, ptep, GUARD_LEVEL_HUGETLB,
			  huge_page_shift(h));
		spin_unlock(ptl);
	}
	rcu_read_unlock();
	*addr = end;
	return STEP_ON;
}

/* Locks are dropped: what was found can be told. */
static void walk_tell(struct walk *walk)
{
	unsigned int i;

	guard_count(walk->span->site, GUARD_CHECKED, walk->checked);
	for (i = 0; i < walk->nr; i++)
		guard_report(walk->span, &walk->found[i]);
	walk->checked = 0;
	walk->nr = 0;
}

/* Caches forget a table's worth at a time: not long after, and not one by one. */
static void walk_settle(struct walk *walk)
{
	guard_repair_finish(walk->span, &walk->repair);
}

/**
 * guard_inspect() - judge the entries of a span, and close broken ones
 * @span: the span; @span->vma is kept by the caller's or the probed path's locks
 *	and was found registered for uffd-wp
 *
 * In a probe handler (@span->task is NULL) a bounded part from the start is
 * walked, and the page-table lock is not waited for when interrupts are off; in
 * process context all of it, with reschedules.
 *
 * When it returns, the repairs are as complete as the context allows: the TLB is
 * flushed or will be by the mmu_gather or the worker, and secondary MMUs are told
 * or will be by the worker.
 *
 * Context: a probe handler, but not on PREEMPT_RT; or process context with
 * mmap_lock held for reading.
 *
 * Return: the address that was reached. What is behind it was not looked at.
 */
unsigned long guard_inspect(const struct guard_span *span)
{
	struct walk walk = {
		.span = span,
		.fix = guard_mode() == GUARD_MODE_FIX,
		.try_lock = irqs_disabled(),
	};
	unsigned long addr = span->start, end = span->end;
	unsigned long size = PMD_SIZE, limit = TABLES_PER_HIT;
	bool hugetlb = is_vm_hugetlb_page(span->vma);
	unsigned int attempts = 0;

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
