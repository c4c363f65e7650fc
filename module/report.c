// SPDX-License-Identifier: GPL-2.0
/*
 * Telling what was found: counters and tracepoint at once and always, panic if
 * asked for, and a rate-limited line in dmesg. The line is composed where the
 * violation is found but printed by the worker: consoles are slow, and preemption
 * is off in a handler. Its form is an interface (docs/uffdwp_guard.rst).
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/kfifo.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_invariant.h"
#include "uffdwp_stats.h"

#define CREATE_TRACE_POINTS
#include "uffdwp_trace.h"
#include "uffdwp_vma.h"

struct line {
	const struct guard_site *site;
	struct guard_violation v;
	struct guard_task process;
	struct guard_task thread;
	const char *sharing;
	const char *memory;
	bool stack;
};

/* More than the rate limit lets through in a burst: full means "held back". */
static DEFINE_KFIFO(lines, struct line, 32);
/* Raw: handlers take it, and on PREEMPT_RT they must not sleep. */
static DEFINE_RAW_SPINLOCK(lines_lock);
static atomic_long_t lines_held_back = ATOMIC_LONG_INIT(0);
static DEFINE_RATELIMIT_STATE(lines_rate, DEFAULT_RATELIMIT_INTERVAL,
			      DEFAULT_RATELIMIT_BURST);

static void lines_print(struct work_struct *work);
static DECLARE_WORK(lines_work, lines_print);
static void more_print(struct work_struct *work);
static DECLARE_DELAYED_WORK(more_work, more_print);

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

static const char *entry_words(char *buf, size_t size, u8 entry)
{
	static const struct {
		u8 bit;
		const char *word;
	} words[] = { GUARD_ENTRY_WORDS };
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (entry & words[i].bit)
			len += scnprintf(buf + len, size - len, "%s%s",
					 len ? "|" : "", words[i].word);
	return buf;
}

static void line_format(char *buf, size_t size, const struct line *line)
{
	char before[48], after[48];

	snprintf(buf, size,
		 "violation site=%s hook=%s level=%s kind=%s addr=0x%lx before=%s after=%s memory=%s:%s process=\"%s\"/%d thread=\"%s\"/%d repaired=%s",
		 line->site->name, line->site->hook,
		 guard_level_names[line->v.level],
		 guard_kind_names[line->v.kind], line->v.addr,
		 entry_words(before, sizeof(before), line->v.before),
		 entry_words(after, sizeof(after), line->v.after),
		 line->sharing, line->memory,
		 line->process.comm, line->process.tgid,
		 line->thread.comm, line->thread.pid, line->v.repaired ? "yes" : "no");
}

static bool line_put(const struct line *line)
{
	unsigned long flags;
	bool put;

	raw_spin_lock_irqsave(&lines_lock, flags);
	put = kfifo_put(&lines, *line);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	return put;
}

static bool line_get(struct line *line)
{
	unsigned long flags;
	bool got;

	raw_spin_lock_irqsave(&lines_lock, flags);
	got = kfifo_get(&lines, line);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	return got;
}

static void lines_print(struct work_struct *work)
{
	struct line line;
	char buf[512];

	while (line_get(&line)) {
		line_format(buf, sizeof(buf), &line);
		pr_warn("%s\n", buf);
		if (line.stack)
			guard_stack_print(line.site - guard_sites);
	}
}

static void more_print(struct work_struct *work)
{
	long more = atomic_long_xchg(&lines_held_back, 0);

	if (more)
		pr_warn("%ld more violations not shown one by one; stats counts all\n",
			more);
}

/* While some are held back all are, until more_print(): there is no need to ask. */
static bool line_passes(const struct line *line)
{
	if (line->stack)
		return true;
	return !atomic_long_read(&lines_held_back) && __ratelimit(&lines_rate);
}

/*
 * Those held back are told of by their number when the interval is over. One with a
 * stack is not: there is one a site.
 */
static void line_queue(const struct line *line)
{
	if (line_passes(line) && line_put(line)) {
		guard_queue_work(&lines_work);
		return;
	}
	if (line->stack)
		guard_stack_drop(line->site - guard_sites);
	/* Whoever comes first after more_print() has it run again. */
	if (atomic_long_inc_return(&lines_held_back) == 1)
		schedule_delayed_work(&more_work, DEFAULT_RATELIMIT_INTERVAL);
}

/* The first violation stops the machine; whoever comes second has no say. */
static void panic_with(const struct line *line)
{
	char buf[512];

	line_format(buf, sizeof(buf), line);
	panic(KBUILD_MODNAME ": %s", buf);
}

static void report_one(struct line *line, enum guard_site_id site,
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
	line_queue(line);
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
	struct line line;
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

/**
 * guard_report_init() - prepare the dmesg lines
 *
 * Context: process context, before any probe is installed.
 */
void guard_report_init(void)
{
	/* What is held back is told of by more_print(), not from a handler. */
	ratelimit_set_flags(&lines_rate, RATELIMIT_MSG_ON_RELEASE);
}

/**
 * guard_report_exit() - tell what is still untold
 *
 * Context: process context, may sleep; after guard_defer_exit(), so that nothing is
 * reported any more.
 */
void guard_report_exit(void)
{
	cancel_delayed_work_sync(&more_work);
	more_print(NULL);
}
