// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "swap.h"

#include <sys/mman.h>

#include "mapped.h"
#include "util.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SECONDS 20

/* Of pages that another CPU has just touched, the first calls may know nothing. */
void swap_out_region(const struct region *region)
{
	double end = now() + SECONDS;

	while (pages_swapped(region) < region->pages) {
		if (now() > end)
			die("%zu of %zu pages are swapped out", pages_swapped(region),
			    region->pages);
		if (madvise(region->base, region_len(region), MADV_PAGEOUT))
			die_errno("MADV_PAGEOUT");
	}
}
