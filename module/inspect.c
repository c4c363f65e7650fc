// SPDX-License-Identifier: GPL-2.0
/*
 * The walker: the only code that judges entries, for handlers and worker alike. Each part
 * of a span is glanced at, and from the first broken or empty entry on walked under its lock.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "uffdwp_guard.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"
#include "walk.h"

/*
 * With preemption off, so much of a span is walked at most: page tables (4096
 * bytes each), or hugetlb entries, each of which is found by a walk of its own.
 */
#define TABLES_PER_HIT		4
#define HUGETLB_PER_HIT		48

/*
 * To close an entry and to tell of it takes as long as to look at so many: the part is
 * shorter by them. Marks that were lost are not counted so: later they cannot be told from
 * others.
 */
#define ENTRIES_A_VIOLATION	80
#define HUGETLB_A_VIOLATION	5

/* A table that changes under us as often as this is not walked to the end. */
#define ATTEMPTS		8

/*
 * The write fault of a file's page (DAX) gives write access to an entry without asking for
 * the mark. Were it taken away at once, the fault would be begun again for ever. In all
 * other memory the fault that finds the mark and no write access ends in a message.
 */
static bool may_close(const struct guard_span *span)
{
	return !span->by_fault || vma_is_anonymous(span->vma) ||
	       guard_vma_hugetlb(span->vma) || guard_is_shmem(span->vma);
}

/* Locks are dropped: what was found can be told. */
static void walk_tell(struct guard_walk *walk)
{
	unsigned int i;

	if (!walk->nr)
		return;
	guard_report(walk->span, walk->found, walk->nr);
	for (i = 0; i < walk->nr; i++) {
		if (walk->fix && !walk->found[i].repaired)
			guard_count(walk->span->site, GUARD_MISSED, 1);
		if (walk->found[i].kind != GUARD_KIND_LOST_MARK)
			walk->told++;
	}
	walk->nr = 0;
}

/*
 * A glance has stopped before @end. Apart, for the room on the stack is cleared each time
 * on many kernels.
 */
static noinline enum guard_step walk_locked(struct guard_walk *walk,
					    unsigned long *addr,
					    unsigned long end)
{
	struct guard_violation found[GUARD_WALK_BATCH];
	enum guard_step step;

	walk->fix = guard_mode() == GUARD_MODE_FIX;
	walk->may_close = may_close(walk->span);
	walk->found = found;
	walk->glance = false;
	step = guard_walk_part(walk, addr, end);
	walk_tell(walk);
	walk->found = NULL;
	return step;
}

static enum guard_step walk(struct guard_walk *walk, unsigned long *addr,
			    unsigned long end)
{
	enum guard_step step;

	walk->glance = true;
	step = guard_walk_part(walk, addr, end);
	if (unlikely(step == GUARD_STEP_ON && *addr < end))
		step = walk_locked(walk, addr, end);
	guard_count(walk->span->site, GUARD_CHECKED, walk->checked);
	walk->checked = 0;
	return step;
}

/* Caches forget a table's worth at a time: not long after, and not one by one. */
static void walk_settle(struct guard_walk *walk)
{
	guard_repair_finish(walk->span, &walk->repair);
}

/**
 * guard_inspect() - judge the entries of a span, and close broken ones
 * @span: the span; @span->vma is kept by the caller's or the probed path's locks
 *	and was found registered for uffd-wp
 *
 * In a probe handler (@span->task is NULL) a bounded part from the start is
 * walked, up to a bounded number of violations, and the page-table lock is not waited
 * for when interrupts are off or on PREEMPT_RT; in process context all of it, with
 * reschedules.
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
	struct guard_walk w = {
		.span = span,
		.rwp = guard_vma_rwp(span->vma),
	};
	unsigned long addr = span->start, end = span->end;
	unsigned long size = PMD_SIZE, limit = TABLES_PER_HIT * PMD_SIZE;
	unsigned long per_violation = ENTRIES_A_VIOLATION * PAGE_SIZE, from;
	bool hugetlb = guard_vma_hugetlb(span->vma);
	unsigned int attempts = 0;

	if (hugetlb && !guard_walk_wants(&w, GUARD_LEVEL_HUGETLB))
		return end;

	if (hugetlb) {
		size = huge_page_size(hstate_vma(span->vma));
		limit = HUGETLB_PER_HIT * size;
		per_violation = HUGETLB_A_VIOLATION * size;
		addr &= ~(size - 1);
	}
	from = addr & ~(size - 1);
	if (span->task)
		limit = ULONG_MAX;
	/* What is looked at before its path changes it cannot be left. */
	if (span->task || span->entering)
		per_violation = 0;

	while (addr < end && addr - from + w.told * per_violation < limit) {
		unsigned long next = min((addr & ~(size - 1)) + size, end);
		enum guard_step step;

		step = walk(&w, &addr, next);
		if (step == GUARD_STEP_ON) {
			attempts = 0;
		} else if (step == GUARD_STEP_BUSY || ++attempts == ATTEMPTS) {
			if (!span->task)
				break;
			guard_count(span->site, GUARD_MISSED, 1);
			attempts = 0;
			addr = next;
		}
		if (span->task) {
			if (addr == next)
				walk_settle(&w);
			cond_resched();
		}
	}
	walk_settle(&w);
	return addr;
}
