/* SPDX-License-Identifier: GPL-2.0 */
/* The memory under test. */
#ifndef GUEST_REGION_H
#define GUEST_REGION_H

#include <stddef.h>

struct region;

/* A kind of memory; the table ends with an empty name. */
struct memory_kind {
	const char *name;
	const char *about;
	/* Map region->pages base pages with prot; dies if it cannot. */
	void (*map)(struct region *region, int prot);
};

extern const struct memory_kind memory_kinds[];

struct region {
	const struct memory_kind *kind;
	char *base;
	size_t pages;
	int memfd;	/* -1 when no file is behind it */
};

/* NULL if there is none of that name. */
const struct memory_kind *memory_kind(const char *name);

size_t page_size(void);

/*
 * Map untouched base pages, never huge ones, as a VMA of their own (there is a
 * hole on both sides). NUMA balancing leaves it alone unless told otherwise.
 */
void region_map(struct region *region, const struct memory_kind *kind,
		size_t pages, int prot);
void region_unmap(struct region *region);

/* Change the whole region's protection; dies if it cannot. */
void region_mprotect(const struct region *region, int prot);

static inline char *region_page(const struct region *region, size_t i)
{
	return region->base + i * page_size();
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
	return region->pages * page_size();
}

/* Write to count pages from the first on. */
void region_touch(const struct region *region, size_t first, size_t count);

/* "pid", "start" and "end" for the programs' output, so that scripts can aim. */
void region_print(const struct region *region);

#endif
