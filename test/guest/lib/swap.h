/* SPDX-License-Identifier: GPL-2.0 */
/* What is swapped out. */
#ifndef GUEST_SWAP_H
#define GUEST_SWAP_H

#include "region.h"

/* Swap out every page of the region, or die: there must be a device to swap to. */
void swap_out_region(const struct region *region);

#endif
