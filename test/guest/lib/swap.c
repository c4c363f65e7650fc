// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "swap.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cpus.h"
#include "mapped.h"
#include "util.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SECONDS 20

static void page_out(const struct region *region)
{
	if (madvise(region->base, region_len(region), MADV_PAGEOUT))
		die_errno("MADV_PAGEOUT");
}

/*
 * What a CPU has just touched is on a list of its own for a while, however long, and the call
 * takes only that of the CPU that it runs on into account.
 */
static void page_out_from_each_cpu(const struct region *region)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t before;

	cpus_allowed(&before);
	for (cpu = 0; cpu < cpus; cpu++) {
		run_on_cpu(cpu);
		page_out(region);
	}
	run_on_cpus(&before);
}

void swap_out_region(const struct region *region)
{
	double end = now() + SECONDS;

	page_out(region);
	while (pages_mapped(region)) {
		if (now() > end)
			die("%zu of %zu pages cannot be swapped out", pages_mapped(region),
			    region->pages);
		page_out_from_each_cpu(region);
	}
}
