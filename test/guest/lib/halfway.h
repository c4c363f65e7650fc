/* SPDX-License-Identifier: GPL-2.0 */
/* An mremap() that gives up half way. */
#ifndef GUEST_HALFWAY_H
#define GUEST_HALFWAY_H

#include "region.h"

/*
 * It fails for want of a page table when half of the region's pages are at their new place:
 * these, and no others, were moved there and back. Or dies. Soft-dirty bits tell what has moved,
 * so all are cleared.
 */
void mremap_halfway(const struct region *region);

#endif
