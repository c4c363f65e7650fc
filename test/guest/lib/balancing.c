// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "balancing.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "nodes.h"
#include "util.h"

/* Sysctls until 5.13 made them files of debugfs. */
#define SCHED_DIR "/sys/kernel/debug/sched/numa_balancing/"
#define SYSCTL "/proc/sys/kernel/numa_balancing_"
#define SWITCH "/proc/sys/kernel/numa_balancing"

struct setting {
	const char *path;
	const char *older;
	const char *fast;
	char found[32];
};

static struct setting settings[] = {
	{ .path = SCHED_DIR "scan_delay_ms", .older = SYSCTL "scan_delay_ms",
	  .fast = "1" },
	{ .path = SCHED_DIR "scan_period_min_ms", .older = SYSCTL "scan_period_min_ms",
	  .fast = "10" },
	{ .path = SCHED_DIR "scan_period_max_ms", .older = SYSCTL "scan_period_max_ms",
	  .fast = "20" },
	{ .path = SWITCH, .fast = "1" },
};

static pid_t owner;

static void set(const char *path, const char *value)
{
	if (!write_text(path, value))
		die_errno("cannot write %s", path);
}

static void put_back(void)
{
	size_t i;

	/* A forked child ends before its parent, which still needs the settings. */
	if (getpid() != owner)
		return;
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (!write_text(settings[i].path, settings[i].found))
			warn("cannot put back %s", settings[i].path);
}

static void remember(void)
{
	struct setting *s;

	if (owner)
		return;
	for (s = settings; s < settings + ARRAY_SIZE(settings); s++) {
		if (s->older && access(s->path, F_OK))
			s->path = s->older;
		if (!read_text(s->path, s->found, sizeof(s->found)))
			die_errno("cannot read %s", s->path);
	}
	owner = getpid();
	atexit(put_back);
}

bool balancing_there(void)
{
	return !access(SWITCH, F_OK);
}

void balancing_on(void)
{
	size_t i;

	remember();
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		set(settings[i].path, settings[i].fast);
}

void balancing_off(void)
{
	remember();
	set(SWITCH, "0");
}

struct readers {
	const struct region *region;
	const struct hinting *how;
	size_t block;		/* pages that one fault restores */
	atomic_int *faults;	/* per block */
	atomic_size_t missing;	/* blocks that still lack faults */
	atomic_bool stop;
};

struct reader {
	struct readers *all;
	pthread_t thread;
	int nr;
};

static void read_page(struct readers *all, size_t page)
{
	long before = thread_faults();

	region_read(all->region, page);
	if (thread_faults() == before)
		return;
	if (atomic_fetch_add(&all->faults[page / all->block], 1) + 1 == all->how->faults)
		all->missing--;
}

static void *reader_main(void *arg)
{
	struct reader *reader = arg;
	struct readers *all = reader->all;
	int nodes = all->how->nodes;
	size_t i;

	/* The pages are on the first: one alone is away from them. */
	pin_to_node(nodes - 1 - reader->nr % nodes, reader->nr / nodes);
	while (all->missing && !all->stop)
		for (i = 0; i < all->region->pages; i++)
			read_page(all, i);
	return NULL;
}

static void start_reader(struct reader *reader, struct readers *all, int nr)
{
	reader->all = all;
	reader->nr = nr;
	errno = pthread_create(&reader->thread, NULL, reader_main, reader);
	if (errno)
		die_errno("pthread_create");
}

static void read_all_once(const struct region *region)
{
	size_t i;

	for (i = 0; i < region->pages; i++)
		region_read(region, i);
}

void take_hinting_faults(const struct region *region, const struct hinting *how)
{
	size_t block = region->kind->block / region->kind->page;
	size_t blocks = (region->pages + block - 1) / block;
	struct readers all = {
		.region = region, .how = how, .block = block, .missing = blocks,
	};
	struct reader *readers = calloc(how->threads, sizeof(*readers));
	double end = now() + how->seconds;
	struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	int i;

	all.faults = calloc(blocks, sizeof(*all.faults));
	if (!readers || !all.faults)
		die_errno("cannot allocate for %zu pages", region->pages);
	/* Without a mapping in place, the first fault would not be a hinting fault. */
	read_all_once(region);

	balancing_on();
	for (i = 0; i < how->threads; i++)
		start_reader(&readers[i], &all, i);
	while (all.missing && now() < end)
		nanosleep(&nap, NULL);
	all.stop = true;
	for (i = 0; i < how->threads; i++)
		pthread_join(readers[i].thread, NULL);
	balancing_off();
	if (all.missing)
		die("NUMA balancing gave no hinting fault to %zu of %zu blocks in %d s",
		    all.missing, blocks, how->seconds);
	read_all_once(region);
	free(all.faults);
	free(readers);
}
