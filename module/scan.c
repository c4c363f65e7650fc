// SPDX-License-Identifier: GPL-2.0
/*
 * The scan: every entry of one process, or of all, is judged.
 *
 * Processes come and go meanwhile. A child forked from one that was not scanned yet
 * may inherit a broken entry, so it must not be passed over. Process ids are handed out
 * in cyclic order, and the scan follows: it begins where the next id will be handed out,
 * goes round all of them, and then on through those handed out since, until it has
 * come up with the newest.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "scan.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/*
 * How often it goes on through the processes that have started meanwhile. Each time
 * there are only those of the time before.
 */
#define CATCH_UP	64

/* A process to be is waited for. */
#define BIRTH_TRIES	100
#define BIRTH_MS	10

/* And how often it goes round when it has found something (guard_scan_all()). */
#define ROUNDS		4

/* A process lives on in its threads when its first one has exited. */
static struct mm_struct *mm_of_process(struct task_struct *process)
{
	struct task_struct *thread;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	for_each_thread(process, thread) {
		mm = get_task_mm(thread);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/**
 * guard_scan_process() - judge every entry of a process
 * @task: any thread of it; the caller holds a reference
 *
 * Context: process context, may sleep.
 */
void guard_scan_process(struct task_struct *task)
{
	struct guard_task process;
	struct guard_span span = {
		.mm = mm_of_process(task),
		.end = ULONG_MAX,
		.site = GUARD_SCAN,
		.task = &process,
	};
	unsigned long addr = 0;

	/* A kernel thread, or one that has exited. */
	if (!span.mm)
		return;
	guard_task_of(task, &process);
	while (guard_look_on(&span, &addr)) {
		/* With no user left but us nobody can write, and its memory is wanted. */
		if (!guard_scan_wanted() || atomic_read(&span.mm->mm_users) == 1)
			break;
		cond_resched_tasks_rcu_qs();
	}
	/* What it takes to end a dead process may take long, and is not for our worker. */
	mmput_async(span.mm);
}

/*
 * A fork has handed out the id, but has yet to make a process of it: no task has it for
 * anything.
 */
static bool unborn(struct pid *pid)
{
	enum pid_type type;

	for (type = 0; type < PIDTYPE_MAX; type++)
		if (pid_task(pid, type))
			return false;
	return true;
}

/*
 * The process whose id is the first from *@nr on, which becomes that id. *@early if that is
 * of a process to be.
 */
static struct task_struct *process_from(int *nr, bool *early)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	pid = idr_get_next(&init_pid_ns.idr, nr);
	if (!pid)
		*nr = INT_MAX;
	else
		/* NULL if it is the id of a thread, or of a process group. */
		task = pid_task(pid, PIDTYPE_TGID);
	if (task)
		get_task_struct(task);
	*early = pid && !task && unborn(pid);
	rcu_read_unlock();
	return task;
}

/* Those with ids from @nr to before @end. */
static void scan_ids(int nr, int end)
{
	struct task_struct *task = NULL;
	unsigned int tries = 0;
	bool early;

	while (nr < end && guard_scan_wanted()) {
		task = process_from(&nr, &early);
		if (nr >= end)
			break;
		if (early && tries++ < BIRTH_TRIES) {
			msleep(BIRTH_MS);
			continue;
		}
		if (early)
			guard_count(GUARD_SCAN, GUARD_MISSED, 1);
		if (task) {
			guard_scan_process(task);
			put_task_struct(task);
			task = NULL;
		}
		tries = 0;
		nr++;
		cond_resched();
	}
	if (task)
		put_task_struct(task);
}

/* In the order in which ids are handed out. */
static void scan_ids_between(int first, int end)
{
	if (first < end) {
		scan_ids(first, end);
	} else {
		scan_ids(first, INT_MAX);
		scan_ids(1, end);
	}
}

/* Once round, and then until it has come up with the newest. */
static void scan_round(void)
{
	int reached = idr_get_cursor(&init_pid_ns.idr);
	int newest = reached;
	unsigned int tries = 0;

	do {
		scan_ids_between(reached, newest);
		reached = newest;
		newest = idr_get_cursor(&init_pid_ns.idr);
	} while (newest != reached && ++tries < CATCH_UP && guard_scan_wanted());
	if (newest != reached)
		guard_count(GUARD_SCAN, GUARD_MISSED, 1);
}

/**
 * guard_scan_all() - judge every entry of all processes
 *
 * A fork copies the entries before its child has an id. One that is under way while
 * its parent is scanned can bring up a child that the round did not meet. So in
 * mode=fix, where a second look finds only what is new, a round that found something
 * is followed by another.
 *
 * Context: process context, may sleep.
 */
void guard_scan_all(void)
{
	unsigned long found, before;
	unsigned int round = 0;

	do {
		before = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS);
		scan_round();
		found = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS) - before;
		if (!found || guard_mode() != GUARD_MODE_FIX)
			return;
	} while (++round < ROUNDS && guard_scan_wanted());
	/* There may be more. */
	guard_count(GUARD_SCAN, GUARD_MISSED, 1);
}
