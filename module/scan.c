// SPDX-License-Identifier: GPL-2.0
/*
 * The scan: every entry of one process, or of all, is judged.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "processes.h"
#include "scan.h"
#include "turn.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/* How often it goes round when it has found something (guard_scan_all()). */
#define ROUNDS		4

/**
 * guard_scan_process() - judge every entry of a process
 * @task: any thread of it; the caller holds a reference
 *
 * Context: a thread of its own (guard_turn_lock()), may sleep.
 *
 * Return: false if scans are to end.
 */
bool guard_scan_process(struct task_struct *task)
{
	struct guard_task process;
	struct guard_turn turn;
	struct guard_span span = {
		.mm = guard_mm_of_process(task),
		.end = ULONG_MAX,
		.site = GUARD_SCAN,
		.task = &process,
		.turn = &turn,
	};
	unsigned long addr = 0;

	/* A kernel thread, or one that has exited. */
	if (!span.mm)
		return guard_scan_wanted();
	guard_task_of(task, &process);
	guard_turn_begin(&turn, guard_scan_wanted);
	while (guard_look_on(&span, &addr)) {
		/* With no user left but us nobody can write, and its memory is wanted. */
		if (!guard_scan_wanted() || atomic_read(&span.mm->mm_users) == 1)
			break;
		cond_resched_tasks_rcu_qs();
	}
	/* What it takes to end a dead process may take long, and is not for us. */
	mmput_async(span.mm);
	return guard_scan_wanted();
}

/**
 * guard_scan_all() - judge every entry of all processes
 *
 * A fork that is under way while its parent is scanned can bring up a child that the
 * round did not meet. So in mode=fix, where a second look finds only what is new, a round
 * that found something is followed by another.
 *
 * Context: as guard_scan_process().
 */
void guard_scan_all(void)
{
	unsigned long found, before;
	unsigned int round = 0;

	do {
		before = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS);
		guard_count(GUARD_SCAN, GUARD_MISSED,
			    guard_visit_processes(GUARD_ROUND_ALL,
						  guard_scan_process));
		found = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS) - before;
		if (!found || guard_mode() != GUARD_MODE_FIX)
			return;
	} while (++round < ROUNDS && guard_scan_wanted());
	/* There may be more. */
	guard_count(GUARD_SCAN, GUARD_MISSED, 1);
}
