/* SPDX-License-Identifier: GPL-2.0 */
/* The ways of the kernel that can lose a write protection. */
#ifndef GUEST_PATH_H
#define GUEST_PATH_H

#include <stdbool.h>

#include "balancing.h"
#include "region.h"

struct path_options {
	int hops;		/* migration: moves per round */
	bool elsewhere;		/* migration: by another process that maps the memory */
	bool both;		/* numa: pages may migrate to the reader's node */
	bool held;		/* numa: but none can, for somebody else has a reference */
	struct hinting hinting;
};

#define PATH_OPTIONS_DEFAULT {						\
	.hops = 2,							\
	.hinting = { .threads = 2, .nodes = 2, .faults = 1, .seconds = 60 }, \
}

/* The table ends with an empty name. */
struct path {
	const char *name;
	const char *about;
	int prot;	/* of the mapping */
	/* On the mapped, untouched region; may be NULL. */
	void (*prepare)(const struct region *region, const struct path_options *options);
	/* On the touched and registered region, before it is protected; may be NULL. */
	void (*settle)(const struct region *region, const struct path_options *options);
	/*
	 * Every page goes the way, or the program dies: what was not provoked
	 * must not count as sound.
	 */
	void (*run)(const struct region *region, const struct path_options *options);
};

extern const struct path paths[];

/* NULL if there is none of that name. */
const struct path *path_named(const char *name);

/* The -l of the programs: the names of paths and kinds of memory. */
void list_paths_and_memory(void);

#endif
