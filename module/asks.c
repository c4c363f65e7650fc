// SPDX-License-Identifier: GPL-2.0
/*
 * Who asks for marks to be set or taken off, and whether anybody did meanwhile.
 *
 * All that userfaultfd does to the marks of mapped pages at a process's wish, it does in
 * change_protection(), or in the functions that this calls for tables and huge entries:
 * UFFDIO_WRITEPROTECT both ways, and unregistering and closing, which take marks off while
 * the VMA is still registered. The sites of those functions tell of it here, at entry
 * before an entry is touched, at return when none will be any more.
 *
 * A wish is kept by address space, or rather by its hash: who shares a slot makes others
 * doubt, never believe.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/mm.h>

#include "arm.h"
#include "asks.h"
#include "uffdwp_site.h"

#define SLOT_BITS	8

struct slot {
	atomic_long_t begun;
	atomic_long_t ended;
};

static struct slot slots[GUARD_NR_ASKS][1 << SLOT_BITS];

static struct slot *slot_of(const struct mm_struct *mm, enum guard_ask ask)
{
	return &slots[ask][hash_ptr(mm, SLOT_BITS)];
}

static unsigned long missed(const struct kretprobe *rp)
{
	return rp->nmissed + rp->kp.nmissed;
}

/*
 * A call that its probe did not tell of may have been one. These are all return probes: a
 * pair, which only hinting faults have, is not asked for what it missed.
 */
static unsigned long untold(void)
{
	return missed(&guard_sites[GUARD_CHANGE_PTE_RANGE].rp) +
	       missed(&guard_sites[GUARD_CHANGE_HUGE_PMD].rp) +
	       missed(&guard_sites[GUARD_HUGETLB_CHANGE_PROTECTION].rp);
}

/**
 * guard_ask_begins() - a call begins that does to marks what was asked for
 * @mm: the address space
 * @ask: what
 *
 * Context: any; before the call takes the lock of an entry.
 */
void guard_ask_begins(const struct mm_struct *mm, enum guard_ask ask)
{
	atomic_long_inc(&slot_of(mm, ask)->begun);
}

/**
 * guard_ask_ends() - it is done
 * @mm: the address space
 * @ask: what
 *
 * Context: any.
 */
void guard_ask_ends(const struct mm_struct *mm, enum guard_ask ask)
{
	atomic_long_inc(&slot_of(mm, ask)->ended);
}

/**
 * guard_asks_note() - begin to watch for somebody who asks
 * @mm: the address space
 * @ask: what for
 * @since: to be given to guard_nobody_asked()
 *
 * Context: any; before the entries are read.
 */
void guard_asks_note(const struct mm_struct *mm, enum guard_ask ask,
		     struct guard_asks *since)
{
	struct slot *slot = slot_of(mm, ask);

	since->ended = atomic_long_read(&slot->ended);
	/* Who ends now has begun for certain. */
	smp_rmb();
	since->begun = atomic_long_read(&slot->begun);
	since->untold = untold();
	since->live = guard_live();
	/* Entries that are read from here on show what was done before. */
	smp_rmb();
}

/**
 * guard_nobody_asked() - has nobody asked since, and was nobody at it then?
 * @mm: the address space
 * @ask: what for
 * @since: from guard_asks_note()
 *
 * Who asks says so before the entry's lock is taken to do it. So under that lock the
 * answer holds for all that was done to the entry, and who asks later finds what we
 * leave there.
 *
 * Context: the lock of the entry in question is held.
 *
 * Return: true if so for certain.
 */
bool guard_nobody_asked(const struct mm_struct *mm, enum guard_ask ask,
			const struct guard_asks *since)
{
	return since->begun == since->ended && since->untold == untold() &&
	       since->live == guard_live() &&
	       atomic_long_read(&slot_of(mm, ask)->begun) == since->begun;
}
