/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All processes, one after the other.
 */
#ifndef UFFDWP_PROCESSES_H
#define UFFDWP_PROCESSES_H

#include <linux/mm.h>
#include <linux/sched.h>

typedef bool (*guard_visitor)(struct task_struct *process);

/**
 * enum guard_round - which processes a round is to meet
 * @GUARD_ROUND_OLD: all that have run before it
 * @GUARD_ROUND_BEGUN: and those that are being forked when it begins
 * @GUARD_ROUND_ALL: and those that start meanwhile, until the newest
 */
enum guard_round {
	GUARD_ROUND_OLD,
	GUARD_ROUND_BEGUN,
	GUARD_ROUND_ALL,
};

struct mm_struct *guard_mm_of_process(struct task_struct *process);
unsigned int guard_visit_processes(enum guard_round which,
				   guard_visitor visit);

#endif /* UFFDWP_PROCESSES_H */
