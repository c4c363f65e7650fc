// SPDX-License-Identifier: GPL-2.0
/*
 * The door to process context: spans that cannot be walked, and caches that cannot
 * be told, where the probe fired.
 *
 * A span of the current task's own memory is walked by that task itself, as task work
 * before it returns to user space: what it writes next finds the entries closed, and
 * it pays for its own work. All else is for the worker.
 *
 * A queued job holds a reference on the mm_struct, not on the address space, so
 * that it does not keep a dead process's memory. The worker takes the address
 * space if it still has users; if not, nobody can write through it any more and
 * exit_mmap() flushes what is cached. VMAs are looked up anew, under mmap_lock: a task
 * waits for its own as for any page fault, the worker for a few seconds at most (turn.c).
 *
 * Handlers must not allocate: jobs come from a pool, and when that is empty the
 * job is counted missed.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/task_work.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "job.h"
#include "turn.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/* More than may wait for ever: caches of entries that were closed (job.c). */
#define AT_ONCE		512

/* Unloading waits so long for locks that others keep, altogether. */
#define UNLOAD_PATIENCE	(5 * HZ)

static struct workqueue_struct *jobs_wq;
static atomic_t task_works = ATOMIC_INIT(0);	/* added and not yet done */
static unsigned long unloaded;	/* when to wait for locks no more, in jiffies; 0: not yet */

/*
 * An exiting task has no user space to return to, and a kernel thread none at all; nor
 * has a worker that borrows a process's memory (vhost, io_uring).
 * TWA_RESUME sets a flag of the current task and no more: good in any handler.
 */
static bool job_add_to_task(struct guard_job *job)
{
	if (current->mm != job->span.mm ||
	    current->flags & (PF_KTHREAD | PF_EXITING | PF_IO_WORKER |
			      PF_USER_WORKER))
		return false;

	atomic_inc(&task_works);
	if (!task_work_add(current, &job->task_work, TWA_RESUME))
		return true;
	atomic_dec(&task_works);
	return false;
}

/* A job about a part of @span, NULL if none is free. */
static struct guard_job *job_new(enum guard_job_kind kind,
				 const struct guard_span *span,
				 unsigned long start, unsigned long end)
{
	struct guard_job *job = guard_job_get(kind);

	if (!job) {
		guard_count(span->site, GUARD_MISSED, 1);
		return NULL;
	}
	mmgrab(span->mm);
	job->span = (struct guard_span){
		.mm = span->mm,
		.start = start,
		.end = end,
		.by_fault = span->by_fault,
		.site = span->site,
		.task = &job->task,
	};
	job->repair = (struct guard_repair){ 0 };
	job->vma = span->vma;
	job->latest = NULL;
	guard_task_of(current, &job->task);
	return job;
}

/**
 * guard_defer() - have a part of a span walked in process context
 * @span: the span
 * @start: where the part begins
 * @end: where it ends
 *
 * Counts it deferred, or missed if no job is free.
 *
 * Context: a probe handler, interrupts on or off; @span->mm is alive. The probed
 * paths hold no lock that waking a worker needs.
 */
void guard_defer(const struct guard_span *span, unsigned long start,
		 unsigned long end)
{
	struct guard_job *job;

	if (!guard_job_grow(span, start, end)) {
		job = job_new(GUARD_JOB_LOOK, span, start, end);
		if (!job)
			return;
		guard_job_may_grow(job);
		if (!job_add_to_task(job))
			queue_work(jobs_wq, &job->work);
	}
	guard_count(span->site, GUARD_DEFERRED, 1);
}

/**
 * guard_defer_forget() - have caches of closed entries dropped in process context
 * @span: the span in which entries were closed
 * @repair: their range; if pending, the TLB has not been flushed either
 *
 * Counts it deferred, or missed if no job is free.
 *
 * Context: as guard_defer().
 *
 * Return: true if the worker will do it, and take @repair out of the mm's
 * tlb_flush_pending.
 */
bool guard_defer_forget(const struct guard_span *span,
			const struct guard_repair *repair)
{
	struct guard_job *job = job_new(GUARD_JOB_FORGET, span, repair->start,
					repair->end);

	if (!job)
		return false;
	job->repair = *repair;
	guard_count(span->site, GUARD_DEFERRED, 1);
	queue_work(jobs_wq, &job->work);
	return true;
}

/**
 * guard_defer_registration() - have a registration seen to in process context
 * @span: what was registered, as its arguments say; @span->mm is the caller's, which may
 *	not be that of the memory
 * @registration: what else is known of it
 *
 * The task itself does it before it returns from its system call.
 *
 * Context: as guard_defer().
 *
 * Return: false if no job is free; counted missed.
 */
