/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: per CPU, written where things happen, summed when they are read.
 */
#ifndef UFFDWP_STATS_H
#define UFFDWP_STATS_H

#include <linux/percpu.h>

#include "uffdwp_guard.h"

enum guard_counter {
	GUARD_CALLS,
	GUARD_CHECKED,
	GUARD_VIOLATIONS,
	GUARD_FIXED,
	GUARD_DEFERRED,
	GUARD_MISSED,
	GUARD_UNCOMPARED,
	GUARD_NR_COUNTERS,
};

struct guard_counters {
	unsigned long site[GUARD_NR_SITES][GUARD_NR_COUNTERS];
	unsigned long level[GUARD_NR_LEVELS];
	unsigned long kind[GUARD_NR_KINDS];
};

DECLARE_PER_CPU(struct guard_counters, guard_counters);

extern const char * const guard_level_names[GUARD_NR_LEVELS];
extern const char * const guard_kind_names[GUARD_NR_KINDS];

/**
 * guard_count() - add to a counter of a site
 * @site: the site
 * @counter: which of its counters
 * @n: how many
 *
 * Context: any; safe against preemption and interrupts.
 */
static inline void guard_count(enum guard_site_id site,
			       enum guard_counter counter, unsigned long n)
{
	this_cpu_add(guard_counters.site[site][counter], n);
}

unsigned long guard_counted(enum guard_site_id site,
			    enum guard_counter counter);
int guard_stats_init(void);
void guard_stats_exit(void);

#endif /* UFFDWP_STATS_H */
