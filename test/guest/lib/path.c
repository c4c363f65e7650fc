// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "nodes.h"
#include "util.h"

static void mprotect_run(const struct region *region, const struct path_options *options)
{
	(void)options;
	region_mprotect(region, PROT_READ);
	region_mprotect(region, PROT_READ | PROT_WRITE);
}

/*
 * The mover: a child with a mapping of its own of the same file. It exists
 * before anything is protected, so that the move needs nothing of this process,
 * not even its mmap_lock.
 */
static int mover_order[2], mover_done[2];

static void mover_main(const struct region *theirs)
{
	struct region region = *theirs;
	size_t len = region_len(&region);
	char node;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	munmap(region.base, len);
	region.base = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, region.memfd, 0);
	if (region.base == MAP_FAILED)
		die_errno("mover: mmap");
	while (read(mover_order[0], &node, 1) == 1) {
		for (i = 0; i < region.pages; i++)
			region_read(&region, i);
		move_to_node(&region, node, true);
		if (write(mover_done[1], &node, 1) != 1)
			die_errno("mover: write");
	}
	_exit(0);
}

static void start_mover(const struct region *region)
{
	if (region->memfd < 0)
		die("%s memory cannot be moved by another process", region->kind->name);
	if (pipe(mover_order) || pipe(mover_done))
		die_errno("pipe");
	fflush(stdout);
	switch (fork()) {
	case -1:
		die_errno("fork");
	case 0:
		close(mover_order[1]);
		close(mover_done[0]);
		mover_main(region);
	}
	close(mover_order[0]);
	close(mover_done[1]);
}

static void order_move(int node)
{
	char c = node;

	if (write(mover_order[1], &c, 1) != 1 || read(mover_done[0], &c, 1) != 1)
		die("the mover is gone");
}

static void migration_prepare(const struct region *region, const struct path_options *options)
{
	need_two_nodes();
	if (options->elsewhere)
		start_mover(region);
}

static void migration_settle(const struct region *region, const struct path_options *options)
{
	move_to_node(region, 0, options->elsewhere);
}

static void migration_run(const struct region *region, const struct path_options *options)
{
	int hop, node;

	for (hop = 1; hop <= options->hops; hop++) {
		node = hop % 2;
		if (options->elsewhere)
			order_move(node);
		else
			move_to_node(region, node, false);
	}
}

static void numa_prepare(const struct region *region, const struct path_options *options)
{
	need_two_nodes();
	balancing_off();
	bind_for_balancing(region, options->both);
}

/* A pipe that nobody reads has a reference on each page, which then does not migrate. */
static void hold_pages(const struct region *region)
{
	struct iovec all = { .iov_base = region->base, .iov_len = region_len(region) };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die_errno("pipe");
	if (fcntl(ends[1], F_SETPIPE_SZ, all.iov_len) < 0)
		die_errno("cannot have a pipe of %zu bytes", all.iov_len);
	if (vmsplice(ends[1], &all, 1, SPLICE_F_NONBLOCK) != (ssize_t)all.iov_len)
		die_errno("vmsplice");
}

/* move_pages() also drains the per-CPU lists that keep balancing off a new page. */
static void numa_settle(const struct region *region, const struct path_options *options)
{
	move_to_node(region, 0, false);
	if (options->held)
		hold_pages(region);
}

static void numa_run(const struct region *region, const struct path_options *options)
{
	take_hinting_faults(region, &options->hinting);
}

/* Read every page; each read takes a fault, or @why it did not. */
static void read_with_faults(const struct region *region, const char *why)
{
	size_t i, without = 0;
	long before;

	for (i = 0; i < region->pages; i++) {
		before = thread_faults();
		region_read(region, i);
		if (thread_faults() == before)
			without++;
	}
	if (without)
		die("%zu of %zu pages took no fault%s", without, region->pages, why);
}

/*
 * Up to 6.x before 6.3, UFFDIO_WRITEPROTECT turns entries of a mapping that may
 * be written but not read into PROT_NONE ones; the next access goes the way of
 * a hinting fault.
 */
static void writeonly_run(const struct region *region, const struct path_options *options)
{
	(void)options;
	read_with_faults(region, ", this kernel has no such path");
}

/*
 * Entries of shared memory and of hugetlb leave their mark behind when they are
 * zapped, in a marker, and the fault that maps the page again takes it over.
 */
static void refault_run(const struct region *region, const struct path_options *options)
{
	(void)options;
	if (madvise(region->base, region_len(region), MADV_DONTNEED))
		die_errno("MADV_DONTNEED");
	read_with_faults(region, "");
}

#define PROT_RW (PROT_READ | PROT_WRITE)

const struct path paths[] = {
	{ "mprotect", "PROT_READ and back", PROT_RW, NULL, NULL, mprotect_run },
	{ "migration", "move_pages() to the other node and back", PROT_RW,
	  migration_prepare, migration_settle, migration_run },
	{ "numa", "hinting faults of NUMA balancing", PROT_RW,
	  numa_prepare, numa_settle, numa_run },
	{ "writeonly", "read of a write-only mapping", PROT_WRITE,
	  NULL, NULL, writeonly_run },
	{ "refault", "zapped and read again (shared memory and hugetlb)", PROT_RW,
	  NULL, NULL, refault_run },
	{ 0 }
};

const struct path *path_named(const char *name)
{
	const struct path *path;

	for (path = paths; path->name; path++)
		if (!strcmp(path->name, name))
			return path;
	return NULL;
}

void list_paths_and_memory(void)
{
	const struct memory_kind *kind;
	const struct path *path;

	for (path = paths; path->name; path++)
		printf("path %s\t%s\n", path->name, path->about);
	for (kind = memory_kinds; kind->name; kind++)
		printf("memory %s\t%s\n", kind->name, kind->about);
}
