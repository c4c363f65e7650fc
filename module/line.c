// SPDX-License-Identifier: GPL-2.0
/*
 * The line of a violation. It is composed where the violation is found but printed by the
 * worker: consoles are slow, and preemption is off in a handler. Its form is an interface
 * (docs/uffdwp_guard.rst).
 */
#include <linux/kernel.h>
#include <linux/kfifo.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>

#include "line.h"
#include "uffdwp_guard.h"
#include "uffdwp_invariant.h"
#include "uffdwp_stats.h"
#include "uffdwp_trace.h"

/* More than the rate limit lets through in a burst: full means "held back". */
static DEFINE_KFIFO(lines, struct guard_line, 32);
/* Raw: handlers take it, and on PREEMPT_RT they must not sleep. */
static DEFINE_RAW_SPINLOCK(lines_lock);
static atomic_long_t lines_held_back = ATOMIC_LONG_INIT(0);
static DEFINE_RATELIMIT_STATE(lines_rate, DEFAULT_RATELIMIT_INTERVAL,
			      DEFAULT_RATELIMIT_BURST);

static void lines_print(struct work_struct *work);
static DECLARE_WORK(lines_work, lines_print);
static void more_print(struct work_struct *work);
static DECLARE_DELAYED_WORK(more_work, more_print);

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

/**
 * guard_line_format() - put the line of a violation into words
 * @buf: where to
 * @size: its room, in bytes
 * @line: the violation
 * @address: with its address
 *
 * Context: any.
 */
void guard_line_format(char *buf, size_t size, const struct guard_line *line,
		       bool address)
{
	char before[48], after[48], addr[24] = "restricted";

	if (address)
		snprintf(addr, sizeof(addr), "0x%lx", line->v.addr);
	snprintf(buf, size,
		 "violation site=%s hook=%s level=%s kind=%s addr=%s before=%s after=%s memory=%s:%s process=\"%s\"/%d thread=\"%s\"/%d repaired=%s",
		 line->site->name, line->site->hook,
		 guard_level_names[line->v.level],
		 guard_kind_names[line->v.kind], addr,
		 entry_words(before, sizeof(before), line->v.before),
		 entry_words(after, sizeof(after), line->v.after),
		 line->sharing, line->memory,
		 line->process.comm, line->process.tgid,
		 line->thread.comm, line->thread.pid, line->v.repaired ? "yes" : "no");
}

static bool line_put(const struct guard_line *line)
{
	unsigned long flags;
	bool put;

	raw_spin_lock_irqsave(&lines_lock, flags);
	put = kfifo_put(&lines, *line);
	raw_spin_unlock_irqrestore(&lines_lock, flags);
	return put;
}

static bool line_get(struct guard_line *line)
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
	bool addresses = guard_addresses_shown();
	struct guard_line line;
	char buf[512];

	while (line_get(&line)) {
		guard_line_format(buf, sizeof(buf), &line, addresses);
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
static bool line_passes(const struct guard_line *line)
{
	if (line->stack)
		return true;
	return !atomic_long_read(&lines_held_back) && __ratelimit(&lines_rate);
}

/**
 * guard_line_queue() - have the line of a violation printed, if there is room in the log
 * @line: the violation
 *
 * Those held back are told of by their number when the interval is over. One with a
 * stack is not: there is one a site.
 *
 * Context: any; interrupts may be off.
 */
void guard_line_queue(const struct guard_line *line)
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

/**
 * guard_lines_init() - prepare the dmesg lines
 *
 * Context: process context, before any probe is installed.
 */
void guard_lines_init(void)
{
	/* What is held back is told of by more_print(), not from a handler. */
	ratelimit_set_flags(&lines_rate, RATELIMIT_MSG_ON_RELEASE);
}

/**
 * guard_lines_exit() - tell what is still untold
 *
 * Context: process context, may sleep; after guard_queue_exit(), so that nothing is
 * reported any more.
 */
void guard_lines_exit(void)
{
	cancel_delayed_work_sync(&more_work);
	more_print(NULL);
}
