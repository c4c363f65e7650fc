// SPDX-License-Identifier: GPL-2.0
/*
 * What operations of mm cost when there is more of everything, in instructions: under
 * QEMU's -icount shift=0 the time stamp counter counts those of all CPUs together.
 */
#define _GNU_SOURCE
#include <linux/types.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "lib/cpus.h"
#include "lib/median.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"
#include "lib/workload.h"

#define WARM_UP		2
#define MAX_ROUNDS	256
#define MAX_PROCESSES	256

static const char usage[] =
	"growth [-u] [-n PAGES] [-r ROUNDS] [-p PROCESSES] [-c CPUS] OPERATION\n"
	"PROCESSES (1) on the first CPUS (1) do OPERATION at once, each to PAGES (512) of its own.\n"
	"Prints the operation and its instructions on all CPUs, per page (of register: per\n"
	"registration): the median of ROUNDS (8) that begin together, after two to warm up.\n"
	"  mprotect  to read-only and back\n"
	"  migration to the other node\n"
	"  fault     a write to a page of which there is none\n"
	"  register  for write protection, and its end\n"
	"-u: the memory is registered for write protection, and protected.\n";

static bool involved;
static long pages = 512;
static long rounds = 8;

struct job {
	struct workload w;
	struct workload other;	/* what comes and goes */
	long round;
};

static void do_mprotect(struct job *job)
{
	const struct region *region = &job->w.region;

	workload_mprotect(region->base, region_len(region), PROT_READ);
	workload_mprotect(region->base, region_len(region), PROT_READ | PROT_WRITE);
}

static void do_migration(struct job *job)
{
	try_move_to_node(&job->w.region, job->round & 1);
}

static void do_fault(struct job *job)
{
	const struct region *region = &job->w.region;

	if (madvise(region->base, region_len(region), MADV_DONTNEED))
		die_errno("madvise");
	region_touch(region, 0, region->pages);
}

static void do_register(struct job *job)
{
	workload_map(&job->other, 1, true);
	workload_unmap(&job->other);
}

static const struct operation {
	const char *name;
	void (*run)(struct job *job);
	int times;		/* that a page is dealt with in a round */
	bool by_page;
} operations[] = {
	{ "mprotect", do_mprotect, 2, true },
	{ "migration", do_migration, 1, true },
	{ "fault", do_fault, 1, true },
	{ "register", do_register, 1, false },
};

/* What the processes share. */
struct team {
	pthread_barrier_t ready;
	struct stint {
		__u64 begin, end;
	} stints[MAX_ROUNDS][MAX_PROCESSES];
};

static struct team *make_team(unsigned int processes)
{
	pthread_barrierattr_t shared;
	struct team *team;

	team = mmap(NULL, sizeof(*team), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (team == MAP_FAILED)
		die_errno("mmap");
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	if (pthread_barrier_init(&team->ready, &shared, processes))
		die("no barrier");
	return team;
}

static void work(struct team *team, const struct operation *operation, int cpu, int nr)
{
	struct job job;

	run_on_cpu(cpu);
	workload_touched(&job.w, pages, involved);
	for (job.round = -WARM_UP; job.round < rounds; job.round++) {
		struct stint stint;

		/* Who is done before others waits, and costs nothing. */
		pthread_barrier_wait(&team->ready);
		stint.begin = __rdtsc();
		operation->run(&job);
		stint.end = __rdtsc();
		if (job.round >= 0)
			team->stints[job.round][nr] = stint;
	}
	pthread_barrier_wait(&team->ready);
	workload_unmap(&job.w);
}

static __u64 spent(const struct stint *stints, int processes)
{
	__u64 begin = ~0ULL, end = 0;
	int i;

	for (i = 0; i < processes; i++) {
		if (stints[i].begin < begin)
			begin = stints[i].begin;
		if (stints[i].end > end)
			end = stints[i].end;
	}
	return end - begin;
}

static double of_rounds(const struct team *team, int processes)
{
	__u64 samples[MAX_ROUNDS];
	long i;

	for (i = 0; i < rounds; i++)
		samples[i] = spent(team->stints[i], processes);
	return median(samples, rounds);
}

static double measure(const struct operation *operation, int processes, int cpus)
{
	double each = (double)processes * operation->times;
	struct team *team = make_team(processes);
	pid_t pids[MAX_PROCESSES];
	int i;

	for (i = 0; i < processes; i++) {
		pids[i] = fork_or_die();
		if (!pids[i]) {
			work(team, operation, i % cpus, i);
			_exit(0);
		}
	}
	for (i = 0; i < processes; i++)
		child_ended(pids[i]);
	return of_rounds(team, processes) / each / (operation->by_page ? pages : 1);
}

static const struct operation *operation_arg(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	misuse("no operation '%s'", name);
}

int main(int argc, char **argv)
{
	int processes = 1, cpus = 1, option;
	const struct operation *operation;

	while ((option = getopt(argc, argv, "un:r:p:c:h")) != -1)
		switch (option) {
		case 'u':
			involved = true;
			break;
		case 'n':
			pages = number_arg("-n PAGES", optarg, 1, 1 << 20);
			break;
		case 'r':
			rounds = number_arg("-r ROUNDS", optarg, 1, MAX_ROUNDS);
			break;
		case 'p':
			processes = number_arg("-p PROCESSES", optarg, 1, MAX_PROCESSES);
			break;
		case 'c':
			cpus = number_arg("-c CPUS", optarg, 1, CPU_SETSIZE);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return EXIT_USAGE;
		}
	if (optind != argc - 1)
		misuse("name one operation");
	operation = operation_arg(argv[optind]);
	printf("%s %.2f\n", operation->name, measure(operation, processes, cpus));
	return 0;
}
