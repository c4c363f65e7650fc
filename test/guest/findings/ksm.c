// SPDX-License-Identifier: GPL-2.0
/* KSM merges what is protected. */
#define _GNU_SOURCE
#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/ksm.h"

static void merge(struct region *region, bool zero)
{
	struct tracker t;
	size_t i;

	for (i = 0; i < region->pages; i++)
		region_write(region, i, !zero);
	ksm_offer(region);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	ksm_merge(region, zero);
	region_print(region);
	write_all(&t);
}

void ksm_run(struct region *region)
{
	merge(region, false);
}

void ksm_zero_run(struct region *region)
{
	merge(region, true);
}
