/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint uffdwp_guard:violation. It fires for every violation, also for
 * those whose dmesg line is held back by the rate limit.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM uffdwp_guard

#if !defined(UFFDWP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define UFFDWP_TRACE_H

#include <linux/tracepoint.h>

/* The words for GUARD_ENTRY_* bits, in the order in which they are printed. */
#define GUARD_ENTRY_WORDS				\
	{ GUARD_ENTRY_PRESENT,		"present" },	\
	{ GUARD_ENTRY_MIGRATION,	"migration" },	\
	{ GUARD_ENTRY_WRITE,		"write" },	\
	{ GUARD_ENTRY_DIRTY,		"dirty" },	\
	{ GUARD_ENTRY_YOUNG,		"young" },	\
	{ GUARD_ENTRY_UFFD,		"uffd" },	\
	{ GUARD_ENTRY_DEVICE,		"device" },	\
	{ GUARD_ENTRY_NONE,		"none" }

TRACE_EVENT(violation,
	TP_PROTO(const char *site, const char *hook, const char *level,
		 const char *kind, const struct guard_violation *v,
		 const struct guard_task *process,
		 const struct guard_task *thread),
	TP_ARGS(site, hook, level, kind, v, process, thread),
	/*
	 * Short words are arrays: they are keys of a histogram together, and bpftrace 0.23
	 * looks for strings of variable length in the wrong place.
	 */
	TP_STRUCT__entry(
		__array(char, site, 32)
		__string(hook, hook)
		__array(char, level, 8)
		__array(char, kind, 16)
		__field(unsigned long, addr)
		__field(u8, before)
		__field(u8, after)
		__field(bool, repaired)
		__field(pid_t, tgid)
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
	),
	TP_fast_assign(
		strscpy_pad(__entry->site, site, sizeof(__entry->site));
		guard_assign_str(hook, hook);
		strscpy_pad(__entry->level, level, sizeof(__entry->level));
		strscpy_pad(__entry->kind, kind, sizeof(__entry->kind));
		__entry->addr = v->addr;
		__entry->before = v->before;
		__entry->after = v->after;
		__entry->repaired = v->repaired;
		__entry->tgid = process->tgid;
		__entry->pid = thread->pid;
		memcpy(__entry->comm, process->comm, TASK_COMM_LEN);
	),
	/* No quotes: perf and trace-cmd would take the first for the end of the format. */
	TP_printk("site=%s hook=%s level=%s kind=%s addr=0x%lx before=%s after=%s process=%s/%d thread=%d repaired=%s",
		  __entry->site, __get_str(hook), __entry->level,
		  __entry->kind, __entry->addr,
		  __print_flags(__entry->before, "|", GUARD_ENTRY_WORDS),
		  __print_flags(__entry->after, "|", GUARD_ENTRY_WORDS),
		  __entry->comm, __entry->tgid, __entry->pid,
		  __entry->repaired ? "yes" : "no")
);

#endif /* UFFDWP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE uffdwp_trace
#include <trace/define_trace.h>
