// SPDX-License-Identifier: GPL-2.0
/*
 * Does a CPU that has cached an open entry forget it when the entry is closed?
 *
 * A thread on another CPU goes on writing to a page whose protection is broken,
 * from its TLB. A change of protection that changes no entry (to write only, which
 * x86 does not know) gives the kernel no reason to flush: if the writer is stopped
 * then, it is because whoever closed the entry saw to that.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include <sys/mman.h>

#include "lib/args.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

#define WAIT_SECONDS 5

static const char usage[] =
	"cached [-s MIB] MEMORY\n"
	"Maps MIB mebibytes (1), protects the last page, breaks it by mprotect(), has\n"
	"another CPU write to it, pauses (\"pause writing\"), makes all of it write only,\n"
	"and prints\n"
	"  before N     writes that went through before that\n"
	"  announced N  1 if a write after it was announced, 0 if none was in 5 s\n";

struct writer {
	const struct region *region;
	size_t page;
	atomic_ulong writes;
	atomic_bool stop;
};

static void *writer_thread(void *arg)
{
	struct writer *w = arg;

	pin_to_node(1, 0);
	while (!w->stop) {
		region_write(w->region, w->page, 3);
		w->writes++;
	}
	return NULL;
}

static bool announced(struct tracker *t, size_t page)
{
	double end = now() + WAIT_SECONDS;

	while (!t->fired[page] && now() < end)
		usleep(10000);
	return t->fired[page];
}

int main(int argc, char **argv)
{
	const struct memory_kind *memory;
	unsigned long before;
	struct region region;
	struct writer w = { 0 };
	struct tracker t;
	pthread_t thread;
	size_t mib = 1;
	int option;

	while ((option = getopt(argc, argv, "s:h")) != -1) {
		switch (option) {
		case 's':
			mib = number_arg("-s MIB", optarg, 1, 1 << 20);
			break;
		default:
			other_option(option, usage);
		}
	}
	memory = optind + 1 == argc ? memory_kind(argv[optind]) : NULL;
	if (!memory)
		misuse("one kind of memory is needed (-h for help)");

	need_two_nodes();
	pin_to_node(0, 0);
	region_map(&region, memory, (mib << 20) / memory->page, PROT_READ | PROT_WRITE);
	region_print(&region);
	w.region = &region;
	w.page = region.pages - 1;
	region_touch(&region, w.page, 1);
	tracker_register(&t, &region, false);
	tracker_start(&t);
	tracker_protect(&t, w.page, 1);
	region_mprotect(&region, PROT_READ);
	region_mprotect(&region, PROT_READ | PROT_WRITE);

	if (pthread_create(&thread, NULL, writer_thread, &w))
		die("cannot create a thread");
	while (w.writes < 1000)
		usleep(10000);
	pause_at("writing");
	before = w.writes;
	t.fired[w.page] = 0;
	t.target = w.page + 1;
	region_mprotect(&region, PROT_WRITE);
	printf("before %lu\nannounced %d\n", before, announced(&t, w.page));
	w.stop = true;
	pthread_join(thread, NULL);
	t.target = 0;
	tracker_stop(&t);
	return 0;
}
