/* SPDX-License-Identifier: GPL-2.0 */
/* Anonymous memory of programs that count instructions, protected or not. */
#ifndef GUEST_WORKLOAD_H
#define GUEST_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "region.h"
#include "tracker.h"

struct workload {
	struct region region;
	struct tracker tracker;		/* if it is involved */
	bool involved;			/* registered for write protection */
};

void workload_map(struct workload *w, size_t pages, bool involved);

/* The same with all pages there, and protected if it is involved. */
void workload_touched(struct workload *w, size_t pages, bool involved);

/* Also ends the registration. */
void workload_unmap(struct workload *w);

/* Dies unless it can. */
void workload_mprotect(char *start, size_t len, int prot);

#endif
