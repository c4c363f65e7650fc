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

/*
 * All are present or empty, and none is open that has the mark. Adds to what is known. Apart,
 * for what is alike needs none of it.
 */
static noinline bool group_mixed(const pte_t *ptep, unsigned int nr,
				 struct group *group)
{
	unsigned int i;

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

/* Of all of them the same is true: they are present, and no one is open that is marked. */
static __always_inline bool group_alike(u64 all, u64 any)
{
	if (unlikely(!(all & _PAGE_PRESENT)))
		return false;
	return all & GUARD_PTE_MARK ? !(any & GUARD_PTE_WRITE) :
				      !(any & GUARD_PTE_MARK);
}

/* False if something may be in it that is broken, or is not understood. */
static __always_inline bool walk_group(struct guard_walk *walk,
				       struct guard_note *note,
				       unsigned long addr, const pte_t *ptep,
				       unsigned int nr)
{
	u64 all, any, marks = 0;
	unsigned int there = nr;

	group_sum(ptep, nr, &all, &any);
	if (likely(group_alike(all, any))) {
		if (all & GUARD_PTE_MARK)
			marks = GENMASK_ULL(nr - 1, 0);
	} else {
		struct group group = { 0 };

		if (any && !group_mixed(ptep, nr, &group))
			return false;
		/* Who has the lock may have taken one out, to put it back changed. */
		if (walk->glance && group.nr < nr)
			return false;
		marks = group.marks;
		there = group.nr;
	}

	if (walk->span->entering) {
		if (note)
			guard_marks_note_group(note, addr, marks);
		return true;
	}
	if (note && guard_marks_missing(note, addr, nr, marks))
		return false;
	walk->checked += there;
	return true;
}

/**
 * guard_walk_groups() - judge entries group by group, as long as all of them keep the promise
 * @walk: the walk
 * @addr: the address of the first
 * @ptep: the first
 * @end: behind the last, which is in the same table
 *
 * One alone is no group.
 *
 * Context: as guard_walk_pte().
 *
 * Return: the address reached. What is before it was counted; of the group there it is to
 * be found out one by one.
 */
unsigned long guard_walk_groups(struct guard_walk *walk, unsigned long addr,
				const pte_t *ptep, unsigned long end)
{
	struct guard_note *note = walk->span->note;

	/* Marks are against reads, too: a present entry is open. */
	if (walk->rwp)
		return addr;
	while (addr < end) {
		unsigned long apart = min(end, ALIGN(addr + 1, GUARD_GROUP_SIZE));
		unsigned int nr = (apart - addr) / PAGE_SIZE;

		/* Whole ones, which are nearly all, with what the compiler makes of a constant. */
		if (nr == GUARD_GROUP ?
		    !walk_group(walk, note, addr, ptep, GUARD_GROUP) :
		    nr < 2 || !walk_group(walk, note, addr, ptep, nr))
			break;
		addr = apart;
		ptep += nr;
	}
	return addr;
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
