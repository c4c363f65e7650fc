/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A walk over the entries of a span: inspect.c finds them and takes their locks,
 * judge.c looks at them.
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
 * @may_wait: locks of page tables are waited for
 * @locked: the entry looked at is under its lock
 * @repair: what caches have to forget
 * @checked: entries looked at and not yet counted
 * @nr: violations found and not yet told
 * @found: these
 */
struct guard_walk {
	const struct guard_span *span;
	bool rwp;
	bool fix;
	bool may_close;
	bool may_wait;
	bool locked;
	struct guard_repair repair;
	unsigned long checked;
	unsigned int nr;
	struct guard_violation found[GUARD_WALK_BATCH];
};

/* Is this level judged for the span's site? */
static inline bool guard_walk_wants(const struct guard_walk *walk,
				    enum guard_level level)
{
	return guard_sites[walk->span->site].levels & BIT(level);
}

/* judge.c */
void guard_walk_pte(struct guard_walk *walk, unsigned long addr, pte_t *ptep,
		    enum guard_level level, unsigned int shift);
void guard_walk_table(struct guard_walk *walk, pmd_t *pmd, unsigned long *addr,
		      unsigned long end);
void guard_walk_huge_pmd(struct guard_walk *walk, pmd_t *pmdp, pmd_t pmd,
			 unsigned long addr);

#endif /* UFFDWP_WALK_H */
