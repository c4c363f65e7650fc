// SPDX-License-Identifier: GPL-2.0
/*
 * A look through an address space in process context, for what was deferred and for
 * scans: VMAs are looked up anew, and mmap_lock is not held for long.
 */
#include <linux/delay.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/userfaultfd_k.h>

#include "turn.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/* mmap_lock is dropped after so many bytes, for writers to get in, */
#define BYTES_PER_LOCK	(32 * PMD_SIZE)

/* or after so many VMAs that are not registered. */
#define VMAS_PER_LOCK	256

/* For a moment many keep their mmap_lock: they map, or start a program. */
#define GLANCE_TRIES	50
#define GLANCE_WAIT_MS	10

static void tell_passed_over(const struct guard_span *span)
{
	if (span->site == GUARD_SCAN)
		pr_warn_ratelimited("scan: process %d keeps its mmap_lock; the rest of it is passed over\n",
				    span->task->tgid);
	else
		pr_warn_ratelimited("%s: an mmap_lock is not let go of; what process %d has left to be done is passed over\n",
				    guard_sites[span->site].name,
				    span->task->tgid);
}

/**
 * guard_look_lock() - mmap_read_lock() for a look
 * @span: the span; @span->turn says how long it may take
 *
 * Context: process context, may sleep; as guard_turn_lock() where there is a turn.
 *
 * Return: true with mmap_lock held for reading; false if it was not to be had in time: counted
 * missed.
 */
bool guard_look_lock(const struct guard_span *span)
{
	if (!span->turn) {
		mmap_read_lock(span->mm);
		return true;
	}
	if (guard_turn_lock(span->turn, span->mm))
		return true;
	/* A scan that is broken off has passed over all the rest. */
	if (span->site == GUARD_SCAN && !span->turn->wanted())
		return false;
	guard_count(span->site, GUARD_MISSED, span->turn->spans);
	tell_passed_over(span);
	return false;
}

/* The first VMA from *@addr on that is registered, or one that it gave up at. */
static struct vm_area_struct *find_registered(const struct guard_span *span,
					      unsigned long *addr)
{
	struct vm_area_struct *vma = find_vma(span->mm, *addr);
	unsigned int n;

	for (n = 0; n < VMAS_PER_LOCK; n++) {
		if (!vma || vma->vm_start >= span->end)
			return NULL;
		if (guard_vma_protected(vma))
			break;
		*addr = vma->vm_end;
		vma = find_vma(span->mm, *addr);
	}
	return vma;
}

/* What one hold of mmap_lock is good for. Returns false when nothing is left. */
static bool look_on(const struct guard_span *span, unsigned long *addr)
{
	struct guard_span part = *span;
	unsigned long bytes = BYTES_PER_LOCK;

	part.vma = find_registered(span, addr);
	if (!part.vma)
		return false;
	if (part.vma->vm_start >= span->end || !guard_vma_protected(part.vma))
		return true;

	/* No less than an entry, or it would be judged twice. */
	if (guard_vma_hugetlb(part.vma))
		bytes = max(bytes, huge_page_size(hstate_vma(part.vma)));
	part.start = max(*addr, part.vma->vm_start);
	part.end = min3(span->end, part.vma->vm_end,
			(part.start & ~(bytes - 1)) + bytes);
	if (span->site == GUARD_SCAN && part.start == part.vma->vm_start)
		guard_count(GUARD_SCAN, GUARD_CALLS, 1);
	guard_inspect(&part);
	*addr = part.end;
	return part.end < span->end;
}

/**
 * guard_look_on() - look at the next part of a span
 * @span: the span; @span->task is set, @span->vma is not looked at
 * @addr: where to begin, at least @span->start; where it ended
 *
 * Judges entries in VMAs that are registered for write protection, and passes over
 * all else. What is mapped there may change between two calls.
 *
 * Context: process context, may sleep; as guard_look_lock(). The
 * caller keeps @span->mm's users above 0.
 *
 * Return: false when nothing is left up to @span->end; where there is a turn also when the rest
 * cannot be looked at, which is counted missed.
 */
bool guard_look_on(const struct guard_span *span, unsigned long *addr)
{
	bool more = false;

	if (!guard_look_lock(span))
		return false;
	/* A failed fork leaves VMAs of its parent behind; nobody will run in it. */
	if (!mm_flags_test(MMF_UNSTABLE, span->mm))
		more = look_on(span, addr);
	mmap_read_unlock(span->mm);
	cond_resched();
	return more;
}

static bool glance_lock(struct mm_struct *mm)
{
	unsigned int tries;

	for (tries = 0; tries < GLANCE_TRIES; tries++) {
		if (mmap_read_trylock(mm))
			return true;
		msleep(GLANCE_WAIT_MS);
	}
	return false;
}

/**
 * guard_has_registered() - is anything in an address space registered for protection?
 * @mm: the address space; the caller keeps its users above 0
 *
 * Context: process context, may sleep.
 *
 * Return: true if so, or if its mmap_lock was not to be had in half a second.
 */
bool guard_has_registered(struct mm_struct *mm)
{
	const struct guard_span span = { .mm = mm, .end = ULONG_MAX };
	struct vm_area_struct *vma;
	unsigned long addr = 0;
	bool found;

	do {
		if (!glance_lock(mm))
			return true;
		vma = find_registered(&span, &addr);
		found = vma && guard_vma_protected(vma);
		mmap_read_unlock(mm);
		cond_resched();
	} while (vma && !found);
	return found;
}
