// SPDX-License-Identifier: GPL-2.0
/*
 * Load: everything at once that goes along the paths, for some seconds, for what
 * must hold while modes change and modules come and go.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/balancing.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"churn [-t THREADS] [-n PAGES] [-o] MEMORY SECONDS\n"
	"THREADS (4) workers, each with PAGES (64) pages: protect, then one of\n"
	"mprotect, migration, reading (under NUMA balancing where there are two\n"
	"nodes), fork and exit, in turn, then write to all. Prints\n"
	"  rounds N, forks N, writes N   what was done\n"
	"  missed N     writes to a protected page that were not announced\n"
	"  extra N      messages that no write caused\n"
	"  -o  exit with status 3 if any was missed\n";

#define EXIT_MISSED 3

struct load {
	const struct memory_kind *memory;
	size_t pages;
	int threads;
	int seconds;
	bool oracle;
	bool two_nodes;
	bool balanced;
	double end;
};

struct worker {
	const struct load *load;
	pthread_t thread;
	int nr;
	struct region region;
	struct tracker tracker;
	unsigned long rounds, forks, writes, missed, extra;
};

/* The processes that come and go use userfaultfd, too, and leave pages protected. */
static void child(const struct load *load)
{
	struct region region;
	struct tracker t;

	region_map(&region, load->memory, load->pages, PROT_READ | PROT_WRITE);
	region_touch(&region, 0, region.pages);
	tracker_register(&t, &region, false);
	tracker_protect(&t, 0, region.pages);
	region_mprotect(&region, PROT_READ);
	region_mprotect(&region, PROT_READ | PROT_WRITE);
	_exit(0);
}

static void fork_and_exit(struct worker *w)
{
	pid_t pid = fork_or_die();

	if (!pid)
		child(w->load);
	child_ended(pid);
	w->forks++;
}

static void read_pages(const struct region *region)
{
	size_t pass, i;

	for (pass = 0; pass < 50; pass++)
		for (i = 0; i < region->pages; i++)
			region_read(region, i);
}

static void one_way(struct worker *w)
{
	const struct region *region = &w->region;

	switch (w->rounds % 4) {
	case 0:
		region_mprotect(region, PROT_READ);
		region_mprotect(region, PROT_READ | PROT_WRITE);
		break;
	case 1:
		if (w->load->two_nodes) {
			try_move_to_node(region, 1);
			try_move_to_node(region, 0);
		}
		break;
	case 2:
		read_pages(region);
		break;
	case 3:
		fork_and_exit(w);
		break;
	}
}

static void write_pages(struct worker *w)
{
	size_t i;

	for (i = 0; i < w->region.pages; i++, w->writes++)
		if (!tracker_write(&w->tracker, i))
			w->missed++;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	if (w->load->two_nodes)
		pin_to_node(w->nr % 2, w->nr / 2);
	while (now() < w->load->end) {
		tracker_protect(&w->tracker, 0, w->region.pages);
		one_way(w);
		write_pages(w);
		w->rounds++;
	}
	return NULL;
}

static void start_worker(struct worker *w, const struct load *load, int nr)
{
	w->load = load;
	w->nr = nr;
	region_map(&w->region, load->memory, load->pages, PROT_READ | PROT_WRITE);
	if (load->balanced)
		bind_for_balancing(&w->region, true);
	region_touch(&w->region, 0, load->pages);
	tracker_register(&w->tracker, &w->region, false);
	tracker_start(&w->tracker);
	errno = pthread_create(&w->thread, NULL, worker_main, w);
	if (errno)
		die_errno("pthread_create");
}

static void end_worker(struct worker *w, struct worker *sum)
{
	pthread_join(w->thread, NULL);
	sum->rounds += w->rounds;
	sum->forks += w->forks;
	sum->writes += w->writes;
	sum->missed += w->missed;
	sum->extra += w->tracker.extra;
	tracker_stop(&w->tracker);
}

static void parse(struct load *load, int argc, char **argv)
{
	int option;

	*load = (struct load){ .pages = 64, .threads = 4 };
	opterr = 0;
	while ((option = getopt(argc, argv, "t:n:oh")) != -1) {
		switch (option) {
		case 't':
			load->threads = number_arg("-t THREADS", optarg, 1, 64);
			break;
		case 'n':
			load->pages = number_arg("-n PAGES", optarg, 1, 1 << 16);
			break;
		case 'o':
			load->oracle = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	load->memory = optind + 2 == argc ? memory_kind(argv[optind]) : NULL;
	if (!load->memory)
		misuse("MEMORY and SECONDS are needed (-h for help)");
	load->seconds = number_arg("SECONDS", argv[optind + 1], 1, 86400);
}

int main(int argc, char **argv)
{
	struct worker sum = { 0 };
	struct worker *workers;
	struct load load;
	int i;

	parse(&load, argc, argv);
	workers = calloc(load.threads, sizeof(*workers));
	if (!workers)
		die_errno("cannot allocate");
	load.two_nodes = node_count() == 2;
	load.balanced = load.two_nodes && balancing_there();
	if (load.balanced)
		balancing_on();
	load.end = now() + load.seconds;
	for (i = 0; i < load.threads; i++)
		start_worker(&workers[i], &load, i);
	for (i = 0; i < load.threads; i++)
		end_worker(&workers[i], &sum);
	if (load.balanced)
		balancing_off();
	printf("rounds %lu\nforks %lu\nwrites %lu\nmissed %lu\nextra %lu\n",
	       sum.rounds, sum.forks, sum.writes, sum.missed, sum.extra);
	return load.oracle && sum.missed ? EXIT_MISSED : 0;
}
