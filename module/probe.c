// SPDX-License-Identifier: GPL-2.0
/*
 * Return probes, and the choice of a carrier for each site.
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

#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

/*
 * A watched path may sleep (migration, notifiers) or, if it is a page fault, wait
 * for a userfault, and holds its instance meanwhile. Only paths on VMAs registered for
 * write protection take one. Running out is counted.
 */
#define GUARD_INSTANCES		512
#define GUARD_INSTANCES_FAULT	2048

static struct guard_site *site_of(struct kretprobe_instance *ri)
{
	return container_of(get_kretprobe(ri), struct guard_site, rp);
}

static int path_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct guard_site *site = site_of(ri);
	const struct guard_carrier *carrier = site->carrier;
	struct vm_area_struct *vma = carrier->vma(regs);
	struct guard_span *span = (struct guard_span *)ri->data;

	if (likely(!userfaultfd_protected(vma)))
		return 1;
	/* change_protection() leaves hugetlb to the path inside it. */
	if (is_vm_hugetlb_page(vma) &&
	    !(site->levels & BIT(GUARD_LEVEL_HUGETLB)))
		return 1;

	*span = (struct guard_span){
		.mm = vma->vm_mm,
		.vma = vma,
		.by_fault = carrier->by_fault,
		.site = site - guard_sites,
	};
	carrier->read(regs, span);
	guard_count(span->site, GUARD_CALLS, 1);
	if (carrier->look_first)
		guard_look_now(span);
	return 0;
}

NOKPROBE_SYMBOL(path_entered);

static int path_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct guard_span *span = (struct guard_span *)ri->data;
	const struct guard_carrier *carrier = guard_sites[span->site].carrier;

	if (carrier->vma_kept &&
	    !carrier->vma_kept(regs_return_value(regs)))
		return 0;
	guard_span_ready(span);
	return 0;
}

NOKPROBE_SYMBOL(path_returned);

/**
 * guard_span_ready() - look at a span whose path is done
 * @span: the span; @span->vma is kept by the path until this returns
 *
 * Looks at once at as much as is bounded and leaves the rest to process context.
 *
 * Context: a probe handler. Preemption is off, interrupts may be.
 */
void guard_span_ready(const struct guard_span *span)
{
	unsigned long done = span->start;

	/*
	 * On PREEMPT_RT the page-table lock may sleep: even to look is left to
	 * process context.
	 */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		done = guard_inspect(span);
	if (done < span->end)
		guard_defer(span, done, span->end);
}

/**
 * guard_look_now() - look at a span before its path changes it
 * @span: the span; @span->vma is kept by the path until this returns
 *
 * Looks at what the path is about to take away: migration entries. What cannot be
 * seen now is gone after: it is counted missed, not deferred. So is, in mode=fix, what
 * cannot be closed because the page-table lock is not to be had.
 *
 * Context: a probe handler. Preemption is off, interrupts may be.
 */
void guard_look_now(const struct guard_span *span)
{
	struct guard_span entering = *span;

	entering.entering = true;
	if (guard_inspect(&entering) < span->end)
		guard_count(span->site, GUARD_MISSED, 1);
}

static int return_probe_install(struct guard_site *site)
{
	site->rp = (struct kretprobe){
		.kp.symbol_name = site->carrier->symbol,
		.kp.flags = KPROBE_FLAG_DISABLED,
		.entry_handler = path_entered,
		.handler = path_returned,
		.data_size = sizeof(struct guard_span),
		.maxactive = site->carrier->by_fault ? GUARD_INSTANCES_FAULT :
						       GUARD_INSTANCES,
	};
	return register_kretprobe(&site->rp);
}

