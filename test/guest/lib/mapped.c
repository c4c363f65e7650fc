// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "mapped.h"

#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* Bits of an entry of pagemap. */
#define PAGEMAP_PRESENT	0x8000000000000000ull
#define PAGEMAP_SWAPPED	0x4000000000000000ull
#define PAGEMAP_UFFD_WP	0x0200000000000000ull
#define PAGEMAP_SOFT_DIRTY	0x0080000000000000ull
#define PAGEMAP_PFN	0x007fffffffffffffull

/* kB in the lines of the region's VMA that begin with field. */
static size_t smaps_kb(const struct region *region, const char *field)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	size_t kb = 0, found;
	bool ours = false;
	char line[512], name[64];

	if (!smaps)
		die_errno("cannot open smaps");
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = start >= (uintptr_t)region->base &&
			       end <= (uintptr_t)region->base + region_len(region);
		else if (ours && sscanf(line, "%63[^:]: %zu kB", name, &found) == 2 &&
			 !strcmp(name, field))
			kb += found;
	}
	fclose(smaps);
	return kb;
}

void must_be_mapped_by_pmds(const struct region *region)
{
	size_t mapped = smaps_kb(region, region->memfd < 0 ? "AnonHugePages" : "ShmemPmdMapped");

	if (mapped << 10 != region_len(region))
		die("%zu of %zu kB are mapped by huge pmds", mapped, region_len(region) >> 10);
}

static __u64 read_word(int fd, __u64 index, const char *what)
{
	__u64 word;

	if (pread(fd, &word, sizeof(word), index * sizeof(word)) != sizeof(word))
		die_errno("cannot read %s", what);
	return word;
}

/* Of each block: one folio that begins with it, and ends where the next begins. */
void must_be_mapped_in_large_folios(const struct region *region)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t first = (uintptr_t)region->base / region->kind->page;
	size_t block = region->kind->block / region->kind->page;
	__u64 entry, flags, head = 0;
	size_t i;

	if (pagemap < 0 || kpageflags < 0)
		die_errno("cannot open pagemap and kpageflags");
	for (i = 0; i < region->pages; i++) {
		entry = read_word(pagemap, first + i, "pagemap");
		if (!(entry & PAGEMAP_PRESENT))
			die("page %zu is not mapped", i);
		flags = read_word(kpageflags, entry & PAGEMAP_PFN, "kpageflags");
		if (i % block == 0)
			head = entry & PAGEMAP_PFN;
		if ((entry & PAGEMAP_PFN) != head + i % block ||
		    !(flags & 1ull << (i % block ? KPF_COMPOUND_TAIL : KPF_COMPOUND_HEAD)))
			die("page %zu is not page %zu of a folio of %zu", i, i % block, block);
	}
	close(kpageflags);
	close(pagemap);
}

static __u64 pagemap_entry(int pagemap, const struct region *region, size_t i)
{
	return read_word(pagemap, (uintptr_t)region_page(region, i) / page_size(), "pagemap");
}

size_t pages_flagged(const struct region *region, int flag)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t i, count = 0;
	__u64 entry;

	if (pagemap < 0 || kpageflags < 0)
		die_errno("cannot open pagemap and kpageflags");
	for (i = 0; i < region->pages; i++) {
		entry = pagemap_entry(pagemap, region, i);
		if (!(entry & PAGEMAP_PRESENT))
			continue;
		if (read_word(kpageflags, entry & PAGEMAP_PFN, "kpageflags") & 1ull << flag)
			count++;
	}
	close(kpageflags);
	close(pagemap);
	return count;
}

__u64 page_frame(const struct region *region, size_t i)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry;

	if (pagemap < 0)
		die_errno("cannot open pagemap");
	entry = pagemap_entry(pagemap, region, i);
	close(pagemap);
	return entry & PAGEMAP_PRESENT ? entry & PAGEMAP_PFN : 0;
}

static size_t pages_with(const struct region *region, __u64 bit)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t i, count = 0;

	if (pagemap < 0)
		die_errno("cannot open pagemap");
	for (i = 0; i < region->pages; i++)
		if (pagemap_entry(pagemap, region, i) & bit)
			count++;
	close(pagemap);
	return count;
}

size_t pages_marked(const struct region *region)
{
	return pages_with(region, PAGEMAP_UFFD_WP);
}

size_t pages_mapped(const struct region *region)
{
	return pages_with(region, PAGEMAP_PRESENT);
}

size_t pages_swapped(const struct region *region)
{
	return pages_with(region, PAGEMAP_SWAPPED);
}

size_t pages_soft_dirty(const struct region *region)
{
	return pages_with(region, PAGEMAP_SOFT_DIRTY);
}
