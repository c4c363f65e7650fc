// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "memory.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapped.h"
#include "nodes.h"
#include "region.h"
#include "util.h"

#define KIB(n)	((size_t)(n) << 10)
#define MIB(n)	((size_t)(n) << 20)
#define GIB(n)	((size_t)(n) << 30)

/* x86-64's, which is what the guard is for. */
#define BASE	KIB(4)

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB	(21 << MAP_HUGE_SHIFT)
#endif

static void map_over_hole(struct region *region, int prot, int flags)
{
	size_t len = region_len(region), block = region->kind->block;
	char *hole, *base;

	/* Of what is reserved, some base pages at least are left over at each end. */
	hole = mmap(NULL, len + 2 * block, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hole == MAP_FAILED)
		die_errno("cannot reserve %zu pages", region->pages);
	base = hole + block - (uintptr_t)hole % block;
	if (mmap(base, len, prot, flags | MAP_FIXED, region->memfd, 0) != base)
		die_errno("cannot map %zu pages", region->pages);
	munmap(hole, base - hole);
	munmap(base + len, hole + len + 2 * block - (base + len));
	region->base = base;
}

/* Fails where the kernel has no transparent huge pages at all: just as well. */
static void never_huge(const struct region *region)
{
	madvise(region->base, region_len(region), MADV_NOHUGEPAGE);
}

static void make_memfd(struct region *region, unsigned int flags)
{
	region->memfd = memfd_create("region", MFD_CLOEXEC | flags);
	if (region->memfd < 0)
		die_errno("memfd_create");
	if (ftruncate(region->memfd, region_len(region)))
		die_errno("cannot make a memfd of %zu pages", region->pages);
}

static void map_shmem(struct region *region, int prot)
{
	make_memfd(region, 0);
	map_over_hole(region, prot, MAP_SHARED | MAP_NORESERVE);
	never_huge(region);
}

static void map_shmem_private(struct region *region, int prot)
{
	make_memfd(region, 0);
	map_over_hole(region, prot, MAP_PRIVATE | MAP_NORESERVE);
	never_huge(region);
}

static void map_anon(struct region *region, int prot)
{
	region->memfd = -1;
	map_over_hole(region, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
	never_huge(region);
}

/* Pages are reserved: a pool that is too small is told of here, not by a SIGBUS. */
static void map_hugetlb(struct region *region, int prot)
{
	make_memfd(region, MFD_HUGETLB | MFD_HUGE_2MB);
	map_over_hole(region, prot, MAP_SHARED);
}

static void map_hugetlb_1g(struct region *region, int prot)
{
	make_memfd(region, MFD_HUGETLB | MFD_HUGE_1GB);
	map_over_hole(region, prot, MAP_SHARED);
}

static void map_hugetlb_private(struct region *region, int prot)
{
	region->memfd = -1;
	map_over_hole(region, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB);
}

static void map_thp(struct region *region, int prot)
{
	region->memfd = -1;
	map_over_hole(region, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
	if (madvise(region->base, region_len(region), MADV_HUGEPAGE))
		die_errno("no transparent huge pages on this kernel");
}

static void map_thp_shmem(struct region *region, int prot)
{
	make_memfd(region, 0);
	map_over_hole(region, prot, MAP_SHARED | MAP_NORESERVE);
	if (madvise(region->base, region_len(region), MADV_HUGEPAGE))
		die_errno("no transparent huge pages on this kernel");
}

/* Where the script has mounted a file system. */
#define MOUNTED "/tmp/mounted/"
#define DAX_TRIES 16

static void make_mounted_file(struct region *region)
{
	char path[] = MOUNTED "region.XXXXXX";

	region->memfd = mkostemp(path, O_CLOEXEC);
	if (region->memfd < 0)
		die_errno("cannot make a file in " MOUNTED);
	unlink(path);
	if (fallocate(region->memfd, 0, 0, region_len(region)))
		die_errno("cannot make a file of %zu pages", region->pages);
}

static void map_file(struct region *region, int prot)
{
	make_mounted_file(region);
	map_over_hole(region, prot, MAP_SHARED);
}

/* In one piece that begins where a huge page can. */
static bool file_is_huge(int fd, size_t len, size_t page)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} asked = { .map = { .fm_length = len, .fm_extent_count = 1 } };

	if (ioctl(fd, FS_IOC_FIEMAP, &asked))
		die_errno("FIEMAP");
	return asked.map.fm_mapped_extents == 1 && asked.extent.fe_length >= len &&
	       asked.extent.fe_physical % page == 0;
}

/* A file that lies badly stays until the program ends, and the next one lies elsewhere. */
static void map_dax(struct region *region, int prot)
{
	size_t tries = 0;

	do {
		if (tries++ == DAX_TRIES)
			die("the file system has no huge pages in one piece");
		make_mounted_file(region);
	} while (!file_is_huge(region->memfd, region_len(region), region->kind->page));
	map_over_hole(region, prot, MAP_SHARED);
}

/* Folios are as large as shmem_enabled of the one size that is on allows. */
static void map_large(struct region *region, int prot)
{
	make_memfd(region, 0);
	map_over_hole(region, prot, MAP_SHARED | MAP_NORESERVE);
}

const struct memory_kind memory_kinds[] = {
	{ "shmem", "shared memory (memfd)",
	  BASE, BASE, map_shmem, NULL },
	{ "anon", "private anonymous memory",
	  BASE, BASE, map_anon, NULL },
	{ "shmem-private", "private memory of a memfd",
	  BASE, BASE, map_shmem_private, NULL },
	{ "hugetlb", "shared huge pages of 2 MiB from the pool (memfd)",
	  MIB(2), MIB(2), map_hugetlb, NULL },
	{ "hugetlb-private", "private huge pages of 2 MiB from the pool",
	  MIB(2), MIB(2), map_hugetlb_private, NULL },
	{ "hugetlb-1g", "shared huge pages of 1 GiB from the pool (memfd)",
	  GIB(1), GIB(1), map_hugetlb_1g, NULL },
	{ "thp", "private anonymous memory mapped by huge pmds",
	  MIB(2), MIB(2), map_thp, must_be_mapped_by_pmds },
	{ "thp-shmem", "shared memory mapped by huge pmds (for async only)",
	  MIB(2), MIB(2), map_thp_shmem, must_be_mapped_by_pmds },
	{ "large", "shared memory in folios of 64 KiB, mapped by ptes",
	  BASE, KIB(64), map_large, must_be_mapped_in_large_folios },
	{ "file", "a file in " MOUNTED " (for async only)",
	  BASE, BASE, map_file, NULL },
	{ "dax", "a file in " MOUNTED ", in DAX memory (for async only)",
	  MIB(2), MIB(2), map_dax, NULL },
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
