// SPDX-License-Identifier: GPL-2.0
/* A move that fails. */
#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/halfway.h"

void mremap_fails_run(struct region *region)
{
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	mremap_halfway(region);
	region_print(region);
	write_all(&t);
}
