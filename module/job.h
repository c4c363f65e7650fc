/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Jobs for process context: job.c keeps them, defer.c fills and does them.
 */
#ifndef UFFDWP_JOB_H
#define UFFDWP_JOB_H

#include <linux/list.h>
#include <linux/task_work.h>
#include <linux/workqueue.h>

#include "uffdwp_guard.h"

/**
 * struct guard_job - a span to be walked, or a range for caches to forget
 * @work: to be done by the worker
 * @task_work: or by the task itself
 * @free: in the pool
 * @span: what it is about; its vma and tlb are NULL
 * @task: the task in whose context it came up
 * @repair: what is to be forgotten; if empty, @span is to be looked at
 * @vma: the VMA of @span when it came up: to compare with, never to follow
 * @latest: where it is known as a job that can still grow, or NULL
 */
struct guard_job {
	struct work_struct work;
	struct callback_head task_work;
	struct list_head free;
	struct guard_span span;
	struct guard_task task;
	struct guard_repair repair;
	const void *vma;
	struct guard_job **latest;
};

int guard_jobs_init(work_func_t by_worker, task_work_func_t by_task);
void guard_jobs_exit(void);
struct guard_job *guard_job_get(void);
void guard_job_put(struct guard_job *job);
bool guard_job_grow(const struct guard_span *span, unsigned long start,
		    unsigned long end);
void guard_job_may_grow(struct guard_job *job);
void guard_job_grows_no_more(struct guard_job *job);

#endif /* UFFDWP_JOB_H */
