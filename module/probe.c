// SPDX-License-Identifier: GPL-2.0
/*
 * Return probes: what runs when a watched path is entered and when it is done.
 *
 * Context of every handler here: preemption is off, so nothing may sleep.
 * Interrupts are as the probed function has them, except under an int3-based
 * probe, and on old kernels in return handlers, where they are off and the kernel
 * may hold a raw lock. On PREEMPT_RT the page-table lock sleeps. guard_span_ready()
 * and guard_inspect() know these cases; the handlers themselves do not.
 *
 * Unloading: unregistering waits for handlers that run (they are RCU readers by
 * having preemption off) and detaches instances that are still in flight, so
 * that after it no handler runs or will run. Handlers are never changed before.
 */
#include <linux/hugetlb.h>
#include <linux/kprobes.h>
#include <linux/userfaultfd_k.h>

#include "marks.h"
#include "one.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/*
 * A watched path may sleep (migration, notifiers) or, if it is a page fault, wait
 * for a userfault, and holds its instance meanwhile. Only paths on VMAs registered for
 * write protection take one. Running out is counted.
 */
#define GUARD_INSTANCES		512
#define GUARD_INSTANCES_FAULT	2048

static int path_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct guard_site *site = guard_site_entered(ri);
	const struct guard_carrier *carrier;
	struct guard_call *call = (struct guard_call *)ri->data;
	struct guard_span *span = &call->span;
	struct vm_area_struct *vma;
	bool look;

	if (unlikely(!site))
		return 1;
	carrier = site->carrier;
	vma = guard_vma_of(carrier, regs);
	look = carrier->look_first;
	if (likely(!guard_vma_protected(vma)))
		return 1;
	/* change_protection() leaves hugetlb to the path inside it. */
	if (guard_vma_hugetlb(vma) &&
	    !(site->levels & BIT(GUARD_LEVEL_HUGETLB)))
		return 1;

	guard_span_begin(span, vma, site - guard_sites);
	span->by_fault = carrier->by_fault;
	carrier->read(regs, span);
	guard_count(span->site, GUARD_CALLS, 1);
	if (carrier->marks)
		look |= guard_marks_entered(carrier, regs, span, &call->note);
	if (look && !guard_one_entering(site, span, !carrier->look_first))
		guard_look_now(span, !carrier->look_first);
	return 0;
}

NOKPROBE_SYMBOL(path_entered);

static int path_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct guard_call *call = (struct guard_call *)ri->data;
	struct guard_span *span = &call->span;
	const struct guard_site *site = &guard_sites[span->site];
	const struct guard_carrier *carrier = site->carrier;
	unsigned long retval = regs_return_value(regs);

	/* The VMA may be freed; the mm is there, for whoever has its fault taken is its user. */
	if (carrier->vma_kept && !carrier->vma_kept(retval)) {
		if (carrier->marks)
			guard_marks_left(carrier, retval, span, &call->note);
		if (carrier->may_have_changed &&
		    carrier->may_have_changed(retval))
			guard_defer(span, span->start, span->end);
		return 0;
	}
	if (carrier->marks)
		guard_marks_returned(carrier, retval, span, &call->note);
	if (likely(guard_one_done(site, span)))
		guard_marks_done(span);
	else
		guard_span_ready(span);
	return 0;
}

NOKPROBE_SYMBOL(path_returned);

/*
 * Runs before the kernel's own handler, which takes an instance and gives it back if
 * path_entered() does not want it: who has nothing to do with us shall pay for no more
 * than the look at the VMA's flags, and use up nothing.
 */
static int path_hit(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, rp.kp);

	if (likely(!guard_vma_protected(guard_vma_of(site->carrier, regs))))
		return 0;
	return guard_take_instance(site, p, regs);
}

NOKPROBE_SYMBOL(path_hit);

/**
 * guard_return_probe_install() - carry a site with a return probe, which is not live yet
 * @site: the site; @site->carrier names the function
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or what register_kretprobe() says; then nothing is left.
 */
int guard_return_probe_install(struct guard_site *site)
{
	site->rp = (struct kretprobe){
		.kp.symbol_name = site->carrier->symbol,
		.entry_handler = path_entered,
		.handler = path_returned,
		.data_size = guard_call_size(site->carrier),
		.maxactive = site->carrier->by_fault ? GUARD_INSTANCES_FAULT :
						       GUARD_INSTANCES,
	};
	return guard_return_probe_place(site, path_hit);
}

/**
 * guard_probes_missed() - hits that the kernel did not deliver to a site
 * @site: the site
 *
 * An entry hit is lost when the CPU is in another probe's handler, whatever process it
 * was in; a return, when no instance was free.
 *
 * Context: any.
 *
 * Return: how many since the probes were installed.
 */
unsigned long guard_probes_missed(const struct guard_site *site)
{
	/*
	 * userfaultfd_ioctl() is called by system calls alone, so in no handler: no hit is
	 * lost. Its handler reads what the caller's memory has; where that faults, it
	 * knows so, and old kernels count the fault.
	 */
	if (GUARD_FAULT_IS_MISSED &&
	    site == &guard_sites[GUARD_USERFAULTFD_REGISTER])
		return guard_turned_away(site);
	return guard_return_probe_missed(site) + site->opening.nmissed +
	       site->closing.nmissed;
}
