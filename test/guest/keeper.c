// SPDX-License-Identifier: GPL-2.0
/*
 * A process that protects pages and goes along no path: what a scan finds there was
 * planted, and what is written was not healed by anything else.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"keeper [-n PAGES] [-m MAPPINGS] [-x] [-a] MEMORY\n"
	"Protects PAGES pages (16), pauses (\"pause protected\"), writes to each and\n"
	"prints pages, fired, missed, extra as uffdwp does.\n"
	"  -m  MAPPINGS others, that are not registered, lie below the pages\n"
	"  -a  protects against any access (7.3 and later), and reads instead\n"
	"  -x  the first thread exits before the pause, the process goes on\n";

struct keeper {
	const struct memory_kind *memory;
	size_t pages;
	size_t mappings;
	bool first_exits;
	bool any_access;
	pthread_t first;
};

static void parse(struct keeper *keeper, int argc, char **argv)
{
	int option;

	*keeper = (struct keeper){ .pages = 16, .first = pthread_self() };
	opterr = 0;
	while ((option = getopt(argc, argv, "n:m:xah")) != -1) {
		switch (option) {
		case 'n':
			keeper->pages = number_arg("-n PAGES", optarg, 1, 1 << 20);
			break;
		case 'm':
			keeper->mappings = number_arg("-m MAPPINGS", optarg, 0, 60000);
			break;
		case 'x':
			keeper->first_exits = true;
			break;
		case 'a':
			keeper->any_access = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	keeper->memory = memory_arg(argc, argv);
}

/* Of two protections in turn, so that the kernel does not merge neighbours. */
static void map_others(const struct region *region, size_t count)
{
	char *at = region->base - (count + 16) * page_size();
	size_t i;

	for (i = 0; i < count; i++)
		if (mmap(at + i * page_size(), page_size(), i % 2 ? PROT_READ : PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
			die_errno("cannot map %zu others", count);
}

static void *keep(void *data)
{
	const struct keeper *keeper = data;
	struct region region;
	size_t i, fired = 0;
	struct tracker t;

	if (keeper->first_exits && pthread_join(keeper->first, NULL))
		die("the first thread did not exit");
	region_map(&region, keeper->memory, keeper->pages, PROT_READ | PROT_WRITE);
	map_others(&region, keeper->mappings);
	region_print(&region);
	region_touch(&region, 0, region.pages);
	if (keeper->any_access)
		tracker_register_any(&t, &region);
	else
		tracker_register(&t, &region, false);
	tracker_start(&t);
	tracker_protect(&t, 0, region.pages);
	pause_at("protected");
	for (i = 0; i < region.pages; i++)
		fired += tracker_write(&t, i);
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", region.pages, fired,
	       region.pages - fired, t.extra);
	tracker_stop(&t);
	exit(0);
}

int main(int argc, char **argv)
{
	static struct keeper keeper;
	pthread_t keeping;

	parse(&keeper, argc, argv);
	if (pthread_create(&keeping, NULL, keep, &keeper))
		die("cannot start a thread");
	if (keeper.first_exits)
		pthread_exit(NULL);
	pthread_join(keeping, NULL);
	return 0;
}
