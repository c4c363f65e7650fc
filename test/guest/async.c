// SPDX-License-Identifier: GPL-2.0
/*
 * Does a write to a page that is protected asynchronously show up?
 *
 * As uffdwp does, but with no handler: PAGEMAP_SCAN protects what was written, the
 * kernel resolves the faults by itself, and another PAGEMAP_SCAN tells what has been
 * written since. It is the only way to a marked pmd of shared memory: for
 * UFFDIO_WRITEPROTECT such a pmd is split (pgtable_split_needed() in mm/mprotect.c),
 * while PAGEMAP_SCAN marks it as it is (make_uffd_wp_pmd() in fs/proc/task_mmu.c, 6.7).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/region.h"
#include "lib/util.h"
#include "lib/written.h"

static const char usage[] =
	"async [options] PATH MEMORY\n"
	"Protects pages asynchronously, runs PATH over them, writes to each, and prints\n"
	"pages, fired (PAGEMAP_SCAN tells of the write), missed and extra (always 0).\n"
	"Options as for uffdwp, but no -r.\n";

/* The file is kept open: closing it would unregister. */
static void track(const struct region *region)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	};
	struct uffdio_register reg = {
		.range = { (uintptr_t)region->base, region_len(region) },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		die_errno("no userfaultfd on this kernel");
	if (ioctl(fd, UFFDIO_API, &api))
		die_errno("no asynchronous write protection on this kernel");
	if (ioctl(fd, UFFDIO_REGISTER, &reg))
		die_errno("cannot register %s memory", region->kind->name);
}

static void protect_all(int pagemap, const struct region *region)
{
	struct page_region found = { 0 };

	written(pagemap, region->base, region_len(region), true, &found);
	if (found.start != (uintptr_t)region->base ||
	    found.end != found.start + region_len(region))
		die("PAGEMAP_SCAN did not protect all pages");
	if (written(pagemap, region->base, region_len(region), false, &found))
		die("pages that are protected count as written");
}

int main(int argc, char **argv)
{
	struct page_region found;
	struct region region;
	struct args args;
	size_t i, fired = 0;
	int pagemap;

	parse_args(&args, argc, argv, usage);
	pagemap = open_pagemap();
	region_map(&region, args.memory, args.pages, args.path->prot);
	region_print(&region);
	if (args.path->prepare)
		args.path->prepare(&region, &args.options);
	region_touch(&region, 0, region.pages);
	track(&region);
	if (args.path->settle)
		args.path->settle(&region, &args.options);
	protect_all(pagemap, &region);
	region_check(&region);
	if (args.pause)
		pause_at("protected");
	args.path->run(&region, &args.options);
	region_check(&region);
	if (args.pause)
		pause_at("ran");
	for (i = 0; i < region.pages; i++) {
		region_write(&region, i, 2);
		if (written(pagemap, region_page(&region, i), page_size(), false, &found))
			fired++;
		else if (args.verbose)
			printf("missed_at %p\n", region_page(&region, i));
	}
	printf("pages %zu\nfired %zu\nmissed %zu\nextra 0\n", region.pages, fired,
	       region.pages - fired);
	region_unmap(&region);
	return 0;
}
