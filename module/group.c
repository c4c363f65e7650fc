// SPDX-License-Identifier: GPL-2.0
/*
 * The short way. Nearly all entries that are looked at keep the promise, and those next to
 * each other are alike: a group is passed as a whole where nothing in it can be broken,
 * and so is a single present entry. All others are judged by judge.c.
 *
 * Every entry is read once for a verdict, in one piece.
 */
#include <linux/mm.h>

#include "marks.h"
#include "walk.h"

static_assert(GUARD_GROUP == BITS_PER_LONG);
static_assert(!(PTRS_PER_PTE % GUARD_GROUP));

/**
 * struct group - what is known of a group
 * @marks: a bit for each entry that carries the mark
 * @nr: how many entries are not empty
 */
struct group {
	u64 marks;
	unsigned int nr;
};

/* All are present or empty, and none is open that has the mark. */
static bool group_mixed(const pte_t *ptep, unsigned int nr,
			struct group *group)
{
	unsigned int i;

	*group = (struct group){ 0 };
	for (i = 0; i < nr; i++) {
		u64 bits = guard_pte_bits(&ptep[i]);

		if (!bits)
			continue;
		if (!(bits & _PAGE_PRESENT))
			return false;
		group->nr++;
		if (!(bits & GUARD_PTE_MARK))
			continue;
		if (bits & GUARD_PTE_WRITE)
			return false;
		group->marks |= BIT_ULL(i);
	}
	return true;
}

/* What all of them have, and what any of them has. */
static __always_inline void group_sum(const pte_t *ptep, unsigned int nr,
				      u64 *all_have, u64 *any_has)
{
	const pte_t *behind = ptep + nr;
	u64 all = ~0ULL, any = 0;
	unsigned int i;

	for (; ptep + 32 <= behind; ptep += 32) {
		/* A constant: it is unrolled. */
#pragma GCC unroll 32
		for (i = 0; i < 32; i++) {
			u64 bits = guard_pte_bits(&ptep[i]);

			all &= bits;
			any |= bits;
			/* In turn, or there are more of them than registers. */
			OPTIMIZER_HIDE_VAR(all);
			OPTIMIZER_HIDE_VAR(any);
		}
	}
	for (; ptep < behind; ptep++) {
		u64 bits = guard_pte_bits(ptep);

		all &= bits;
		any |= bits;
	}
	*all_have = all;
	*any_has = any;
}

/* Returns false if something may be in it that is broken, or is not understood. */
static bool group_read(const pte_t *ptep, unsigned int nr, struct group *group)
{
	u64 all, any;

	group_sum(ptep, nr, &all, &any);
	*group = (struct group){ .nr = any ? nr : 0 };
	if (!any)
		return true;
	if (!(all & _PAGE_PRESENT))
		return group_mixed(ptep, nr, group);
	if (!(any & GUARD_PTE_MARK))
		return true;
	if (!(all & GUARD_PTE_MARK) || any & GUARD_PTE_WRITE)
		return group_mixed(ptep, nr, group);
	group->marks = GENMASK_ULL(nr - 1, 0);
	return true;
}

/**
 * guard_walk_group() - judge entries of a group at once
 * @walk: the walk
 * @addr: the address of the first
 * @ptep: the first
 * @nr: how many, at least one; the last is in the first's group
 *
 * Context: as guard_walk_pte().
 *
 * Return: true if all of them keep the promise and that was counted; false if that is to
 * be found out one by one.
 */
bool guard_walk_group(struct guard_walk *walk, unsigned long addr,
		      const pte_t *ptep, unsigned int nr)
{
	const struct guard_span *span = walk->span;
	struct group group;

	/* Marks are against reads, too: a present entry is open. */
	if (walk->rwp || !group_read(ptep, nr, &group))
		return false;
	/* Who has the lock may have taken one out, to put it back changed. */
	if (walk->glance && group.nr < nr)
		return false;
	if (span->entering) {
		if (span->note)
			guard_marks_note_group(span->note, addr, group.marks);
		return true;
	}
	if (span->note && guard_marks_missing(span->note, addr, nr, group.marks))
		return false;
	walk->checked += group.nr;
	return true;
}

/**
 * guard_walk_plain() - judge a present entry
 * @walk: the walk
 * @addr: the address of the entry
 * @ptep: the entry
 *
 * Context: as guard_walk_pte().
 *
 * Return: true if it keeps the promise and has not lost its mark, and that was counted;
 * false if that is for guard_walk_pte() to find out.
 */
bool guard_walk_plain(struct guard_walk *walk, unsigned long addr,
		      const pte_t *ptep)
{
	const struct guard_span *span = walk->span;
	u64 bits = guard_pte_bits(ptep);
	bool marked = bits & GUARD_PTE_MARK;

	if (walk->rwp || !(bits & _PAGE_PRESENT) ||
	    (marked && bits & GUARD_PTE_WRITE))
		return false;
	if (span->entering) {
		if (marked && span->note)
			guard_mark_note(span->note, addr, 1);
		return true;
	}
	if (!marked && span->note)
		return false;
	walk->checked++;
	return true;
}
