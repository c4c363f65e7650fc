/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All processes, one after the other.
 */
#ifndef UFFDWP_PROCESSES_H
#define UFFDWP_PROCESSES_H

#include <linux/mm.h>
#include <linux/sched.h>

typedef bool (*guard_visitor)(struct task_struct *process);

struct mm_struct *guard_mm_of_process(struct task_struct *process);
unsigned int guard_visit_processes(bool to_newest, guard_visitor visit);

#endif /* UFFDWP_PROCESSES_H */
