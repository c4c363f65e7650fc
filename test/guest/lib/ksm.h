/* SPDX-License-Identifier: GPL-2.0 */
/* Merging of equal pages by KSM. */
#ifndef GUEST_KSM_H
#define GUEST_KSM_H

#include <stdbool.h>

#include "region.h"

/* Offer the region, before it is registered. Dies where the kernel has no KSM. */
void ksm_offer(const struct region *region);

/*
 * Have ksmd run until every page of the region, all of equal contents, is a merged one; or,
 * with @zero, the zero page, which all of them must equal. Dies when it takes a minute.
 */
void ksm_merge(const struct region *region, bool zero);

#endif
