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
 * enum guard_job_kind - what a job is for
 * @GUARD_JOB_LOOK: @span is to be looked at
 * @GUARD_JOB_FORGET: caches are to forget @repair
 * @GUARD_JOB_REGISTERED: @span was registered through @ctx
 */
enum guard_job_kind {
	GUARD_JOB_LOOK,
	GUARD_JOB_FORGET,
	GUARD_JOB_REGISTERED,
};

#define GUARD_NR_JOB_KINDS	(GUARD_JOB_REGISTERED + 1)

/**
 * struct guard_job - a span to be walked, or what else is for process context
 * @work: to be done by the worker
 * @task_work: or by the task itself
 * @free: in the pool
 * @kind: what it is for
 * @span: what it is about; its vma and tlb are NULL
 * @task: the task in whose context it came up
 * @repair: what is to be forgotten
 * @registration: what is known of a registration
 * @spans: how many spans it stands for
 * @vma: the VMA of @span when it came up: to compare with, never to follow
 * @latest: where it is known as a job that can still grow, or NULL
 */
struct guard_job {
	struct work_struct work;
	struct callback_head task_work;
	struct list_head free;
	enum guard_job_kind kind;
	struct guard_span span;
	struct guard_task task;
	struct guard_repair repair;
	struct guard_registration registration;
	unsigned int spans;
	const void *vma;
	struct guard_job **latest;
};

int guard_jobs_init(work_func_t by_worker, task_work_func_t by_task);
void guard_jobs_exit(void);
struct guard_job *guard_job_get(enum guard_job_kind kind);
void guard_job_put(struct guard_job *job);
bool guard_job_grow(const struct guard_span *span, unsigned long start,
		    unsigned long end);
void guard_job_may_grow(struct guard_job *job);
void guard_job_grows_no_more(struct guard_job *job);

#endif /* UFFDWP_JOB_H */
