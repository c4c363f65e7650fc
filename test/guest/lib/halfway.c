// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "halfway.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "cgroup.h"
#include "mapped.h"
#include "util.h"

/* What one page table maps; x86-64's. */
#define TABLE ((size_t)2 << 20)

/* VMAs and page tables take far less. (Of 64 or more the kernel would take a batch at once.) */
#define PLENTY 32

/* Half of it in one page table and half in the next; there is neither, and nothing near. */
static char *new_place(const struct region *region)
{
	size_t len = 4 * TABLE;
	char *hole, *border;

	hole = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hole == MAP_FAILED)
		die_errno("cannot reserve %zu bytes", len);
	border = hole + 2 * TABLE - (uintptr_t)hole % TABLE;
	if (munmap(hole, len))
		die_errno("munmap");
	return border - region_len(region) / 2;
}

/* With so many pages for the kernel's needs; false if none of the region's was moved. */
static bool moves_half(const struct region *region, size_t pages)
{
	size_t len = region_len(region), moved;
	char *to = new_place(region);
	bool failed;
	int error;

	if (!write_text("/proc/self/clear_refs", "4"))
		die_errno("clear_refs");
	if (pages_soft_dirty(region))
		die("soft-dirty bits cannot be cleared");
	cgroup_enter(pages);
	failed = mremap(region->base, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED;
	error = errno;
	cgroup_leave();
	if (!failed || error != ENOMEM)
		die("with %zu pages it can be moved: error %d", pages, failed ? error : 0);
	moved = pages_soft_dirty(region);
	if (moved && moved != region->pages / 2)
		die("%zu of %zu pages were moved", moved, region->pages);
	return moved;
}

void mremap_halfway(const struct region *region)
{
	size_t pages = 0;

	cgroup_begin();
	/* What these two touch, they touch here. */
	cgroup_enter(PLENTY);
	cgroup_leave();
	while (!moves_half(region, pages))
		if (++pages == PLENTY)
			die("with %zu pages it cannot be moved", pages);
	cgroup_end();
}
