// SPDX-License-Identifier: GPL-2.0
/*
 * Instances of return probes. The kernel's handler at entry takes one from a pool that all CPUs
 * share, and where none is free it counts that by a plain increment, of which some are lost when
 * CPUs do it at once. What is missed has to be known exactly (asks.h relies on it), so a handler of
 * ours runs before the kernel's, sees whether it got one, and counts.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

/*
 * Set by the handler that is called with an instance, within the kernel's. Preemption is off
 * all the while, and a probe that is hit meanwhile, by an interrupt, has no handler run.
 */
DEFINE_PER_CPU(bool, guard_instance_taken);

/**
 * guard_take_instance() - run the kernel's own handler of a return probe
 * @site: the site
 * @p: its probe
 * @regs: as the handler got them
 *
 * Context: a handler that guard_return_probe_place() was given.
 *
 * Return: what that handler has to return.
 */
int guard_take_instance(struct guard_site *site, struct kprobe *p,
			struct pt_regs *regs)
{
	int ret;

	__this_cpu_write(guard_instance_taken, false);
	ret = site->take_instance(p, regs);
	if (unlikely(!__this_cpu_read(guard_instance_taken)))
		atomic_long_inc(&site->turned_away);
	return ret;
}

NOKPROBE_SYMBOL(guard_take_instance);

/**
 * guard_return_probe_place() - place a site's return probe, which is not live yet
 * @site: the site; @site->rp is filled in, but for its flags. Its entry handler calls
 *	guard_site_entered(), or sets guard_instance_taken
 * @hit: runs before the kernel's handler at entry, and calls guard_take_instance() or
 *	turns the call away. A kernel that has no such handler goes straight to the entry handler
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or what register_kretprobe() says; then nothing is left.
 */
int guard_return_probe_place(struct guard_site *site, kprobe_pre_handler_t hit)
{
	int err;

	site->rp.kp.flags = KPROBE_FLAG_DISABLED;
	atomic_long_set(&site->turned_away, 0);
	err = register_kretprobe(&site->rp);
	if (err)
		return err;
	/* Nobody can be in it: it is not live. */
	site->take_instance = site->rp.kp.pre_handler;
	if (site->take_instance)
		site->rp.kp.pre_handler = hit;
	return 0;
}
