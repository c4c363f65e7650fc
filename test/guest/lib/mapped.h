/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says of how a region is mapped. */
#ifndef GUEST_MAPPED_H
#define GUEST_MAPPED_H

#include "region.h"

/* Each dies with a line that says what is mapped otherwise. */
void must_be_mapped_by_pmds(const struct region *region);
void must_be_mapped_in_large_folios(const struct region *region);

#endif
