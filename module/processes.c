// SPDX-License-Identifier: GPL-2.0
/*
 * All processes, one after the other.
 *
 * They come and go meanwhile. A child forked from one that was not visited yet may
 * inherit what the visitor is after, so it must not be passed over. Process ids are handed
 * out in cyclic order, and the round follows: it begins where the next id will be handed
 * out, goes round all of them, and then on through those handed out since, until it has
 * come up with the newest.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "processes.h"

/*
 * How often it goes on through the processes that have started meanwhile. Each time
 * there are only those of the time before.
 */
#define CATCH_UP	64

/*
 * A process to be is waited for: it is a matter of moments, unless its fork waits for a file server
 * or a userfaultfd to take its id. For that no round is held up for long, however many there are.
 */
#define BIRTH_MS	10
#define BIRTH_WAITS	100	/* for one of them */
#define BIRTHS_WAITS	200	/* for all */

/**
 * struct round - a round that is under way
 * @visit: what is done with each process
 * @awaits: what is done about processes to be: they are waited for, or none of its business
 * @waits: how often it still may
 * @passed_over: processes to be that did not come to be in time
 * @enough: the visitor wants no more
 */
struct round {
	guard_visitor visit;
	bool awaits;
	unsigned int waits;
	unsigned int passed_over;
	bool enough;
};

/**
 * guard_mm_of_process() - the address space of a process
 * @process: any thread of it; the caller holds a reference
 *
 * A process lives on in its threads when its first one has exited.
 *
 * Context: process context, may sleep.
 *
 * Return: the address space, for mmput(); NULL if it has none (any more).
 */
struct mm_struct *guard_mm_of_process(struct task_struct *process)
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
static void visit_ids(struct round *round, int nr, int end)
{
	struct task_struct *task = NULL;
	unsigned int waits = 0;
	bool early;

	while (nr < end && !round->enough) {
		task = process_from(&nr, &early);
		if (nr >= end)
			break;
		early &= round->awaits;
		if (early && waits < BIRTH_WAITS && round->waits) {
			waits++;
			round->waits--;
			msleep(BIRTH_MS);
			continue;
		}
		if (early)
			round->passed_over++;
		if (task) {
			round->enough = !round->visit(task);
			put_task_struct(task);
			task = NULL;
		}
		waits = 0;
		nr++;
		cond_resched();
	}
	if (task)
		put_task_struct(task);
}

/* In the order in which ids are handed out. */
static void visit_ids_between(struct round *round, int first, int end)
{
	if (first < end) {
		visit_ids(round, first, end);
	} else {
		visit_ids(round, first, INT_MAX);
		visit_ids(round, 1, end);
	}
}

/**
 * guard_visit_processes() - go once round all processes
 * @which: which of them it is to meet
 * @visit: called for each, in process context, with a reference held for it; returns
 *	false when it has seen enough
 *
 * A fork copies the entries before its child has an id. One that is under way while its
 * parent is visited can bring up a child that the round does not meet.
 *
 * Context: process context, may sleep.
 *
 * Return: how many were passed over; 0 is none.
 */
unsigned int guard_visit_processes(enum guard_round which, guard_visitor visit)
{
	struct round round = {
		.visit = visit,
		.awaits = which != GUARD_ROUND_OLD,
		.waits = BIRTHS_WAITS,
	};
	bool to_newest = which == GUARD_ROUND_ALL;
	int reached = idr_get_cursor(&init_pid_ns.idr);
	int newest = reached;
	unsigned int tries = 0;

	do {
		visit_ids_between(&round, reached, newest);
		reached = newest;
		newest = idr_get_cursor(&init_pid_ns.idr);
	} while (to_newest && newest != reached && ++tries < CATCH_UP &&
		 !round.enough);
	if (to_newest && newest != reached && !round.enough)
		round.passed_over++;
	return round.passed_over;
}
