/* SPDX-License-Identifier: GPL-2.0 */
/* NUMA balancing: switching it, and having every page take a hinting fault. */
#ifndef GUEST_BALANCING_H
#define GUEST_BALANCING_H

#include <stdbool.h>

#include "region.h"

/* Has this kernel NUMA balancing at all? */
bool balancing_there(void);

/*
 * On, and as fast as it goes; or off. The settings found are put back when the
 * process exits, however it comes to that, but for a signal.
 */
void balancing_on(void);
void balancing_off(void);

struct hinting {
	int threads;	/* readers, spread over the nodes */
	int nodes;	/* over so many, from node 0 on */
	int faults;	/* hinting faults that every block must take */
	int seconds;	/* give up after */
};

/*
 * Read all pages from several threads until each block of the kind of memory (one
 * page, unless a fault restores more) took its hinting faults, then switch off and
 * leave no hinting entry behind. The region must be bound for balancing and
 * everything else not be subject to it: then a minor fault of a reader on a page that
 * was mapped is a hinting fault on this page, which is the evidence. Dies when the time
 * is over.
 */
void take_hinting_faults(const struct region *region, const struct hinting *how);

#endif
