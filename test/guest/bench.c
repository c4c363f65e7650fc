// SPDX-License-Identifier: GPL-2.0
/*
 * What operations of mm cost, in instructions: under QEMU's -icount shift=0 the time
 * stamp counter counts them.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "lib/args.h"
#include "lib/balancing.h"
#include "lib/median.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"
#include "lib/workload.h"

#define WARM_UP		2
#define MAX_ROUNDS	4096

static const char usage[] =
	"bench [-u] [-n PAGES] [-r ROUNDS] OPERATION...\n"
	"Prints for each operation its name and its instructions: the median of the rounds,\n"
	"after two to warm up.\n"
	"  fault     a write to a page of which there is none, anonymous memory\n"
	"  mprotect  of PAGES pages, per page\n"
	"  mprotect1 of one page inside a larger area, which splits it, or makes it one again\n"
	"  mprotect-area  of an area of one page, which stays one\n"
	"  migration to the other node, per page of 512\n"
	"  fork      of a process with 1024 pages, up to the return in the parent\n"
	"  numa      a hinting fault that leaves the page where it is\n"
	"  wpfault   a write to a protected page: fault, message, lifting of protection (-u)\n"
	"-u: the memory is registered for write protection, and protected.\n";

static bool involved;
static long pages = 8192;
static long rounds = 15;

static __u64 samples[MAX_ROUNDS];
static size_t sampled;

static void sample(__u64 begin, __u64 end)
{
	if (sampled < MAX_ROUNDS)
		samples[sampled++] = end - begin;
}

/* One by one: neither ticks nor the refill of a list of free pages are in the median. */
#define FAULTS	32

static double fault(void)
{
	struct workload memory;
	__u64 begin;
	size_t page;
	long i;

	workload_map(&memory, FAULTS, involved);
	for (i = -WARM_UP; i < rounds; i++) {
		if (madvise(memory.region.base, region_len(&memory.region), MADV_DONTNEED))
			die_errno("madvise");
		for (page = 0; page < FAULTS; page++) {
			begin = __rdtsc();
			region_write(&memory.region, page, 1);
			if (i >= 0)
				sample(begin, __rdtsc());
		}
	}
	workload_unmap(&memory);
	return median(samples, sampled);
}

/* Of count pages of an area of so many, from the first on. */
static double there_and_back(size_t of_pages, size_t first, size_t count)
{
	size_t len = count * page_size();
	struct workload memory;
	__u64 begin;
	char *start;
	long i;

	workload_touched(&memory, of_pages, involved);
	start = region_page(&memory.region, first);
	for (i = -WARM_UP; i < rounds; i++) {
		begin = __rdtsc();
		workload_mprotect(start, len, PROT_READ);
		workload_mprotect(start, len, PROT_READ | PROT_WRITE);
		if (i >= 0)
			sample(begin, __rdtsc());
	}
	workload_unmap(&memory);
	return median(samples, sampled) / 2 / count;
}

static double mprotect_many(void)
{
	return there_and_back(pages, 0, pages);
}

static double mprotect_one(void)
{
	return there_and_back(16, 8, 1);
}

static double mprotect_area(void)
{
	return there_and_back(1, 0, 1);
}

#define MOVED	512

static double migration(void)
{
	struct workload memory;
	__u64 begin;
	long i;

	need_two_nodes();
	workload_touched(&memory, MOVED, involved);
	for (i = -WARM_UP; i < rounds; i++) {
		begin = __rdtsc();
		move_to_node(&memory.region, i & 1, false);
		if (i >= 0)
			sample(begin, __rdtsc());
	}
	workload_unmap(&memory);
	return median(samples, sampled) / MOVED;
}

#define FORKED	1024

