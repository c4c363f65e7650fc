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
#include <linux/mm.h>

#include "arm.h"
#include "asks.h"

struct guard_ask_slot
guard_ask_slots[GUARD_NR_ASKS][1 << GUARD_ASK_SLOT_BITS];

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
	const struct guard_ask_slot *slot = guard_ask_slot_of(mm, ask);

	return since->begun == since->ended &&
	       since->untold == guard_asks_untold() &&
	       since->live == guard_live() &&
	       atomic_long_read(&slot->begun) == since->begun;
}
