// SPDX-License-Identifier: GPL-2.0
/*
 * Can marks before and after a path be compared (marks.c), and since when? Not before
 * every call is told of that takes marks off.
 */
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "arm.h"
#include "marks.h"
#include "uffdwp_site.h"

bool guard_marks_possible;		/* decided when the probes are placed */
static unsigned long whole;		/* the last arming with which all probes were live */
static unsigned long trusted;		/* the arming since which asks are all known, or 0 */

/*
 * What was under way before the probes were live, they do not tell of. All of it is done
 * when every task has slept of its own will or been in user space.
 */
static void trust(struct work_struct *work)
{
	/* Not guard_live(): that may be another by now, with a probe that is not. */
	unsigned long live = READ_ONCE(whole);

	synchronize_rcu_tasks();
	WRITE_ONCE(trusted, live);
}

static DECLARE_WORK(trust_work, trust);

/* What a site does to marks has to be known, or nobody has to be there to do it. */
static bool asks_are_known(enum guard_site_id id)
{
	const struct guard_site *site = &guard_sites[id];

	return !site->exists || (site->carrier && site->carrier->marks);
}

/**
 * guard_marks_start() - decide whether marks can be compared on this kernel
 *
 * On PREEMPT_RT, and where return handlers find interrupts off, entries are looked at
 * later in process context: other locks are held then than those that keep all
 * others from the marks.
 *
 * Context: process context; when all probes are in place.
 */
void guard_marks_start(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || GUARD_RETURNS_IRQS_OFF)
		pr_info("lost_mark: marks are not compared on this kernel, where entries are looked at later\n");
	else if (!asks_are_known(GUARD_CHANGE_PTE_RANGE) ||
		 !asks_are_known(GUARD_CHANGE_HUGE_PMD) ||
		 !asks_are_known(GUARD_HUGETLB_CHANGE_PROTECTION))
		pr_info("lost_mark: marks are not compared without the sites change_pte_range, change_huge_pmd and hugetlb_change_protection\n");
	else
		guard_marks_possible = true;
}

/**
 * guard_marks_armed() - all probes are live: compare marks, soon
 *
 * Context: process context; guard_live() is this arming's and does not change meanwhile.
 */
void guard_marks_armed(void)
{
	WRITE_ONCE(whole, guard_live());
	if (guard_marks_possible)
		guard_queue_work(&trust_work);
}

/**
 * guard_marks_stop() - arm no more
 *
 * Context: process context, may sleep; when the probes are not armed any more.
 */
void guard_marks_stop(void)
{
	cancel_work_sync(&trust_work);
}

/**
 * guard_marks_compared() - are marks compared?
 *
 * Context: any.
 *
 * Return: true if so, now.
 */
bool guard_marks_compared(void)
{
	unsigned long live = guard_live();

	return live && READ_ONCE(trusted) == live;
}
