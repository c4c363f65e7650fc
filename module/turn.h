/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits for mmap_lock that end (turn.c).
 */
#ifndef UFFDWP_TURN_H
#define UFFDWP_TURN_H

#include <linux/mm.h>

/**
 * struct guard_turn - how long somebody may yet wait for the mmap_lock of an address space
 * @left: in jiffies
 * @wanted: is he to go on? Asked again and again while he waits
 * @spans: how many spans wait together, to be counted missed if he does not get it
 */
struct guard_turn {
	unsigned long left;
	bool (*wanted)(void);
	unsigned int spans;
};

void guard_turn_begin(struct guard_turn *turn, bool (*wanted)(void));
void guard_turn_for_ever(struct guard_turn *turn);
bool guard_turn_lock(struct guard_turn *turn, struct mm_struct *mm);

#endif /* UFFDWP_TURN_H */
