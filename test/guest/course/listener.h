/* SPDX-License-Identifier: GPL-2.0 */
/* A tracker that hears of forks and moves, too, and tracks the child that it is given. */
#ifndef GUEST_COURSE_LISTENER_H
#define GUEST_COURSE_LISTENER_H

#include <linux/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct listener {
	int uffd;
	int child;		/* the userfaultfd of a child, or -1 */
	int stop;		/* eventfd */
	size_t page;		/* bytes that are announced and resolved as one */
	bool closes_child;	/* lets go of the child's memory at once */
	pthread_t thread;
};

/* Of all listeners. */
extern atomic_ulong writes_told, child_writes_told, forks_told, moves_told;

/* Opens a userfaultfd and answers its messages; each lifts the protection of one page. */
void listener_start(struct listener *l, __u64 features, size_t page, bool closes_child);

/* Answers no more; the userfaultfd of a child is closed, its own is still open. */
void listener_stop(struct listener *l);

/*
 * UFFDIO_WRITEPROTECT; waits while the address space is being changed. False if the range
 * is not, or not all, registered.
 */
bool protect_range(int uffd, void *start, size_t len, bool protect);

#endif
