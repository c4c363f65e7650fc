// SPDX-License-Identifier: GPL-2.0
/*
 * The guard's own works, one of each: looks, the proof that probes run, the log. They have
 * a workqueue apart from the jobs that processes make (defer.c): those may wait for a lock, and be
 * so many that nothing else is begun.
 */
#include <linux/workqueue.h>

#include "uffdwp_guard.h"

static struct workqueue_struct *queue;

/**
 * guard_queue_work() - run something in the guard's own workqueue
 * @work: the work; may be queued already
 *
 * Context: any in which waking a worker needs no lock that is held, as in probe handlers.
 */
void guard_queue_work(struct work_struct *work)
{
	queue_work(queue, work);
}

/**
 * guard_queue_delayed_work() - run something in the guard's own workqueue, later
 * @work: the work; if it is queued already its time is changed
 * @delay: jiffies from now
 *
 * Context: as guard_queue_work().
 */
void guard_queue_delayed_work(struct delayed_work *work, unsigned long delay)
{
	mod_delayed_work(queue, work, delay);
}

/**
 * guard_queue_init() - make the workqueue
 *
 * Unbound, as most of them take their time.
 *
 * Context: process context, may sleep; before anything is queued.
 *
 * Return: 0 or -ENOMEM.
 */
int guard_queue_init(void)
{
	queue = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/**
 * guard_queue_exit() - wait for what is queued and take the workqueue away
 *
 * Context: process context, may sleep; nothing is queued any more.
 */
void guard_queue_exit(void)
{
	destroy_workqueue(queue);
}
