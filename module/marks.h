/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks before and after a path: marks.c, and trust.c for when they can be compared.
 */
#ifndef UFFDWP_MARKS_H
#define UFFDWP_MARKS_H

#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

/* trust.c */
extern bool guard_marks_possible;

void guard_marks_start(void);
void guard_marks_armed(void);
void guard_marks_stop(void);
bool guard_marks_compared(void);

/* marks.c */
bool guard_marks_entered(const struct guard_carrier *carrier,
			 struct pt_regs *regs, struct guard_span *span,
			 struct guard_note *note);
void guard_marks_returned(const struct guard_carrier *carrier,
			  unsigned long retval, struct guard_span *span,
			  struct guard_note *note);
void guard_marks_left(const struct guard_carrier *carrier,
		      unsigned long retval, struct guard_span *span,
		      struct guard_note *note);
void guard_mark_note(struct guard_note *note, unsigned long addr,
		     unsigned long nr);
void guard_marks_note_group(struct guard_note *note, unsigned long addr,
			    u64 marks);
bool guard_marks_missing(const struct guard_note *note, unsigned long addr,
			 unsigned int nr, u64 marks);
bool guard_mark_lost(const struct guard_span *span, unsigned long addr,
		     unsigned long pfn);

/* Of the note of one call, with room for the marks of so many page tables. */
static inline size_t guard_note_size(unsigned int tables)
{
	return sizeof(struct guard_note) +
	       BITS_TO_LONGS(tables * PTRS_PER_PTE) * sizeof(long);
}

/**
 * guard_marks_done() - all was compared that could be
 * @span: the span
 *
 * Context: a probe handler, after the entries were looked at.
 */
static inline void guard_marks_done(const struct guard_span *span)
{
	if (span->note && unlikely(span->note->uncompared))
		guard_count(span->site, GUARD_UNCOMPARED, 1);
}

#endif /* UFFDWP_MARKS_H */
