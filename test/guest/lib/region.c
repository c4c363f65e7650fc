// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "region.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nodes.h"
#include "util.h"

void region_map(struct region *region, const struct memory_kind *kind,
		size_t pages, int prot)
{
	no_balancing_by_default();
	region->kind = kind;
	region->pages = pages;
	kind->map(region, prot);
}

void region_unmap(struct region *region)
{
	munmap(region->base, region_len(region));
	if (region->memfd >= 0)
		close(region->memfd);
}

void region_check(const struct region *region)
{
	if (region->kind->check)
		region->kind->check(region);
}

void region_mprotect(const struct region *region, int prot)
{
	if (mprotect(region->base, region_len(region), prot))
		die_errno("mprotect");
}

void region_touch(const struct region *region, size_t first, size_t count)
{
	size_t i;

	for (i = first; i < first + count; i++)
		region_write(region, i, 1);
}

void region_print(const struct region *region)
{
	printf("pid %d\nstart %p\nend %p\n", getpid(), region->base,
	       region->base + region_len(region));
	fflush(stdout);
}
