/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tracker: protects pages, and learns of writes, or of any access, from userfaultfd
 * alone.
 */
#ifndef GUEST_TRACKER_H
#define GUEST_TRACKER_H

#include <linux/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "region.h"

struct tracker {
	const struct region *region;
	bool any_access;		/* protects against reads, too */
	bool interrupts;		/* see tracker_interrupts() */
	int uffd;
	int stop;			/* eventfd: tells the handler to end */
	pthread_t handler;
	pthread_t writer;		/* of tracker_write(), if it is to be interrupted */
	size_t interrupted;		/* page whose writer was, plus one */
	atomic_size_t target;		/* page being written, plus one; 0 is none */
	atomic_uint *fired;		/* per page: messages for a write to it */
	atomic_ulong extra;		/* messages that no write caused */
	long faults;			/* minor faults of tracker_write()'s accesses alone */
};

/* Register for write protection, and for missing pages if asked. No handler yet. */
void tracker_register(struct tracker *t, const struct region *region, bool missing);

/*
 * The same in two steps: only what is enrolled is registered, so a fork in between hands
 * on the descriptor and is no event. Features are those wanted besides write protection.
 */
void tracker_open(struct tracker *t, const struct region *region, __u64 features);
void tracker_enrol(struct tracker *t, bool missing);

/*
 * Have the calling thread's writes interrupted: the first message for each page is answered by
 * a signal that does nothing, so that the fault ends as it is and is begun again.
 */
void tracker_interrupts(struct tracker *t);

/* For protection against any access (7.3 and later), in one step or in two. */
void tracker_register_any(struct tracker *t, const struct region *region);
void tracker_open_any(struct tracker *t, const struct region *region, __u64 features);

/* Start the thread that counts each message, lifts the page's protection, and wakes. */
void tracker_start(struct tracker *t);

/* End the thread, and unregister by closing. */
void tracker_stop(struct tracker *t);

void tracker_protect(const struct tracker *t, size_t first, size_t count);

/* Lift the protection, which wakes who waits. */
void tracker_resolve(const struct tracker *t, size_t first, size_t count);

/* Fill missing pages without protecting them. */
void tracker_fill(const struct tracker *t, size_t first, size_t count);

/*
 * Write to one page, or read it if it is protected against that. True if a message came
 * for exactly this access.
 */
bool tracker_write(struct tracker *t, size_t page);

#endif
