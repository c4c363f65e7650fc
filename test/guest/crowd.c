// SPDX-License-Identifier: GPL-2.0
/* Many threads that fault on protected pages, and all wait for the tracker at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
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
	"crowd [-t THREADS] [-m TURNS] MEMORY\n"
	"THREADS (64), spread over all CPUs, write to a protected page each. Says where the pages\n"
	"are and \"pause protected\", and waits for a line. With -m it has the threads migrate their\n"
	"pages there and back, so many times, and says \"pause moved\". Has the threads write, and when all of\n"
	"them wait for the tracker says \"pause waiting\"; then lifts the protection, and when all\n"
	"have written prints\n"
	"  threads N    how many they were\n"
	"  announced N  pages of which a message came\n";

struct writer {
	const struct region *region;
	pthread_t thread;
	int nr;
	int turns;
};

static void *mover_main(void *arg)
{
	struct writer *w = arg;
	struct region page = *w->region;
	int i;

	page.base = region_page(w->region, w->nr);
	page.pages = 1;
	pin_to_node(w->nr % node_count(), w->nr / node_count());
	for (i = 0; i < w->turns; i++) {
		try_move_to_node(&page, 1);
		try_move_to_node(&page, 0);
	}
	return NULL;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;

	pin_to_node(w->nr % node_count(), w->nr / node_count());
	region_write(w->region, w->nr, 2);
	return NULL;
}

/* Until so many pages have been told of. */
static int listen_for(const struct tracker *t, int pages)
{
	struct pollfd fd = { .fd = t->uffd, .events = POLLIN };
	bool *told = calloc(pages, sizeof(*told));
	struct uffd_msg msg;
	int nr = 0;

	if (!told)
		die_errno("cannot allocate");
	while (nr < pages && poll(&fd, 1, -1) > 0) {
		size_t page;

		if (read(t->uffd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		page = (msg.arg.pagefault.address - (uintptr_t)t->region->base) /
			t->region->kind->page;
		if (msg.event != UFFD_EVENT_PAGEFAULT || page >= t->region->pages)
			die("unexpected message");
		nr += !told[page];
		told[page] = true;
	}
	free(told);
	return nr;
}

static void start(struct writer *writers, int threads, void *(*main_of)(void *))
{
	int i;

	for (i = 0; i < threads; i++) {
		errno = pthread_create(&writers[i].thread, NULL, main_of, &writers[i]);
		if (errno)
			die_errno("pthread_create");
	}
}

static void join(struct writer *writers, int threads)
{
	int i;

	for (i = 0; i < threads; i++)
		pthread_join(writers[i].thread, NULL);
}

int main(int argc, char **argv)
{
	const struct memory_kind *kind;
	struct writer *writers;
	struct region region;
	struct tracker t;
	int threads = 64, turns = 0, announced, option, i;

	opterr = 0;
	while ((option = getopt(argc, argv, "t:m:h")) != -1) {
		switch (option) {
		case 't':
			threads = number_arg("-t THREADS", optarg, 1, 4096);
			break;
		case 'm':
			turns = number_arg("-m TURNS", optarg, 1, 1 << 20);
			break;
		default:
			other_option(option, usage);
		}
	}
	kind = memory_arg(argc, argv);
	writers = calloc(threads, sizeof(*writers));
	if (!writers)
		die_errno("cannot allocate");
	region_map(&region, kind, threads, PROT_READ | PROT_WRITE);
	region_touch(&region, 0, threads);
	tracker_register(&t, &region, false);
	tracker_protect(&t, 0, threads);
	region_print(&region);
	for (i = 0; i < threads; i++)
		writers[i] = (struct writer){ .region = &region, .nr = i, .turns = turns };
	pause_at("protected");
	if (turns) {
		start(writers, threads, mover_main);
		join(writers, threads);
		pause_at("moved");
	}
	start(writers, threads, writer_main);
	announced = listen_for(&t, threads);
	pause_at("waiting");
	tracker_resolve(&t, 0, threads);
	join(writers, threads);
	printf("threads %d\nannounced %d\n", threads, announced);
	return 0;
}
