// SPDX-License-Identifier: GPL-2.0
/*
 * Marks that are older than the registration which makes them count. The entry of such a
 * one may be writable, for until then nobody asked for the mark. To whoever registers, the page
 * looks protected, and a write to it goes unseen, though nobody has protected it.
 *
 * The range of a registration is looked at by the task that registers, before its system call
 * returns. An open entry found there is stale, unless
 *
 *  - something in the range was registered for protection before: its marks are meant; or
 *  - any other call of userfaultfd, by the same process or through the same descriptor, was
 *    under way when the registration began, or has begun since: it may have protected
 *    the page, and the kernel have left it open; or
 *  - the kernel has not told of some call; or
 *  - mmap_lock was held for writing when it began: whether something was is not known then.
 *
 * Then it is what it would be anywhere else, and is closed: that is the safe direction.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/userfaultfd_k.h>

#include "stale.h"
#include "uffdwp_site.h"
#include "uffdwp_vma.h"

#define SLOT_BITS	8

/* A range of more VMAs is not known to be fresh. */
#define VMAS		64

/* Who shares a slot makes others doubt, never believe. */
struct calls {
	atomic_long_t begun;
	atomic_long_t ended;
};

static struct calls calls[1 << SLOT_BITS];

static struct calls *calls_of(const void *key)
{
	return &calls[hash_ptr(key, SLOT_BITS)];
}

/* No probe has run for a while: whoever began to call then may not be done yet. */
static bool some_untold;

static bool all_told(void)
{
	return !READ_ONCE(some_untold) &&
	       !guard_probes_missed(&guard_sites[GUARD_USERFAULTFD_REGISTER]);
}

/**
 * guard_userfaultfd_untold() - calls of userfaultfd may have begun that nobody told of
 *
 * Context: any.
 */
void guard_userfaultfd_untold(void)
{
	WRITE_ONCE(some_untold, true);
}

/**
 * guard_userfaultfd_called() - a call of userfaultfd begins
 * @ctx: its context
 *
 * Context: any.
 */
void guard_userfaultfd_called(const void *ctx)
{
	atomic_long_inc(&calls_of(current->mm)->begun);
	atomic_long_inc(&calls_of(ctx)->begun);
}

/**
 * guard_userfaultfd_returned() - that call is done
 * @ctx: its context
 *
 * Context: any, in the same task.
 */
void guard_userfaultfd_returned(const void *ctx)
{
	atomic_long_inc(&calls_of(current->mm)->ended);
	atomic_long_inc(&calls_of(ctx)->ended);
}

/* How many have begun; *@alone if all but the caller's own are done. */
static long calls_begun(const struct calls *c, long own, bool *alone)
{
	long ended = atomic_long_read(&c->ended), begun;

	/* Who has ended by now has begun for certain. */
	smp_rmb();
	begun = atomic_long_read(&c->begun);
	if (begun != ended + own)
		*alone = false;
	return begun;
}

/**
 * guard_userfaultfd_idle() - is the current process in no call of userfaultfd?
 *
 * Calls that only lift protection are not told of, and do not count.
 *
 * Context: any.
 *
 * Return: true if so for certain.
 */
bool guard_userfaultfd_idle(void)
{
	bool idle = guard_sites[GUARD_USERFAULTFD_REGISTER].hook[0] &&
		    all_told();

	calls_begun(calls_of(current->mm), 0, &idle);
	return idle;
}

static bool none_registered(struct mm_struct *mm, unsigned long start,
			    unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned int n;

	for (n = 0; n < VMAS; n++) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			return true;
		if (guard_vma_protected(vma))
			return false;
		start = vma->vm_end;
	}
	return false;
}

/**
 * guard_registration_begins() - note what tells stale marks from others
 * @registration: where to; @registration->ctx is set
 * @start: first address to be registered
 * @end: first address behind the range
 *
 * Context: any, in the task that registers, after guard_userfaultfd_called().
 */
void guard_registration_begins(struct guard_registration *registration,
			       unsigned long start, unsigned long end)
{
	struct mm_struct *mm = current->mm;
	const struct calls *by_mm = calls_of(mm);
	const struct calls *by_ctx = calls_of(registration->ctx);
	/* Both may be in one slot. */
	long own = by_mm == by_ctx ? 2 : 1;
	bool alone = true;

	registration->calls_by_mm = calls_begun(by_mm, own, &alone);
	registration->calls_by_ctx = calls_begun(by_ctx, own, &alone);
	if (!alone || !mm || !mmap_read_trylock(mm))
		return;
	registration->fresh = none_registered(mm, start, end);
	mmap_read_unlock(mm);
}

/**
 * guard_is_stale() - is the mark of an open entry older than its registration?
 * @span: the span; @span->registered is set
 *
 * Who protects it says so before the entry's lock is taken, and finds it as we leave it
 * if that is said after this.
 *
 * Context: the entry's lock is held.
 *
 * Return: true if so for certain.
 */
bool guard_is_stale(const struct guard_span *span)
{
	const struct guard_registration *registered = span->registered;

	return registered->fresh && all_told() &&
	       span->vma->vm_userfaultfd_ctx.ctx == registered->ctx &&
	       atomic_long_read(&calls_of(span->mm)->begun) ==
	       registered->calls_by_mm &&
	       atomic_long_read(&calls_of(registered->ctx)->begun) ==
	       registered->calls_by_ctx;
}