static double fork_once(void)
{
	struct workload memory;
	__u64 begin, end;
	pid_t child;
	long i;

	workload_touched(&memory, FORKED, involved);
	for (i = -WARM_UP; i < rounds; i++) {
		begin = __rdtsc();
		child = fork();
		if (!child)
			_exit(0);
		end = __rdtsc();
		if (child < 0)
			die_errno("fork");
		waitpid(child, NULL, 0);
		if (i >= 0)
			sample(begin, end);
	}
	workload_unmap(&memory);
	return median(samples, sampled);
}

#define HINTED		256
#define SECONDS		5	/* of the guest */

/* A minor fault on a page that was mapped is a hinting fault; ticks are none. */
static bool hinted(const struct region *region, size_t page, __u64 *cost)
{
	long before = thread_faults();
	__u64 begin = __rdtsc();

	region_read(region, page);
	*cost = __rdtsc() - begin;
	return thread_faults() != before;
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static double numa(void)
{
	pthread_t other;
	size_t want = (rounds + WARM_UP) * 8, seen = 0, page;
	struct workload memory;
	double until;
	__u64 cost;

	workload_map(&memory, HINTED, involved);
	bind_for_balancing(&memory.region, false);
	region_touch(&memory.region, 0, HINTED);
	if (involved)
		tracker_protect(&memory.tracker, 0, HINTED);
	/* What a process of one thread has on its own node is not hinted. */
	if (pthread_create(&other, NULL, idle, NULL))
		die("pthread_create");
	balancing_on();
	until = now() + SECONDS;
	while (seen < want && now() < until)
		for (page = 0; page < HINTED; page++)
			if (hinted(&memory.region, page, &cost) && seen++ >= WARM_UP * 8)
				sample(0, cost);
	balancing_off();
	pthread_cancel(other);
	pthread_join(other, NULL);
	if (seen < want)
		die("only %zu hinting faults in %d s", seen, SECONDS);
	workload_unmap(&memory);
	return median(samples, sampled);
}

/* What this thread is, threads that it starts are, too. */
static void schedule_as(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		die_errno("sched_setscheduler");
}

/*
 * The tracker stands back for the fault that it has resolved: which of them runs on would be a
 * matter of how long both have run, and so of what is counted.
 */
static double wpfault(void)
{
	struct workload memory;
	__u64 begin;
	long i;

	if (!involved)
		die("faults of protected pages need -u");
	workload_touched(&memory, 1, involved);
	schedule_as(SCHED_FIFO, 1);
	tracker_start(&memory.tracker);
	schedule_as(SCHED_FIFO, 2);
	for (i = -WARM_UP; i < rounds; i++) {
		tracker_protect(&memory.tracker, 0, 1);
		begin = __rdtsc();
		region_write(&memory.region, 0, 2);
		if (i >= 0)
			sample(begin, __rdtsc());
	}
	schedule_as(SCHED_OTHER, 0);
	tracker_stop(&memory.tracker);
	region_unmap(&memory.region);
	return median(samples, sampled);
}

static const struct operation {
	const char *name;
	double (*measure)(void);
} operations[] = {
	{ "fault", fault },
	{ "mprotect", mprotect_many },
	{ "mprotect1", mprotect_one },
	{ "mprotect-area", mprotect_area },
	{ "migration", migration },
	{ "fork", fork_once },
	{ "numa", numa },
	{ "wpfault", wpfault },
};

static void run(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operations[i].name, name))
			break;
	if (i == ARRAY_SIZE(operations))
		misuse("no operation '%s'", name);
	sampled = 0;
	printf("%s %.2f\n", name, operations[i].measure());
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "un:r:h")) != -1)
		switch (option) {
		case 'u':
			involved = true;
			break;
		case 'n':
			pages = number_arg("pages", optarg, 1, 1 << 20);
			break;
		case 'r':
			rounds = number_arg("rounds", optarg, 1, MAX_ROUNDS / FAULTS);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return EXIT_USAGE;
		}
	if (optind == argc)
		misuse("name an operation");
	pin_to_node(0, 0);
	for (; optind < argc; optind++)
		run(argv[optind]);
	return 0;
}
