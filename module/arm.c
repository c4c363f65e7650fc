// SPDX-License-Identifier: GPL-2.0
/*
 * Arming: probes on the paths of mm are live only while something on the host is
 * registered for protection, so that until then nobody pays for them.
 *
 * They are armed by the task that registers, before its system call returns
 * (registration.c). What happened between the registration and that moment, in other
 * threads, is judged by a look through that address space right after. Registrations
 * that a fork hands on are those of a parent that has them too.
 *
 * They are disarmed when a look through all processes, a while after a userfaultfd was
 * released or a range unregistered, finds nothing; and so does a second one, for a fork
 * that was under way could bring up a child behind the first one's back. A registration
 * that the look may not have met keeps them armed; one that comes later arms again.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "arm.h"
#include "marks.h"
#include "processes.h"
#include "uffdwp_guard.h"

/* After a release, and when nothing was heard of one: a range can also be unmapped. */
#define LOOK_SOON	HZ
#define LOOK_LATER	(30 * HZ)

/* So many looks come soon that try to make live what could not be. */
#define DARK_LOOKS	60

/* So many looks in a row must have found nothing. */
#define QUIET_LOOKS	2

static DEFINE_MUTEX(arm_lock);	/* protects what follows */
static bool wanted;		/* the guard is not being unloaded */
static bool for_good;		/* registrations cannot be watched */
static bool blind;		/* somebody registered, we do not know who */
static unsigned int quiet;	/* looks in a row that found nothing */
static unsigned long generation;	/* of armings, and of those that were completed later */
static unsigned int dark;	/* sites that could not be made live */
static unsigned int dark_looks;	/* since that is so */
static bool scan_due;		/* one of them was, later */
static bool found_any;		/* by the look that is under way */
static long registrations_before;	/* as they were when the first quiet look began */
static atomic_long_t registrations = ATOMIC_LONG_INIT(0);	/* seen to */
/* Read by all: */
unsigned long guard_arming;	/* number of the arming that is in force, or 0 */
unsigned long guard_arm_count;	/* how often the probes were armed since loading */
unsigned long guard_disarm_count;	/* and disarmed */

static atomic_t begins_unseen;	/* blind, and it may not have registered yet */
static atomic_t look_is_soon;	/* queued for soon: not to be put off by the next release */

static void look_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look_all);

/*
 * A site that stays dark is a hole in the coverage: it is tried again at every look. Then
 * the arming is another one, so that what relies on all of them having been live does not
 * hold, and all processes are scanned for what was left meanwhile. One that stays lit is
 * no hole.
 */
static void arm(void)
{
	unsigned int before = dark;

	lockdep_assert_held(&arm_lock);
	if (!wanted || (guard_arming && !dark))
		return;
	/* What the kernel said is live may not be, where one was not. */
	dark = guard_sites_light(guard_arming != 0);
	if (guard_arming && dark == before)
		return;
	if (guard_arming)
		scan_due = true;
	else
		WRITE_ONCE(guard_arm_count, guard_arm_count + 1);
	quiet = 0;
	WRITE_ONCE(guard_arming, ++generation);
	if (!dark)
		guard_marks_armed();
	if (!for_good || dark)
		guard_queue_delayed_work(&look_work,
					 dark ? LOOK_SOON : LOOK_LATER);
}

/* A release at the same time is not to be put off: whoever comes second sees the other. */
static void look_again(void)
{
	bool soon = quiet || (dark && dark_looks++ < DARK_LOOKS);

	guard_queue_delayed_work(&look_work, soon ? LOOK_SOON : LOOK_LATER);
	if (atomic_read(&look_is_soon))
		guard_queue_delayed_work(&look_work, LOOK_SOON);
}

/*
 * Who has registered since the first quiet look began may be in a process that had been looked at
 * by then, or have forked behind the last one's back, and relies on the arming that he has found.
 * He is met here, or meets 0 and has to arm again (guard_arm_seen()).
 */
static void disarm(void)
{
	unsigned long live = guard_arming;

	lockdep_assert_held(&arm_lock);
	WRITE_ONCE(guard_arming, 0);
	/* Pairs with that in guard_arm_seen(). */
	smp_mb();
	if (atomic_long_read(&registrations) != registrations_before) {
		/* The probes are as they were, and so is what is known since. */
		WRITE_ONCE(guard_arming, live);
		quiet = 0;
		/* Whoever was to see to that may just have met 0, and have let it be. */
		if (!dark && READ_ONCE(guard_marks_trusted) != live)
			guard_marks_armed();
		return;
	}
	WRITE_ONCE(guard_disarm_count, guard_disarm_count + 1);
	guard_sites_put_out();
	dark = 0;
	dark_looks = 0;
}

static bool visit(struct task_struct *process)
{
	struct mm_struct *mm = guard_mm_of_process(process);

	if (mm) {
		found_any = guard_has_registered(mm);
		mmput_async(mm);
	}
	return !found_any;
}

/*
 * What was passed over may have something. Where processes come and go all the time the
 * newest may never be reached: to disarm it need not be, for there is a second look.
 */
static bool any_registered(enum guard_round round)
{
	lockdep_assert_held(&arm_lock);
	found_any = false;
	return guard_visit_processes(round, visit) || found_any;
}

