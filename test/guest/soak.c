// SPDX-License-Identifier: GPL-2.0
/*
 * Long load with an oracle: what protects, writes and sends pages along every path at
 * once, in many processes, and knows of every write whether it has to be announced.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/balancing.h"
#include "lib/util.h"
#include "soak/soak.h"

static const char usage[] =
	"soak [-s SEED] SECONDS KIND...\n"
	"A process for each KIND of memory (async-KIND: asked with PAGEMAP_SCAN; ksm-KIND:\n"
	"offered to KSM). When all are registered says \"pause ready 0\" and waits for a line. After SECONDS from then on, and\n"
	"when each way has been gone at least once, says \"pause ran ROUND\" and waits\n"
	"for a line; then writes to every page that is still protected, says \"pause checked\n"
	"ROUND\" and waits again: for the next round, or the end of its input. In between prints\n"
	"  protects N, writes N, announced N, mayflies N, way.NAME N   so far\n"
	"  unannounced PID ADDRESS SINCE PHASE KIND   a write to a protected page of which no\n"
	"               message came; SINCE: when it was protected, in monotonic seconds; PHASE:\n"
	"               run, or check (nothing else was under way)\n";

static pid_t workers[MAX_WORKERS];
static int nr_workers;

static struct control *make_control(void)
{
	struct control *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_rwlockattr_t attr;

	if (c == MAP_FAILED)
		die_errno("cannot share memory");
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	/* Or who is always in would never let the phase change. */
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	if (pthread_rwlock_init(&c->gate, &attr))
		die("cannot make a gate");
	return c;
}

/* A worker ends when it is told to, and never before. */
static void all_live(void)
{
	int status, i;

	for (i = 0; i < nr_workers; i++)
		if (waitpid(workers[i], &status, WNOHANG))
			die("worker %d ended with status 0x%x", i, status);
}

static void enter(struct control *c, enum phase phase)
{
	c->phase = phase;
	pthread_rwlock_unlock(&c->gate);
}

/* Who waits for it keeps others from coming in again. */
static void leave(struct control *c)
{
	struct timespec until;

	do {
		all_live();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
	} while (pthread_rwlock_timedwrlock(&c->gate, &until));
}

static void run(struct control *c, double seconds, __u64 *state)
{
	double start = now();
	const char *name;

	enter(c, PHASE_RUN);
	while (now() < start + seconds || ways_left(c, &name)) {
		mayfly_live_and_die(c, state);
		all_live();
		if (now() > start + 10 * seconds + 60)
			die("way %s was never gone", name);
	}
	leave(c);
}

static void check(struct control *c)
{
	c->unchecked = OWNERS * nr_workers;
	enter(c, PHASE_CHECK);
	while (c->unchecked) {
		all_live();
		usleep(1000);
	}
	leave(c);
}

static void tell_round(struct control *c)
{
	unsigned int i;

	if (c->nr_unannounced > MAX_UNANNOUNCED)
		die("%u writes were not announced: too many to tell of", c->nr_unannounced);
	for (i = 0; i < c->nr_unannounced; i++)
		printf("unannounced %d 0x%lx %.6f %s %s\n", c->unannounced[i].pid,
		       (unsigned long)c->unannounced[i].address, c->unannounced[i].since,
		       c->unannounced[i].in_check ? "check" : "run",
		       c->unannounced[i].kind);
	c->nr_unannounced = 0;
	printf("protects %lu\nwrites %lu\nannounced %lu\nmayflies %lu\n",
	       (unsigned long)c->protects, (unsigned long)c->writes,
	       (unsigned long)c->announced, (unsigned long)c->mayflies);
	ways_print(c);
}

static bool goes_on(const char *where, int round)
{
	char line[8];

	printf("pause %s %d\n", where, round);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin);
}

int main(int argc, char **argv)
{
	struct control *control;
	__u64 seed = 1, state;
	bool more;
	double seconds;
	int option, i, round = 0;

	while ((option = getopt(argc, argv, "s:h")) != -1) {
		switch (option) {
		case 's':
			seed = number_arg("-s SEED", optarg, 1, 1l << 31);
			break;
		default:
			other_option(option, usage);
		}
	}
	if (argc - optind < 2 || argc - optind > 1 + MAX_WORKERS)
		misuse("SECONDS and KINDs are needed (-h for help)");
	seconds = number_arg("SECONDS", argv[optind], 1, 86400);
	control = make_control();
	state = seeded(seed, 0);
	if (balancing_there())
		balancing_on();
	/* Nobody begins before all are there. */
	leave(control);
	for (i = optind + 1; i < argc; i++)
		workers[nr_workers++] = worker_start(control, argv[i], draw(&state));
	while (control->open < nr_workers) {
		all_live();
		usleep(1000);
	}
	more = goes_on("ready", 0);
	while (more) {
		run(control, seconds, &state);
		if (!goes_on("ran", ++round))
			break;
		check(control);
		tell_round(control);
		more = goes_on("checked", round);
	}
	enter(control, PHASE_QUIT);
	for (i = 0; i < nr_workers; i++)
		if (waitpid(workers[i], &option, 0) != workers[i] || option)
			die("worker %d ended with status 0x%x", i, option);
	return 0;
}
