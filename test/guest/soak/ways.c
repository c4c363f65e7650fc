// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to protected pages while their owners protect them and write to them.
 * None of it may take a protection off, or make a page one that cannot be written to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/util.h"
#include "soak/soak.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING 8192
#endif

/* Two nodes, and the kernel reads one bit less than it is told. */
#define MASK_BITS 3

static bool migrate(struct area *area, const struct stretch *s, __u64 *state)
{
	size_t count = s->pages, i;
	void *pages[64];
	int nodes[64], status[64], node = below(state, 2);

	if (count > 64)
		count = 64;
	for (i = 0; i < count; i++) {
		pages[i] = stretch_start(area, s) + i * area->kind.page;
		nodes[i] = node;
	}
	return syscall(SYS_move_pages, 0, count, pages, nodes, status, MPOL_MF_MOVE) >= 0;
}

/* To one node, and then where balancing would have it. */
static bool bind(struct area *area, const struct stretch *s, __u64 *state)
{
	unsigned long one = 1ul << below(state, 2), both = 3;
	char *start = stretch_start(area, s);
	size_t len = stretch_len(area, s);
	bool bound = !syscall(SYS_mbind, start, len, MPOL_BIND, &one, MASK_BITS, MPOL_MF_MOVE);

	return !syscall(SYS_mbind, start, len, MPOL_BIND | MPOL_F_NUMA_BALANCING, &both,
			MASK_BITS, 0) && bound;
}

/* Hinting faults, if balancing is on; and what was swapped out comes back. */
static bool read_all(struct area *area, const struct stretch *s, __u64 *state)
{
	size_t i;

	(void)state;
	for (i = 0; i < s->pages; i++)
		region_read(&area->region, s->first + i);
	return true;
}

static bool executable(struct area *area, const struct stretch *s, __u64 *state)
{
	char *start = stretch_start(area, s);
	size_t len = stretch_len(area, s);

	(void)state;
	if (mprotect(start, len, PROT_READ | PROT_WRITE | PROT_EXEC) ||
	    mprotect(start, len, PROT_READ | PROT_WRITE))
		die_errno("mprotect");
	return true;
}

static bool advise(struct area *area, const struct stretch *s, int advice)
{
	return !madvise(stretch_start(area, s), stretch_len(area, s), advice);
}

static bool cold(struct area *area, const struct stretch *s, __u64 *state)
{
	(void)state;
	return advise(area, s, MADV_COLD);
}

static bool page_out(struct area *area, const struct stretch *s, __u64 *state)
{
	(void)state;
	return advise(area, s, MADV_PAGEOUT);
}

/* Of shared memory the entries go, the contents and the marks stay. */
static bool unmap(struct area *area, const struct stretch *s, __u64 *state)
{
	(void)state;
	return area->keeps && advise(area, s, MADV_DONTNEED);
}

/* The whole slice: with marks in it, it may not be granted, and is asked for all the same. */
static bool collapse(struct area *area, const struct stretch *s, __u64 *state)
{
	struct stretch all = {
		.slice = s->slice, .first = s->slice->first, .pages = s->slice->pages,
	};

	(void)state;
	return advise(area, &all, MADV_COLLAPSE) || errno == EINVAL || errno == EAGAIN;
}

static bool split(struct area *area, const struct stretch *s, __u64 *state)
{
	char text[80];

	(void)state;
	snprintf(text, sizeof(text), "%d,%p,%p", getpid(), stretch_start(area, s),
		 stretch_start(area, s) + stretch_len(area, s));
	return write_text("/sys/kernel/debug/split_huge_pages", text);
}

/*
 * The child has no registration: it may write, in shared memory, too. In private hugetlb
 * memory it would need pages that the pool may not have, and up to 6.1 would never end.
 */
static bool fork_and_write(struct area *area, const struct stretch *s, __u64 *state)
{
	bool writes = below(state, 2) && !area->huge;
	pid_t pid = fork_or_die();
	size_t i;

	if (!pid) {
		for (i = 0; writes && i < s->pages; i++)
			region_write(&area->region, s->first + i, 3);
		_exit(0);
	}
	child_ended(pid);
	return true;
}

struct way {
	const char *name;
	bool (*go)(struct area *area, const struct stretch *s, __u64 *state);
};

/* The first are the owners' own, see owner_step(). */
static const struct way ways[] = {
	{ "mprotect", NULL },
	{ "mremap", NULL },
	{ "throw_away", NULL },
	{ "register", NULL },
	{ "migrate", migrate },
	{ "mbind", bind },
	{ "read", read_all },
	{ "executable", executable },
	{ "cold", cold },
	{ "pageout", page_out },
	{ "unmap", unmap },
	{ "collapse", collapse },
	{ "split", split },
	{ "fork", fork_and_write },
};

#define OWNERS_WAYS 4

void way_done(struct control *control, unsigned int way)
{
	control->done[way]++;
}

/* How many ways have never been gone, and the name of one. */
unsigned int ways_left(const struct control *control, const char **name)
{
	unsigned int i, left = 0;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!control->done[i]) {
			left++;
			*name = ways[i].name;
		}
	return left;
}

void ways_print(const struct control *control)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		printf("way.%s %lu\n", ways[i].name, (unsigned long)control->done[i]);
}

void disturb(struct area *area, __u64 *state)
{
	unsigned int way = OWNERS_WAYS + below(state, ARRAY_SIZE(ways) - OWNERS_WAYS);
	struct slice *slice = &area->slices[below(state, OWNERS)];
	struct stretch s = some_of(area, slice, state);

	pthread_rwlock_rdlock(&slice->in_place);
	if (ways[way].go(area, &s, state))
		way_done(area->control, way);
	pthread_rwlock_unlock(&slice->in_place);
}
