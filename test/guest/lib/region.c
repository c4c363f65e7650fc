// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "region.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nodes.h"
#include "util.h"

/* The hole at each end, in bytes. */
#define HOLE page_size()

static void map_over_hole(struct region *region, int prot, int flags)
{
	size_t len = region_len(region);
	char *hole, *base;

	hole = mmap(NULL, len + 2 * HOLE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hole == MAP_FAILED)
		die_errno("cannot reserve %zu pages", region->pages);
	base = mmap(hole + HOLE, len, prot, flags | MAP_FIXED | MAP_NORESERVE,
		    region->memfd, 0);
	if (base == MAP_FAILED)
		die_errno("cannot map %zu pages", region->pages);
	munmap(hole, HOLE);
	munmap(base + len, HOLE);
	region->base = base;
	/* Fails where the kernel has no huge pages at all: just as well. */
	madvise(base, len, MADV_NOHUGEPAGE);
}

static void map_shmem(struct region *region, int prot)
{
	region->memfd = memfd_create("region", MFD_CLOEXEC);
	if (region->memfd < 0)
		die_errno("memfd_create");
	if (ftruncate(region->memfd, region_len(region)))
		die_errno("cannot make a memfd of %zu pages", region->pages);
	map_over_hole(region, prot, MAP_SHARED);
}

static void map_anon(struct region *region, int prot)
{
	region->memfd = -1;
	map_over_hole(region, prot, MAP_PRIVATE | MAP_ANONYMOUS);
}

const struct memory_kind memory_kinds[] = {
	{ "shmem", "shared memory (memfd)", map_shmem },
	{ "anon", "private anonymous memory", map_anon },
	{ 0 }
};

const struct memory_kind *memory_kind(const char *name)
{
	const struct memory_kind *kind;

	for (kind = memory_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

size_t page_size(void)
{
	static size_t size;

	if (!size)
		size = sysconf(_SC_PAGESIZE);
	return size;
}

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
