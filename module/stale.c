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
 *  - any other call of userfaultfd began since, by the same process or through the same
 *    descriptor: it may have protected the page, and the kernel have left it open.
 *
 * Then it is what it would be anywhere else, and is closed: that is the safe direction.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/userfaultfd_k.h>

#include "stale.h"

#define SLOT_BITS	8

/* A range of more VMAs is not known to be fresh. */
#define VMAS		64

/* Who shares a slot makes others doubt, never believe. */
static atomic_long_t calls[1 << SLOT_BITS];

static atomic_long_t *calls_of(const void *key)
{
	return &calls[hash_ptr(key, SLOT_BITS)];
}

/**
 * guard_userfaultfd_called() - a call of userfaultfd begins
 * @ctx: its context
 *
 * Context: any.
 */
void guard_userfaultfd_called(const void *ctx)
{
	atomic_long_inc(calls_of(current->mm));
	atomic_long_inc(calls_of(ctx));
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
		if (userfaultfd_protected(vma))
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

	registration->calls_by_mm = atomic_long_read(calls_of(mm));
	registration->calls_by_ctx =
		atomic_long_read(calls_of(registration->ctx));
	if (!mm || !mmap_read_trylock(mm))
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

	return registered->fresh &&
	       span->vma->vm_userfaultfd_ctx.ctx == registered->ctx &&
	       atomic_long_read(calls_of(span->mm)) ==
	       registered->calls_by_mm &&
	       atomic_long_read(calls_of(registered->ctx)) ==
	       registered->calls_by_ctx;
}
