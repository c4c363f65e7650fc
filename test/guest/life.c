// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a tracker, again and again, while other threads do to the same memory
 * whatever a process may do: none of it is a fault of the kernel's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"life [-l] MEMORY SECONDS\n"
	"Registers 64 pages, protects and writes, forks, advises, unregisters by closing, and\n"
	"again, for SECONDS and four times at least. Meanwhile other threads protect and resolve the same pages, discard\n"
	"them, write to them, change their protection, and migrate them. With -l protection is\n"
	"lifted before closing, as it has to be where closing leaves the marks on. Prints\n"
	"  lives N  how often it was registered\n"
	"  turns N  what the others did\n";

#define PAGES	64
#define LIVES	4	/* at the least: hosts may be slow */

static struct region region;
static atomic_bool over;
static atomic_ulong turns;

/* An open tracker, that others may use; they hold the lock for reading. */
static pthread_rwlock_t tracker_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct tracker *tracker;

static bool done(void)
{
	return over;
}

static size_t any_page(unsigned int *seed)
{
	return rand_r(seed) % region.pages;
}

static void *protect_and_resolve(void *arg)
{
	unsigned int seed = 1;

	(void)arg;
	while (!done()) {
		pthread_rwlock_rdlock(&tracker_lock);
		if (tracker) {
			tracker_protect(tracker, any_page(&seed), 1);
			tracker_resolve(tracker, any_page(&seed), 1);
			turns++;
		}
		pthread_rwlock_unlock(&tracker_lock);
	}
	return NULL;
}

/* A page that is zapped and touched is often the very same page again. */
static void *discard_and_touch(void *arg)
{
	unsigned int seed = 2;
	size_t page;

	(void)arg;
	while (!done()) {
		page = any_page(&seed);
		if (madvise(region_page(&region, page), region.kind->page, MADV_DONTNEED))
			die_errno("MADV_DONTNEED");
		region_write(&region, page, 1);
		turns++;
	}
	return NULL;
}

/* Often enough one of these waits for an answer when the tracker is closed. */
static void *write_on(void *arg)
{
	unsigned int seed = 3;

	(void)arg;
	while (!done()) {
		region_write(&region, any_page(&seed), 3);
		turns++;
	}
	return NULL;
}

static void *there_and_back(void *arg)
{
	(void)arg;
	while (!done()) {
		/* Reads alone are allowed for a moment: whoever writes then would be killed. */
		region_mprotect(&region, PROT_READ | PROT_WRITE | PROT_EXEC);
		region_mprotect(&region, PROT_READ | PROT_WRITE);
		turns++;
	}
	return NULL;
}

static void *migrate(void *arg)
{
	(void)arg;
	while (!done()) {
		try_move_to_node(&region, 1);
		try_move_to_node(&region, 0);
		turns++;
	}
	return NULL;
}

static void fork_once(void)
{
	pid_t pid = fork_or_die();

	if (!pid) {
		region_touch(&region, 0, region.pages);
		_exit(0);
	}
	child_ended(pid);
}

static void live(unsigned long lives, bool lifts)
{
	struct tracker t;
	size_t i;

	tracker_register(&t, &region, false);
	tracker_start(&t);
	pthread_rwlock_wrlock(&tracker_lock);
	tracker = &t;
	pthread_rwlock_unlock(&tracker_lock);
	tracker_protect(&t, 0, region.pages);
	for (i = 0; i < region.pages; i++)
		tracker_write(&t, i);
	tracker_protect(&t, 0, region.pages);
	if (lives % 4 == 0)
		fork_once();
	for (i = 0; i < region.pages; i += 2)
		region_write(&region, i, 2);
	pthread_rwlock_wrlock(&tracker_lock);
	tracker = NULL;
	pthread_rwlock_unlock(&tracker_lock);
	if (lifts)
		tracker_resolve(&t, 0, region.pages);
	tracker_stop(&t);
}

int main(int argc, char **argv)
{
	static void *(*const others[])(void *) = {
		protect_and_resolve, discard_and_touch, write_on, there_and_back, migrate,
	};
	size_t nr = ARRAY_SIZE(others) - (node_count() != 2), i;
	const struct memory_kind *memory;
	pthread_t threads[ARRAY_SIZE(others)];
	unsigned long lives = 0;
	bool lifts = false;
	double end;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "lh")) != -1) {
		switch (option) {
		case 'l':
			lifts = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	memory = argc == optind + 2 ? memory_kind(argv[optind]) : NULL;
	if (!memory)
		misuse("MEMORY and SECONDS are needed (-h for help)");
	end = now() + number_arg("SECONDS", argv[optind + 1], 1, 86400);
	region_map(&region, memory, PAGES, PROT_READ | PROT_WRITE);
	region_touch(&region, 0, region.pages);
	for (i = 0; i < nr; i++) {
		errno = pthread_create(&threads[i], NULL, others[i], NULL);
		if (errno)
			die_errno("pthread_create");
	}
	while (now() < end || lives < LIVES)
		live(lives++, lifts);
	over = true;
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	printf("lives %lu\nturns %lu\n", lives, turns);
	return 0;
}
