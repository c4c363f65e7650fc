/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who asks for marks to be set or taken off: asks.c.
 */
#ifndef UFFDWP_ASKS_H
#define UFFDWP_ASKS_H

#include "uffdwp_guard.h"

void guard_ask_begins(const struct mm_struct *mm, enum guard_ask ask);
void guard_ask_ends(const struct mm_struct *mm, enum guard_ask ask);
void guard_asks_note(const struct mm_struct *mm, enum guard_ask ask,
		     struct guard_asks *since);
bool guard_nobody_asked(const struct mm_struct *mm, enum guard_ask ask,
			const struct guard_asks *since);

#endif /* UFFDWP_ASKS_H */
