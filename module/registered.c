// SPDX-License-Identifier: GPL-2.0
/*
 * What a registration asks for, in the task that made it, before its system call returns:
 * live probes, and a look at what happened until they were, or at what was there before.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/userfaultfd_k.h>

#include "arm.h"
#include "uffdwp_guard.h"
#include "uffdwp_vma.h"

/* Is the memory of this registration in that address space? */
static bool is_in(const struct guard_span *span,
		  const struct guard_registration *registration)
{
	struct vm_area_struct *vma;
	bool found;

	if (!span->end)
		return false;
	if (!guard_look_lock(span))
		return false;
	vma = find_vma(span->mm, span->start);
	found = vma && guard_vma_protected(vma) &&
		vma->vm_userfaultfd_ctx.ctx == registration->ctx;
	mmap_read_unlock(span->mm);
	return found;
}

/* Who is being killed will not use it any more. */
static void look_between(const struct guard_span *registered,
			 unsigned long start, unsigned long end,
			 const struct guard_registration *registration)
{
	struct guard_span span = *registered;
	unsigned long addr = start;

	span.start = start;
	span.end = end;
	span.registered = registration;
	while (start < end && !fatal_signal_pending(current) && guard_look_on(&span, &addr))
		;
}

/**
 * guard_registered() - somebody has registered something: see that the probes are live
 * @span: what was registered: an end of 0 if that is not known. @span->mm is the caller's
 *	address space, which need not be that of the memory
 * @registration: what else is known
 *
 * Context: process context, may sleep; @span->mm has users.
 */
void guard_registered(const struct guard_span *span,
		      const struct guard_registration *registration)
{
	unsigned long live = guard_arm_seen();
	bool here = is_in(span, registration);

	/* Live when the registration began, and never since then not. */
	if (registration->live && registration->live == live) {
		if (here)
			look_between(span, span->start, span->end,
				     registration);
		return;
	}
	if (!guard_arm_for(here))
		return;
	if (here) {
		look_between(span, 0, span->start, NULL);
		look_between(span, span->start, span->end, registration);
		look_between(span, span->end, ULONG_MAX, NULL);
	} else {
		guard_scan_after_arming();
	}
}
