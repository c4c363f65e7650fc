/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who asks for marks to be set or taken off: asks.c. What each call of a watched path
 * does is inline.
 */
#ifndef UFFDWP_ASKS_H
#define UFFDWP_ASKS_H

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/mm.h>

#include "arm.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"

#define GUARD_ASK_SLOT_BITS	8

/* Of the address spaces with the same hash: calls that have begun, and ended. */
struct guard_ask_slot {
	atomic_long_t begun;
	atomic_long_t ended;
};

extern struct guard_ask_slot
guard_ask_slots[GUARD_NR_ASKS][1 << GUARD_ASK_SLOT_BITS];

static inline struct guard_ask_slot *
guard_ask_slot_of(const struct mm_struct *mm, enum guard_ask ask)
{
	return &guard_ask_slots[ask][hash_ptr(mm, GUARD_ASK_SLOT_BITS)];
}

/*
 * A call that its probe did not tell of may have been one. These are all return probes: a
 * pair, which only hinting faults have, is not asked for what it missed.
 */
static inline unsigned long guard_asks_untold(void)
{
	const struct guard_site *sites = guard_sites;

	return guard_return_probe_missed(&sites[GUARD_CHANGE_PTE_RANGE]) +
	       guard_return_probe_missed(&sites[GUARD_CHANGE_HUGE_PMD]) +
	       guard_return_probe_missed(&sites[GUARD_HUGETLB_CHANGE_PROTECTION]);
}

/**
 * guard_ask_begins() - a call begins that does to marks what was asked for
 * @mm: the address space
 * @ask: what
 *
 * Context: any; before the call takes the lock of an entry.
 */
static inline void guard_ask_begins(const struct mm_struct *mm,
				    enum guard_ask ask)
{
	atomic_long_inc(&guard_ask_slot_of(mm, ask)->begun);
}

/**
 * guard_ask_ends() - it is done
 * @mm: the address space
 * @ask: what
 *
 * Context: any.
 */
static inline void guard_ask_ends(const struct mm_struct *mm,
				  enum guard_ask ask)
{
	atomic_long_inc(&guard_ask_slot_of(mm, ask)->ended);
}

/**
 * guard_asks_note() - begin to watch for somebody who asks
 * @mm: the address space
 * @ask: what for
 * @since: to be given to guard_nobody_asked()
 *
 * Context: any; before the entries are read.
 */
static inline void guard_asks_note(const struct mm_struct *mm,
				   enum guard_ask ask, struct guard_asks *since)
{
	struct guard_ask_slot *slot = guard_ask_slot_of(mm, ask);

	since->ended = atomic_long_read(&slot->ended);
	/* Who ends now has begun for certain. */
	smp_rmb();
	since->begun = atomic_long_read(&slot->begun);
	since->untold = guard_asks_untold();
	since->live = guard_live();
	/* Entries that are read from here on show what was done before. */
	smp_rmb();
}

bool guard_nobody_asked(const struct mm_struct *mm, enum guard_ask ask,
			const struct guard_asks *since);

#endif /* UFFDWP_ASKS_H */
