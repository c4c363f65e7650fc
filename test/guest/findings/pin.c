// SPDX-License-Identifier: GPL-2.0
/* Pages that a device reads by itself. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>

#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/util.h"

/* For long and for reading, as for a device: by the module that the case loads for it. */
static void pin_all(const struct region *region)
{
	static const char module[] = "/sys/module/pin/parameters/range";
	uintptr_t start = (uintptr_t)region->base;
	char range[64];

	snprintf(range, sizeof(range), "%#lx %#lx", start, start + region_len(region));
	if (!write_text(module, range))
		die_errno("cannot pin with %s", module);
}

/* Nothing has been written yet: it is the huge zero page everywhere. */
void huge_zero_pin_run(struct region *region)
{
	struct tracker t;
	size_t i;

	for (i = 0; i < region->pages; i++)
		region_read(region, i);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	pin_all(region);
	region_print(region);
	write_all(&t);
}
