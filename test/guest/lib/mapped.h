/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says of how a region is mapped. */
#ifndef GUEST_MAPPED_H
#define GUEST_MAPPED_H

#include <linux/types.h>

#include "region.h"

/* Each dies with a line that says what is mapped otherwise. */
void must_be_mapped_by_pmds(const struct region *region);
void must_be_mapped_in_large_folios(const struct region *region);

/* Pages of the region with a flag of <linux/kernel-page-flags.h>. */
size_t pages_flagged(const struct region *region, int flag);

/* The page frame that page i is in; 0 while none is mapped, as on its way to another. */
__u64 page_frame(const struct region *region, size_t i);

/* Pages whose entries have the mark, as pagemap tells it: on 5.10 it never does. */
size_t pages_marked(const struct region *region);

/* Pages that are mapped, whatever for. */
size_t pages_mapped(const struct region *region);

/* Pages whose entries say where they are swapped out to, as those of private memory do. */
size_t pages_swapped(const struct region *region);

/* Pages that were written to, or moved, since clear_refs was last told to forget it. */
size_t pages_soft_dirty(const struct region *region);

#endif
