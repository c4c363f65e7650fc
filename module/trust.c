// SPDX-License-Identifier: GPL-2.0
/*
 * Can marks before and after a path be compared (marks.c), and since when? Not before
 * every call is told of that takes marks off.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "arm.h"
#include "marks.h"
#include "processes.h"
#include "uffdwp_site.h"

/* Who has an mmap_lock for longer is asked again later. */
#define LOCK_TRIES	20
#define LOCK_WAIT_MS	5
#define LATER		HZ

bool guard_marks_possible;		/* decided when the probes are placed */
static unsigned long whole;		/* the last arming with which all probes were live */
unsigned long guard_marks_trusted;	/* the arming since which asks are all known, or 0 */
static bool all_over;			/* in the processes that were visited so far */

/*
 * The probes do not tell of what was under way before they were live, and that may sleep.
 * All of it holds the mmap_lock: who can have that for writing finds none. Nothing is
 * written.
 */
static bool over_in(struct mm_struct *mm)
{
	unsigned int tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		if (down_write_trylock(&mm->mmap_lock)) {
			up_write(&mm->mmap_lock);
			return true;
		}
		msleep(LOCK_WAIT_MS);
	}
	return false;
}

static bool visit(struct task_struct *process)
{
	struct mm_struct *mm = guard_mm_of_process(process);

	if (mm) {
		all_over = !guard_has_registered(mm) || over_in(mm);
		mmput_async(mm);
	}
	return all_over;
}

static void trust(struct work_struct *work);
static DECLARE_DELAYED_WORK(trust_work, trust);

/* A process that starts meanwhile, or is about to, is in no call that is older than it. */
static void trust(struct work_struct *work)
{
	/* Not guard_live(): that may be another by now, with a probe that is not. */
	unsigned long live = READ_ONCE(whole);

	all_over = true;
	if (!guard_visit_processes(GUARD_ROUND_OLD, visit) && all_over)
		WRITE_ONCE(guard_marks_trusted, live);
	else if (guard_live() == live)
		guard_queue_delayed_work(&trust_work, LATER);
}

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
		guard_queue_delayed_work(&trust_work, 0);
}

/**
 * guard_marks_stop() - arm no more
 *
 * Context: process context, may sleep; when the probes are not armed any more.
 */
void guard_marks_stop(void)
{
	cancel_delayed_work_sync(&trust_work);
}
