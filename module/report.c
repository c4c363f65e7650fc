// SPDX-License-Identifier: GPL-2.0
/*
 * Telling what was found: counters and tracepoint at once and always, panic if
 * asked for, and a rate-limited line in dmesg (line.c).
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mm.h>

#include "line.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_invariant.h"
#include "uffdwp_stats.h"

#define CREATE_TRACE_POINTS
#include "uffdwp_trace.h"
#include "uffdwp_vma.h"

/*
 * Names are a process's own choice: nothing in them may end a field, or a line. The
 * tracepoint takes all of the array: nothing may be behind them.
 */
static void name_take(char *to, const char *from)
{
	strscpy_pad(to, from, TASK_COMM_LEN);
	for (; *to; to++)
		if (!isascii(*to) || !isprint(*to) || *to == '"' || *to == '\\')
			*to = '?';
}

/**
 * guard_task_of() - remember who a task is
 * @from: the task, which the caller keeps
 * @task: where to
 *
 * Context: any.
 */
void guard_task_of(const struct task_struct *from, struct guard_task *task)
{
	task->tgid = from->tgid;
	task->pid = from->pid;
	name_take(task->comm, from->comm);
}

/*
 * The process whose promise is broken. It is often not the one whose task ran the
 * path: kcompactd migrates everybody's pages. Only a memory cgroup kernel knows
 * it for sure; the owner is a task, so RCU keeps it.
 */
static void process_of(const struct mm_struct *mm,
		       const struct guard_task *thread,
		       struct guard_task *process)
{
	*process = *thread;
#ifdef CONFIG_MEMCG
	{
		struct task_struct *owner;

		rcu_read_lock();
		owner = rcu_dereference(mm->owner);
		if (owner)
			guard_task_of(owner, process);
		rcu_read_unlock();
	}
#endif
}

/**
 * guard_is_shmem() - does shared memory (or a file in tmpfs) lie behind a VMA?
 * @vma: the VMA
 *
 * Context: any; the caller keeps @vma.
 *
 * Return: true if so, however it is mapped.
 */
bool guard_is_shmem(struct vm_area_struct *vma)
{
	return vma->vm_file &&
	       file_inode(vma->vm_file)->i_sb->s_magic == TMPFS_MAGIC;
}

static const char *memory_of(struct vm_area_struct *vma)
{
	if (guard_vma_hugetlb(vma))
		return "hugetlb";
	if (vma_is_anonymous(vma))
		return "anon";
	if (guard_is_shmem(vma))
		return "shmem";
	return "file";
}

/*
 * The first violation stops the machine; whoever comes second has no say. The operator has
 * asked for it, and nobody reads the log there any more but who has the dump.
 */
static void panic_with(const struct guard_line *line)
{
	char buf[512];

	guard_line_format(buf, sizeof(buf), line, true);
	panic(KBUILD_MODNAME ": %s", buf);
}

static void report_one(struct guard_line *line, enum guard_site_id site,
		       const struct guard_violation *v)
{
	guard_count(site, GUARD_VIOLATIONS, 1);
	if (v->repaired)
		guard_count(site, GUARD_FIXED, 1);
	this_cpu_inc(guard_counters.level[v->level]);
	this_cpu_inc(guard_counters.kind[v->kind]);

	trace_violation(line->site->name, line->site->hook,
			guard_level_names[v->level], guard_kind_names[v->kind],
			v, &line->process, &line->thread);
	line->v = *v;
	if (guard_panics())
		panic_with(line);
	line->stack = guard_stack_take(site);
	guard_line_queue(line);
}

/**
 * guard_report() - tell of violations
 * @span: the span in which they were found; @span->vma is still kept
 * @found: the violations
 * @nr: how many; at least one
 *
 * Context: as guard_inspect(), with no lock of the page tables held.
 */
void guard_report(const struct guard_span *span,
		  const struct guard_violation *found, unsigned int nr)
{
	struct guard_line line;
	unsigned int i;

	line.site = &guard_sites[span->site];
	line.sharing = guard_vma_shared(span->vma) ? "shared" : "private";
	line.memory = memory_of(span->vma);
	if (span->task)
		line.thread = *span->task;
	else
		guard_task_of(current, &line.thread);
	process_of(span->mm, &line.thread, &line.process);

	for (i = 0; i < nr; i++)
		report_one(&line, span->site, &found[i]);
}
