// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "findings/writes.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/mapped.h"
#include "lib/util.h"

bool pause_wanted;

void about_to_write(const struct region *region)
{
	printf("marked %zu\n", pages_marked(region));
	if (pause_wanted)
		pause_at("ran");
}

void write_all(struct tracker *t)
{
	const struct region *region = t->region;
	size_t i, fired = 0;

	about_to_write(region);
	tracker_start(t);
	for (i = 0; i < region->pages; i++)
		fired += tracker_write(t, i);
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", region->pages, fired,
	       region->pages - fired, t->extra);
	tracker_stop(t);
}

/* A write that has taken so many faults when its time is over will take any number. */
#define PATIENCE_FAULTS 100

static sigjmp_buf gave_up;
static atomic_long faults_before;

static void lose_patience(int signal)
{
	(void)signal;
	if (thread_faults() - faults_before >= PATIENCE_FAULTS)
		siglongjmp(gave_up, 1);
	alarm(PATIENCE_SECONDS);
}

/* The faults that a write took if it was given up; 0 if it ended. */
static long write_or_give_up(const struct region *region, size_t page)
{
	faults_before = thread_faults();
	if (sigsetjmp(gave_up, 1))
		return thread_faults() - faults_before;
	alarm(PATIENCE_SECONDS);
	region_write(region, page, 3);
	alarm(0);
	return 0;
}

void write_all_or_give_up(const struct region *region)
{
	struct sigaction action = { .sa_handler = lose_patience };
	size_t i, endless = 0;
	long taken, faults = 0;

	about_to_write(region);
	if (sigaction(SIGALRM, &action, NULL))
		die_errno("sigaction");
	for (i = 0; i < region->pages; i++) {
		taken = write_or_give_up(region, i);
		endless += taken > 0;
		faults += taken;
	}
	printf("pages %zu\nendless %zu\nfaults %ld\n", region->pages, endless, faults);
}