static int carrier_install(struct guard_site *site,
			   const struct guard_carrier *carrier)
{
	enum guard_answer answer = GUARD_DIFFERS;
	char why[GUARD_WHY] = "has a prototype that is not known";
	int err;

	if (carrier->known)
		answer = guard_prototype_ask(carrier->symbol,
					     carrier->prototype, why,
					     sizeof(why));
	if (answer == GUARD_DIFFERS) {
		pr_warn("%s: this kernel's %s() %s; trying what else can carry the site\n",
			site->name, carrier->symbol, why);
		return -ENOENT;
	}

	site->carrier = carrier;
	if (carrier->closing)
		err = guard_pair_install(site);
	else
		err = return_probe_install(site);
	if (err) {
		site->carrier = NULL;
		return err;
	}
	if (answer == GUARD_SILENT)
		guard_prototype_unchecked(carrier->symbol);
	snprintf(site->hook, sizeof(site->hook), "%s%s%s", carrier->symbol,
		 carrier->closing ? "+" : "",
		 carrier->closing ? carrier->closing : "");
	return 0;
}

/* Names all that was tried, for whoever has to find out what this kernel has. */
static int carriers_failed(const struct guard_site *site, int err)
{
	bool named = guard_site_named(site - guard_sites);
	char tried[160] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < site->nr_carriers; i++)
		len += scnprintf(tried + len, sizeof(tried) - len, "%s%s%s%s",
				 i ? ", " : "", site->carriers[i].symbol,
				 site->carriers[i].closing ? "+" : "",
				 site->carriers[i].closing ?: "");
	pr_err("%s: nothing on this kernel can carry the site (tried %s; last error %d); %s\n",
	       site->name, tried, err,
	       named ? "not loading (sites= can leave it out)" :
		       "going on without it");
	return named ? err : 0;
}

static int site_install(struct guard_site *site)
{
	enum guard_site_id id = site - guard_sites;
	int err = -ENOENT;
	unsigned int i;

	if (!guard_site_chosen(id))
		return 0;
	if (!site->exists) {
		pr_info("%s: this kernel does not have the path; nothing to watch\n",
			site->name);
		return 0;
	}

	for (i = 0; i < site->nr_carriers; i++) {
		const struct guard_carrier *carrier = &site->carriers[i];

		err = carrier_install(site, carrier);
		if (!err)
			return 0;
		if (err != -ENOENT)
			pr_warn("%s: %s cannot be probed: error %d\n",
				site->name, carrier->symbol, err);
	}
	return carriers_failed(site, err);
}

static void site_remove(struct guard_site *site)
{
	if (!site->carrier)
		return;
	if (site->carrier->closing)
		guard_pair_remove(site);
	else
		unregister_kretprobe(&site->rp);
	site->carrier = NULL;
	site->hook[0] = '\0';
}

/**
 * guard_probes_install() - give every site its carrier
 *
 * The probes are placed, so that it is known whether they can be, but not live: arm.c
 * sees to that.
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or the error of the first site that nothing can carry; then no
 * probe is left behind.
 */
int guard_probes_install(void)
{
	bool carried = false;
	unsigned int i;
	int err;

	for (i = 0; i < GUARD_NR_SITES; i++) {
		err = site_install(&guard_sites[i]);
		if (err) {
			guard_probes_remove();
			return err;
		}
		carried |= !!guard_sites[i].carrier;
	}
	if (!carried) {
		pr_err("this kernel has none of the sites that were asked for; not loading\n");
		return -ENOENT;
	}
	return 0;
}

/**
 * guard_probes_remove() - take all probes away
 *
 * No handler runs once this returns. Spans may still be queued.
 *
 * Context: process context, may sleep.
 */
void guard_probes_remove(void)
{
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		site_remove(&guard_sites[i]);
}

/**
 * guard_probes_missed() - hits that the kernel did not deliver to a site
 * @site: the site
 *
 * An entry hit is lost when the CPU is in another probe's handler; a return, when
 * no instance was free. The kernel counts for all processes, so that this is an
 * upper bound of what concerns us.
 *
 * Context: any.
 *
 * Return: how many since the probes were installed.
 */
unsigned long guard_probes_missed(const struct guard_site *site)
{
	return site->rp.nmissed + site->rp.kp.nmissed +
	       site->opening.nmissed + site->closing.nmissed;
}
