// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of jobs for process context. Handlers must not allocate.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "job.h"

#define JOBS		1024

/*
 * What many may want at once, or may wait for long, has so many of them: what is to be looked at is
 * to find room.
 */
#define OTHER_JOBS	((JOBS + 2) / 3)

static struct guard_job *jobs;
static LIST_HEAD(jobs_free);		/* under jobs_lock, as all below */
static unsigned int jobs_used[GUARD_NR_JOB_KINDS];
/* The job that came up last on a CPU and has not begun. */
static DEFINE_PER_CPU(struct guard_job *, latest_job);
/* Raw: handlers take it, and on PREEMPT_RT they must not sleep. */
static DEFINE_RAW_SPINLOCK(jobs_lock);

/**
 * guard_jobs_init() - make the pool
 * @by_worker: does a job as work of a workqueue
 * @by_task: does a job as task work
 *
 * Context: process context, may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int guard_jobs_init(work_func_t by_worker, task_work_func_t by_task)
{
	unsigned int i;

	jobs = kvcalloc(JOBS, sizeof(*jobs), GFP_KERNEL);
	if (!jobs)
		return -ENOMEM;
	for (i = 0; i < JOBS; i++) {
		INIT_WORK(&jobs[i].work, by_worker);
		init_task_work(&jobs[i].task_work, by_task);
		list_add(&jobs[i].free, &jobs_free);
	}
	return 0;
}

/**
 * guard_jobs_exit() - give the pool back
 *
 * Context: process context, may sleep; when all jobs are done.
 */
void guard_jobs_exit(void)
{
	kvfree(jobs);
}

/**
 * guard_job_get() - take a job out of the pool
 * @kind: what for
 *
 * Context: any.
 *
 * Return: the job, NULL if there is none for that.
 */
struct guard_job *guard_job_get(enum guard_job_kind kind)
{
	struct guard_job *job = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs_lock, flags);
	if (kind == GUARD_JOB_LOOK || jobs_used[kind] < OTHER_JOBS)
		job = list_first_entry_or_null(&jobs_free, struct guard_job,
					       free);
	if (job) {
		list_del(&job->free);
		job->kind = kind;
		job->spans = 1;
		jobs_used[kind]++;
	}
	raw_spin_unlock_irqrestore(&jobs_lock, flags);
	return job;
}

/**
 * guard_job_put() - give a job back to the pool
 * @job: the job, which is done
 *
 * Context: any.
 */
void guard_job_put(struct guard_job *job)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs_lock, flags);
	jobs_used[job->kind]--;
	list_add(&job->free, &jobs_free);
	raw_spin_unlock_irqrestore(&jobs_lock, flags);
}

/*
 * What is between two parts is looked at as well: all of it is within the call's own
 * range where one call changes protection, and the job is done before there is another; or it
 * is little.
 */
static bool near(const struct guard_job *job, unsigned long start,
		 unsigned long end)
{
	if (job->span.site == GUARD_CHANGE_PTE_RANGE &&
	    job->span.mm == current->mm && job->span.end <= start)
		return true;
	return start <= job->span.end + PMD_SIZE &&
	       job->span.start <= end + PMD_SIZE;
}

/**
 * guard_job_grow() - have a part of a span done along with one before it
 * @span: the span
 * @start: where the part begins
 * @end: where it ends
 *
 * One mprotect() can leave a span for each of its page tables, and a migration one for
 * each page. They go with the job that the first of them got, whoever is to do it: a worker
 * may have to wait for it while many more come up.
 *
 * Context: a probe handler, in the task that ran the path.
 *
 * Return: true if such a job was there and has not begun.
 */
bool guard_job_grow(const struct guard_span *span, unsigned long start,
		    unsigned long end)
{
	struct guard_job *job;
	unsigned long flags;
	bool grown = false;

	raw_spin_lock_irqsave(&jobs_lock, flags);
	job = __this_cpu_read(latest_job);
	if (job && job->task.pid == current->pid &&
	    job->span.mm == span->mm && job->vma == span->vma &&
	    job->span.site == span->site && near(job, start, end)) {
		job->span.start = min(job->span.start, start);
		job->span.end = max(job->span.end, end);
		job->spans++;
		grown = true;
	}
	raw_spin_unlock_irqrestore(&jobs_lock, flags);
	return grown;
}

/**
 * guard_job_may_grow() - let guard_job_grow() know of a job
 * @job: the job, for a span that came up in the current task. It cannot have begun
 *
 * Context: a probe handler.
 */
void guard_job_may_grow(struct guard_job *job)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs_lock, flags);
	job->latest = this_cpu_ptr(&latest_job);
	if (*job->latest)
		(*job->latest)->latest = NULL;
	*job->latest = job;
	raw_spin_unlock_irqrestore(&jobs_lock, flags);
}

/**
 * guard_job_grows_no_more() - a job begins
 * @job: the job; its span is what it is from now on
 *
 * Context: any.
 */
void guard_job_grows_no_more(struct guard_job *job)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs_lock, flags);
	if (job->latest)
		*job->latest = NULL;
	job->latest = NULL;
	raw_spin_unlock_irqrestore(&jobs_lock, flags);
}
