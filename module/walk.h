/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A walk over the entries of a span: inspect.c goes along it, part.c takes the locks,
 * judge.c looks at them, and group.c at many at once.
 */
#ifndef UFFDWP_WALK_H
#define UFFDWP_WALK_H

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

/* Violations found under one hold of a lock, told after it is dropped. */
#define GUARD_WALK_BATCH	16

/**
 * struct guard_walk - a walk that is under way
 * @span: over these entries
 * @rwp: marks are against reads, too
 * @fix: what is broken is to be closed
 * @may_close: and may be
 * @glance: entries are read without their lock, up to the first that is broken or empty
 * @locked: the entry looked at is under its lock
 * @repair: what caches have to forget
 * @checked: entries looked at and not yet counted
 * @nr: violations found and not yet told
 * @told: those told that can be left to process context
 * @found: these, unless it is a glance; has room for GUARD_WALK_BATCH
 */
struct guard_walk {
	const struct guard_span *span;
	bool rwp;
	bool fix;
	bool may_close;
	bool glance;
	bool locked;
	struct guard_repair repair;
	unsigned long checked;
	unsigned int nr;
	unsigned int told;
	struct guard_violation *found;
};

/* Is this level judged for the span's site? */
static inline bool guard_walk_wants(const struct guard_walk *walk,
				    enum guard_level level)
{
	return guard_sites[walk->span->site].levels & BIT(level);
}

enum guard_step {
	GUARD_STEP_ON,		/* go on from the address reached */
	GUARD_STEP_AGAIN,	/* the table changed before it was locked, or under a glance */
	GUARD_STEP_BUSY,	/* the lock is held and must not be waited for */
};

/* part.c */
enum guard_step guard_walk_part(struct guard_walk *walk, unsigned long *addr,
				unsigned long end);

/* judge.c */
bool guard_walk_pte(struct guard_walk *walk, unsigned long addr, pte_t *ptep,
		    enum guard_level level, unsigned int shift);
void guard_walk_table(struct guard_walk *walk, pmd_t *pmd, unsigned long *addr,
		      unsigned long end);
bool guard_walk_huge_pmd(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			 unsigned long addr);

/* group.c */
#define GUARD_GROUP		64	/* entries that may be judged as one */
#define GUARD_GROUP_SIZE	(GUARD_GROUP * PAGE_SIZE)

unsigned long guard_walk_groups(struct guard_walk *walk, unsigned long addr,
				const pte_t *ptep, unsigned long end);
bool guard_walk_plain(struct guard_walk *walk, unsigned long addr,
		      const pte_t *ptep);

#endif /* UFFDWP_WALK_H */
