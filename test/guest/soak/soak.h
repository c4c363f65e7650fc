/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the soak share: a worker is a process with an area of memory of one
 * kind, in slices. Each slice has an owner, a thread that alone protects its pages and
 * writes to them, and so knows which writes must be announced. Disturbers, threads of the
 * same process, send pages along the kernel's paths meanwhile.
 */
#ifndef GUEST_SOAK_H
#define GUEST_SOAK_H

#include <linux/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/region.h"
#include "lib/tracker.h"

#define OWNERS		2	/* and so many slices */
#define DISTURBERS	2
#define MAX_WORKERS	16
#define MAX_UNANNOUNCED	8192
#define MAX_WAYS	24

enum phase {
	PHASE_RUN,		/* all at once */
	PHASE_CHECK,		/* owners write to what is still protected, and no one disturbs */
	PHASE_QUIT,
};

/* A write to a protected page that was not announced. */
struct unannounced {
	pid_t pid;
	uintptr_t address;
	double since;		/* the page was protected */
	bool in_check;
	char kind[24];
};

/*
 * Shared by all processes. Whoever does a step holds the gate for reading; who holds it
 * for writing finds all of them between two steps, and may change the phase.
 */
struct control {
	pthread_rwlock_t gate;
	enum phase phase;
	atomic_int open;		/* workers that are registered */
	atomic_int unchecked;		/* owners that have yet to check */
	atomic_ulong done[MAX_WAYS];	/* times that each way was gone */
	atomic_ulong protects, writes, announced, mayflies;
	atomic_uint nr_unannounced;
	struct unannounced unannounced[MAX_UNANNOUNCED];
};

struct slice {
	size_t first, pages;		/* of the area's region */
	pthread_rwlock_t in_place;	/* for writing: mappings come and go */
	char *spare;			/* a place to move it to, of the same size */
	double *since;			/* per page: when it was protected; 0 if it is not */
};

struct area {
	struct control *control;
	const char *name;		/* as it was asked for */
	struct memory_kind kind;
	struct region region;
	struct tracker tracker;
	struct slice slices[OWNERS];
	bool async;			/* asked with PAGEMAP_SCAN instead of told by messages */
	bool keeps;			/* DONTNEED keeps marks and contents, for it is shared */
	bool huge;			/* of hugetlb's pool */
	int pagemap;
};

/* xorshift64*: small, and the same everywhere. */
static inline __u64 draw(__u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static inline size_t below(__u64 *state, size_t limit)
{
	return (draw(state) >> 32) % limit;
}

/* A state for the thread NR of a run, never zero. */
static inline __u64 seeded(__u64 seed, __u64 nr)
{
	__u64 state = seed * 0x9e3779b97f4a7c15ull + nr * 0xbf58476d1ce4e5b9ull + 1;

	return draw(&state) | 1;
}

/* Pages of one slice, by number. */
struct stretch {
	struct slice *slice;
	size_t first, pages;
};

static inline struct stretch some_of(struct area *area, struct slice *slice, __u64 *state)
{
	size_t most = area->huge ? slice->pages : 32;
	size_t first = below(state, slice->pages), left = slice->pages - first;

	return (struct stretch){
		.slice = slice,
		.first = slice->first + first,
		.pages = 1 + below(state, left < most ? left : most),
	};
}

static inline char *stretch_start(const struct area *area, const struct stretch *s)
{
	return region_page(&area->region, s->first);
}

static inline size_t stretch_len(const struct area *area, const struct stretch *s)
{
	return s->pages * area->kind.page;
}

/* area.c */
void area_open(struct area *area, struct control *control, const char *name);
void area_listen(struct area *area);
void area_protect(struct area *area, const struct stretch *s, bool by_scan);
void area_resolve(struct area *area, const struct stretch *s);
void area_register_anew(struct area *area, const struct stretch *s);
unsigned int area_announcements(struct area *area, size_t page);

/* owner.c: one step of an owner, and the check of all that it has protected */
void owner_step(struct area *area, struct slice *slice, __u64 *state);
void owner_check(struct area *area, struct slice *slice);

/* ways.c: one step of a disturber */
void disturb(struct area *area, __u64 *state);
void way_done(struct control *control, unsigned int way);
unsigned int ways_left(const struct control *control, const char **name);
void ways_print(const struct control *control);

/* worker.c */
pid_t worker_start(struct control *control, const char *name, __u64 seed);

/* mayfly.c: a process that uses all of it, and is killed at any moment */
void mayfly_live_and_die(struct control *control, __u64 *state);

#endif
