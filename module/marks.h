/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks before and after a path: marks.c, and trust.c for when they can be compared.
 */
#ifndef UFFDWP_MARKS_H
#define UFFDWP_MARKS_H

#include <linux/bitops.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>

#include "arm.h"
#include "asks.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/* trust.c */
extern bool guard_marks_possible;
extern unsigned long guard_marks_trusted;

void guard_marks_start(void);
void guard_marks_armed(void);
void guard_marks_stop(void);

/* marks.c */
void guard_marks_left(const struct guard_carrier *carrier,
		      unsigned long retval, struct guard_span *span,
		      struct guard_note *note);
void guard_marks_clear(struct guard_note *note, unsigned long start,
		       unsigned long end);
void guard_mark_note(struct guard_note *note, unsigned long addr,
		     unsigned long nr);
bool guard_mark_lost(const struct guard_span *span, unsigned long addr,
		     unsigned long pfn);

/**
 * guard_marks_compared() - are marks compared?
 *
 * Context: any.
 *
 * Return: true if so, now.
 */
static inline bool guard_marks_compared(void)
{
	unsigned long live = guard_live();

	return live && READ_ONCE(guard_marks_trusted) == live;
}

/**
 * guard_marks_entered() - a path that could lose marks is entered
 * @carrier: its carrier; @carrier->marks is set
 * @regs: its arguments
 * @span: its span, complete
 * @note: the note of this call, of struct guard_call
 *
 * Context: a probe handler.
 *
 * Return: true if the entries have to be looked at for marks now: @span->note is set then.
 * It is, too, where the path has said what there is to note.
 */
static __always_inline bool
guard_marks_entered(const struct guard_carrier *carrier, struct pt_regs *regs,
		    struct guard_span *span, struct guard_note *note)
{
	note->uncompared = false;
	note->in_line = false;
	note->fault = NULL;
	note->first_pfn = 0;
	note->nr_pfns = ULONG_MAX;
	note->ask = carrier->marks(regs, note);
	if (note->ask < GUARD_NR_ASKS)
		guard_ask_begins(span->mm, note->ask);
	if (note->ask != GUARD_ASK_TO_KEEP)
		return false;
	if (unlikely(!guard_marks_compared())) {
		if (guard_marks_possible)
			guard_count(span->site, GUARD_UNCOMPARED, 1);
		return false;
	}

	note->shift = PAGE_SHIFT;
	note->base = span->start & PMD_MASK;
	if (guard_vma_hugetlb(span->vma)) {
		note->shift = huge_page_shift(hstate_vma(span->vma));
		note->base = span->start & ~((1UL << note->shift) - 1);
	}
	note->nr = carrier->tables * PTRS_PER_PTE;
	/* The first table may have become one huge page, which stands at its first entry. */
	WRITE_ONCE(note->marked[0], 0);
	WRITE_ONCE(note->marked[BIT_WORD((span->start - note->base) >>
					 note->shift)], 0);
	if (span->end - span->start != PAGE_SIZE)
		guard_marks_clear(note, span->start, span->end);
	guard_asks_note(span->mm, GUARD_ASK_RESOLVE, &note->since);
	span->note = note;
	if (!carrier->note)
		return true;
	carrier->note(span, note);
	return false;
}

/**
 * guard_marks_returned() - that path returns
 * @carrier: its carrier
 * @retval: what it returns
 * @span: its span
 * @note: the note of this call
 *
 * Context: a probe handler, before the entries are looked at.
 */
static __always_inline void
guard_marks_returned(const struct guard_carrier *carrier, unsigned long retval,
		     struct guard_span *span, struct guard_note *note)
{
	if (note->ask < GUARD_NR_ASKS)
		guard_ask_ends(span->mm, note->ask);
	if (span->note && carrier->changed && !carrier->changed(retval, note))
		span->note = NULL;
}

/**
 * guard_marks_note_group() - note the marks of base pages that are next to each other
 * @note: where to note it
 * @addr: the address of the first
 * @marks: a bit for each that carries the mark; those beyond the last page of as many,
 *	and aligned to that, as a long has bits are 0
 *
 * Context: any.
 */
static inline void guard_marks_note_group(struct guard_note *note,
					  unsigned long addr, u64 marks)
{
	unsigned long at = (addr - note->base) >> PAGE_SHIFT;

	if (at < note->nr)
		note->marked[BIT_WORD(at)] |= marks << (at % BITS_PER_LONG);
	else if (marks)
		note->uncompared = true;
}

/**
 * guard_marks_missing() - does a base page of a group lack the mark that it had?
 * @note: where that is noted
 * @addr: the address of the first
 * @nr: how many they are
 * @marks: as guard_marks_note_group()
 *
 * Context: any.
 *
 * Return: true if so; guard_mark_lost() tells of which and whether that counts.
 */
static inline bool guard_marks_missing(const struct guard_note *note,
				       unsigned long addr, unsigned int nr,
				       u64 marks)
{
	unsigned long at = (addr - note->base) >> PAGE_SHIFT;
	u64 marked;

	if (at >= note->nr)
		return false;
	marked = note->marked[BIT_WORD(at)] >> (at % BITS_PER_LONG);
	return marked & GENMASK_ULL(nr - 1, 0) & ~marks;
}

/**
 * struct guard_call - what an instance of a return probe keeps from entry to return
 * @span: where the path runs
 * @note: only where marks are compared
 */
struct guard_call {
	struct guard_span span;
	struct guard_note note;
};

/**
 * guard_call_size() - how large that is
 * @carrier: the carrier, which says how many page tables' marks there has to be room for
 *
 * Return: in bytes.
 */
static inline size_t guard_call_size(const struct guard_carrier *carrier)
{
	return carrier->marks ?
	       sizeof(struct guard_call) +
	       BITS_TO_LONGS(carrier->tables * PTRS_PER_PTE) * sizeof(long) :
	       sizeof(struct guard_span);
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
