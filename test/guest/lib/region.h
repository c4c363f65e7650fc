/* SPDX-License-Identifier: GPL-2.0 */
/* The memory under test. */
#ifndef GUEST_REGION_H
#define GUEST_REGION_H

#include <stddef.h>

#include "memory.h"

struct region {
	const struct memory_kind *kind;
	char *base;
	size_t pages;	/* of the kind's size */
	int memfd;	/* -1 when no file is behind it */
};

/*
 * Map untouched pages as a VMA of their own (there is a hole on both sides).
 * NUMA balancing leaves it alone unless told otherwise.
 */
void region_map(struct region *region, const struct memory_kind *kind,
		size_t pages, int prot);
void region_unmap(struct region *region);

/* Dies unless the touched region is mapped by entries of the kind's level. */
void region_check(const struct region *region);

/* Change the whole region's protection; dies if it cannot. */
void region_mprotect(const struct region *region, int prot);

static inline char *region_page(const struct region *region, size_t i)
{
	return region->base + i * region->kind->page;
}

/* One access each, which the compiler neither drops nor adds to. */
static inline char region_read(const struct region *region, size_t i)
{
	return __atomic_load_n(region_page(region, i), __ATOMIC_SEQ_CST);
}

static inline void region_write(const struct region *region, size_t i, char value)
{
	__atomic_store_n(region_page(region, i), value, __ATOMIC_SEQ_CST);
}

static inline size_t region_len(const struct region *region)
{
	return region->pages * region->kind->page;
}

/* Write to count pages from the first on. */
void region_touch(const struct region *region, size_t first, size_t count);

/* "pid", "start" and "end" for the programs' output, so that scripts can aim. */
void region_print(const struct region *region);

#endif
