// SPDX-License-Identifier: GPL-2.0
/*
 * What follows when a probe was hit: the entries are looked at before or after their
 * path, at once or later.
 */
#include "marks.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/**
 * guard_span_ready() - look at a span whose path is done
 * @span: the span; @span->vma is kept by the path until this returns
 *
 * Looks at once at as much as is bounded and leaves the rest to process context.
 *
 * Context: a probe handler. Preemption is off, interrupts may be.
 */
void guard_span_ready(const struct guard_span *span)
{
	unsigned long done = span->start;

	/*
	 * On PREEMPT_RT the page-table lock may sleep: even to look is left to
	 * process context.
	 */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		done = guard_inspect(span);
	if (done < span->end) {
		/* Later others may have been at the marks. */
		if (span->note)
			span->note->uncompared = true;
		guard_defer(span, done, span->end);
	}
	guard_marks_done(span);
}

/**
 * guard_look_now() - look at a span before its path changes it
 * @span: the span; @span->vma is kept by the path until this returns
 * @only_marks: nothing is to be judged
 *
 * Looks at migration entries, which the path is about to take away, and, if @span->note
 * is set, for marks, to know them afterwards. What cannot be seen now is gone after: it
 * is counted missed, or not compared, and not deferred. So is, in mode=fix, what cannot
 * be closed because the page-table lock is not to be had.
 *
 * Context: a probe handler. Preemption is off, interrupts may be.
 */
void guard_look_now(struct guard_span *span, bool only_marks)
{
	unsigned long done;

	span->entering = true;
	span->noting = only_marks;
	done = guard_inspect(span);
	span->entering = false;
	span->noting = false;
	if (done >= span->end)
		return;
	if (span->note)
		span->note->uncompared = true;
	if (!only_marks)
		guard_count(span->site, GUARD_MISSED, 1);
}
