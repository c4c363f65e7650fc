/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of memory: what is behind a region, and which entries map it. */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#include <stddef.h>

struct region;

/* The table ends with an empty name. */
struct memory_kind {
	const char *name;
	const char *about;
	/*
	 * Bytes that one entry maps: a page of the programs, which is protected,
	 * written to and announced as a whole.
	 */
	size_t page;
	/* Bytes whose entries one hinting fault restores; the region is aligned to it. */
	size_t block;
	/* Map region->pages pages with prot; dies if it cannot. */
	void (*map)(struct region *region, int prot);
	/* Dies unless the touched region is mapped as it is to be; may be NULL. */
	void (*check)(const struct region *region);
};

extern const struct memory_kind memory_kinds[];

/* NULL if there is none of that name. */
const struct memory_kind *memory_kind(const char *name);

#endif