bool guard_defer_registration(const struct guard_span *span,
			      const struct guard_registration *registration)
{
	struct guard_job *job = job_new(GUARD_JOB_REGISTERED, span, span->start,
					span->end);

	if (!job)
		return false;
	job->registration = *registration;
	guard_count(span->site, GUARD_DEFERRED, 1);
	if (!job_add_to_task(job))
		queue_work(jobs_wq, &job->work);
	return true;
}

static void job_look(const struct guard_span *span)
{
	unsigned long addr = span->start;

	while (guard_look_on(span, &addr))
		;
}

static void job_forget(const struct guard_span *span,
		       const struct guard_repair *repair)
{
	struct mm_struct *mm = span->mm;

	if (repair->pending)
		guard_flush_tlb(mm, repair->start, repair->end, repair->shift);

	if (!guard_look_lock(span))
		return;
	if (mm_has_notifiers(mm))
		guard_notify(mm, repair->start, repair->end);
	mmap_read_unlock(mm);
}

static void job_run(struct guard_job *job)
{
	struct mm_struct *mm = job->span.mm;

	if (mmget_not_zero(mm)) {
		switch (job->kind) {
		case GUARD_JOB_LOOK:
			job_look(&job->span);
			break;
		case GUARD_JOB_FORGET:
			job_forget(&job->span, &job->repair);
			break;
		case GUARD_JOB_REGISTERED:
			guard_registered(&job->span, &job->registration);
			break;
		}
		mmput(mm);
	}
	if (job->repair.pending)
		dec_tlb_flush_pending(mm);
	mmdrop(mm);
	guard_job_put(job);
}

static bool worth_a_wait(void)
{
	unsigned long until = READ_ONCE(unloaded);

	return !until || time_before(jiffies, until);
}

static void job_by_worker(struct work_struct *work)
{
	struct guard_job *job = container_of(work, struct guard_job, work);
	struct guard_turn turn;

	guard_job_grows_no_more(job);
	guard_turn_begin(&turn, worth_a_wait);
	turn.spans = job->spans;
	/* What was closed is found by no look, and no scan. */
	if (job->kind == GUARD_JOB_FORGET)
		guard_turn_for_ever(&turn);
	job->span.turn = &turn;
	job_run(job);
}

static void job_by_task(struct callback_head *work)
{
	struct guard_job *job = container_of(work, struct guard_job, task_work);

	guard_job_grows_no_more(job);
	job_run(job);
	/*
	 * On PREEMPT_RT the wake-up may sleep, which RCU Tasks would take for the end
	 * of us. Its grace period waits for readers of RCU as well.
	 */
	rcu_read_lock();
	if (atomic_dec_and_test(&task_works))
		wake_up_var(&task_works);
	rcu_read_unlock();
}

/**
 * guard_defer_init() - make the workqueue and the pool of jobs
 *
 * Unbound, so that an idle CPU takes up what waits: entries stay open meanwhile. Of
 * no high priority: a process can make work for it, and must not gain by that.
 * Each job is a work of its own, so that one that waits for a process's mmap_lock
 * does not hold up those of others.
 *
 * Context: process context, may sleep; before any probe is installed.
 *
 * Return: 0 or -ENOMEM; then nothing is left.
 */
int guard_defer_init(void)
{
	jobs_wq = alloc_workqueue(KBUILD_MODNAME "_jobs", WQ_UNBOUND, AT_ONCE);
	if (!jobs_wq)
		return -ENOMEM;
	if (guard_jobs_init(job_by_worker, job_by_task)) {
		destroy_workqueue(jobs_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * guard_defer_exit() - wait for what is queued and take the workqueue away
 *
 * Tasks come to their work before they are next in user space; the probed paths are
 * system calls and faults that are not far from that. A worker that waits for somebody's
 * mmap_lock gives up soon.
 *
 * Context: process context, may sleep; after all probes are removed, so that
 * nothing is queued any more.
 */
void guard_defer_exit(void)
{
	/* Not 0. */
	WRITE_ONCE(unloaded, (jiffies + UNLOAD_PATIENCE) | 1);
	while (!wait_var_event_timeout(&task_works, !atomic_read(&task_works),
				       10 * HZ))
		pr_info("unloading waits for tasks that have yet to return to user space: %d spans\n",
			atomic_read(&task_works));
	/*
	 * The last of them may be on its way out of our text still, perhaps
	 * preempted: until every task has slept of its own will or been in user
	 * space, it stays.
	 */
	synchronize_rcu_tasks();
	destroy_workqueue(jobs_wq);
	guard_jobs_exit();
}
