// SPDX-License-Identifier: GPL-2.0
/* Protection against any access, of memory of a file. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <sys/mman.h>

#include "findings/runs.h"
#include "findings/swapoff.h"
#include "findings/writes.h"
#include "lib/mapped.h"
#include "lib/swap.h"
#include "lib/util.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* Huge pages for the taking, but none is taken. */
static void touch_base_pages(struct region *region)
{
	static struct memory_kind kind;

	kind = *region->kind;
	region->pages *= kind.page / page_size();
	kind.page = page_size();
	region->kind = &kind;
	region_touch(region, 0, region->pages);
}

static int collapse(const struct region *region)
{
	return madvise(region->base, region_len(region), MADV_COLLAPSE);
}

/* The collapse takes each page out of the entries that map it, whatever becomes of it. */
void rwp_collapse_run(struct region *region)
{
	struct tracker t;

	touch_base_pages(region);
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	collapse(region);
	region_print(region);
	write_all(&t);
}

/* One pmd maps it all when it is protected. */
void rwp_pmd_run(struct region *region)
{
	struct tracker t;

	touch_base_pages(region);
	if (collapse(region))
		die_errno("MADV_COLLAPSE");
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	region_print(region);
	write_all(&t);
}

/*
 * A huge page that ptes map, for no VMA is large enough for a pmd. It has to be split where its
 * last page is given back, which is not looked at.
 */
void rwp_split_run(struct region *region)
{
	size_t half = region_len(region) / 2;
	struct tracker t;

	touch_base_pages(region);
	if (collapse(region))
		die_errno("MADV_COLLAPSE");
	if (mprotect(region->base, half, PROT_READ | PROT_WRITE | PROT_EXEC))
		die_errno("mprotect");
	region_touch(region, 0, region->pages);
	if (pages_flagged(region, KPF_THP) != region->pages)
		die("they are in no huge page");
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	region->pages--;
	if (fallocate(region->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      region_len(region), page_size()))
		die_errno("cannot punch a hole");
	region_print(region);
	write_all(&t);
}

/* Memory of a file has nothing in its entries that would say where it is. */
void rwp_reclaim_run(struct region *region)
{
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	swap_out_region(region);
	child_ended(start_swapoff());
	region_print(region);
	write_all(&t);
}