static void look_all(struct work_struct *work)
{
	bool any, scan, begins;

	/* With a barrier: who is told that a look will come is seen by it. */
	atomic_xchg(&look_is_soon, 0);
	mutex_lock(&arm_lock);
	/* What is said with it is seen: guard_arm_blindly(). */
	scan = smp_load_acquire(&blind) && wanted;
	if (wanted && (guard_arming || scan)) {
		/* Who registers blindly during the look is for the next one. */
		if (scan)
			WRITE_ONCE(blind, false);
		begins = scan && atomic_xchg(&begins_unseen, 0);
		if (!quiet)
			registrations_before = atomic_long_read(&registrations);
		any = begins || any_registered(guard_arming ? GUARD_ROUND_BEGUN :
							      GUARD_ROUND_ALL);
		if (any || for_good)
			arm();
		quiet = any ? 0 : quiet + 1;
		if (guard_arming && quiet >= QUIET_LOOKS && !for_good)
			disarm();
		if (guard_arming && (!for_good || dark))
			look_again();
		scan |= scan_due;
		scan_due = false;
	}
	mutex_unlock(&arm_lock);
	if (scan)
		guard_scan_after_arming();
}

/**
 * guard_look_soon() - something may be registered no more
 *
 * Context: a probe handler.
 */
void guard_look_soon(void)
{
	if (guard_live() && !atomic_xchg(&look_is_soon, 1))
		guard_queue_delayed_work(&look_work, LOOK_SOON);
}

/**
 * guard_arm_blindly() - something was registered, and there is no room to say what
 * @begins: or will be, and nobody is going to say when: arm whether it is found or not
 *
 * Context: a probe handler.
 */
void guard_arm_blindly(bool begins)
{
	if (begins)
		atomic_set(&begins_unseen, 1);
	/* Who sees this sees that. */
	smp_store_release(&blind, true);
	/* While they are live there is no haste, and whoever does that again and again waits. */
	if (!guard_live())
		guard_queue_delayed_work(&look_work, 0);
	else if (!atomic_xchg(&look_is_soon, 1))
		guard_queue_delayed_work(&look_work, LOOK_SOON);
}

/* Without them nobody tells when there is something to guard, or not any more. */
static void watch_registrations(int err)
{
	lockdep_assert_held(&arm_lock);
	if (!err)
		return;
	for_good = true;
	pr_warn("registrations cannot be watched (error %d): the probes are live from now on, whether there is something to guard or not\n",
		err);
}

/**
 * guard_arm_interrupted() - no probe runs, though they are live
 * @over: they do again
 *
 * What relies on all of them having been live since some moment does not hold: the arming is
 * another one. Marks are compared again when it is over; a call under way when it began may have
 * been, though nobody told of who took them off. What has registered meanwhile is looked for, and
 * all processes are scanned. What was to be made live meanwhile is not, though the kernel may have
 * said so: all are, once more.
 *
 * Context: process context, may sleep.
 */
void guard_arm_interrupted(bool over)
{
	mutex_lock(&arm_lock);
	if (over && wanted && !for_good)
		watch_registrations(guard_registration_enable());
	if (guard_arming) {
		if (over)
			dark = guard_sites_light(true);
		WRITE_ONCE(guard_arming, ++generation);
		if (over && !dark)
			guard_marks_armed();
	}
	mutex_unlock(&arm_lock);
	if (over)
		guard_arm_blindly(false);
}

/**
 * guard_arm_seen() - somebody has registered something: are the probes live?
 *
 * From here on they are not put out by a look that was begun before.
 *
 * Context: any; before anybody relies on that.
 *
 * Return: guard_live().
 */
unsigned long guard_arm_seen(void)
{
	atomic_long_inc(&registrations);
	/* Either this is seen before the probes are put out, or the arming is over here. */
	smp_mb__after_atomic();
	return guard_live();
}

/**
 * guard_arm_for() - somebody has registered something: see that the probes are live
 * @found: it was found, in the address space that was looked at for it
 *
 * Context: process context, may sleep.
 *
 * Return: guard_live() as it was left.
 */
unsigned long guard_arm_for(bool found)
{
	unsigned long now;

	mutex_lock(&arm_lock);
	/* It may have failed, or be gone again. */
	if (!guard_arming && wanted && (found || any_registered(GUARD_ROUND_ALL)))
		arm();
	now = guard_arming;
	mutex_unlock(&arm_lock);
	return now;
}

/**
 * guard_arm_start() - arm the probes now if there is something to guard, or when there is
 *
 * Context: process context, may sleep; the sites have their carriers.
 */
void guard_arm_start(void)
{
	int err = guard_registration_install();

	mutex_lock(&arm_lock);
	wanted = true;
	watch_registrations(err);
	if (err || any_registered(GUARD_ROUND_ALL))
		arm();
	mutex_unlock(&arm_lock);
	/* A look that came before that has let it be. */
	if (READ_ONCE(blind))
		guard_queue_delayed_work(&look_work, 0);
}

/**
 * guard_arm_stop() - arm no more
 *
 * What tasks still do for registrations that came before finds nothing to do.
 *
 * Context: process context, may sleep; before the sites lose their carriers.
 */
void guard_arm_stop(void)
{
	guard_registration_remove();
	mutex_lock(&arm_lock);
	wanted = false;
	mutex_unlock(&arm_lock);
	cancel_delayed_work_sync(&look_work);
	guard_marks_stop();
}
