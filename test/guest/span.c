// SPDX-License-Identifier: GPL-2.0
/*
 * One mprotect() over gigabytes, with a few protected pages spread over them:
 * more than anything may look at while preemption is off.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"span [-s MIB] [-n PAGES] [-p] MEMORY\n"
	"Maps MIB mebibytes (2048), populates and protects PAGES pages spread over\n"
	"them (64), changes the protection of all to PROT_READ and back, writes to\n"
	"the pages and prints pages, fired, missed, extra as uffdwp does.\n"
	"  -p  pause as uffdwp does\n";

struct span {
	const struct memory_kind *memory;
	size_t mib;
	size_t populated;
	bool pause;
};

static void parse(struct span *span, int argc, char **argv)
{
	int option;

	*span = (struct span){ .mib = 2048, .populated = 64 };
	opterr = 0;
	while ((option = getopt(argc, argv, "s:n:ph")) != -1) {
		switch (option) {
		case 's':
			span->mib = number_arg("-s MIB", optarg, 1, 1 << 20);
			break;
		case 'n':
			span->populated = number_arg("-n PAGES", optarg, 1, 1 << 16);
			break;
		case 'p':
			span->pause = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	span->memory = memory_arg(argc, argv);
}

/* From the first page to the last, and not all at the same place in their tables. */
static size_t nth_page(const struct span *span, const struct region *region, size_t n)
{
	if (span->populated == 1)
		return region->pages - 1;
	return n * (region->pages - 1) / (span->populated - 1);
}

int main(int argc, char **argv)
{
	size_t i, fired = 0;
	struct region region;
	struct tracker t;
	struct span span;

	parse(&span, argc, argv);
	if (span.populated > (span.mib << 20) / span.memory->page)
		die("%zu MiB do not hold %zu pages", span.mib, span.populated);
	region_map(&region, span.memory, (span.mib << 20) / span.memory->page,
		   PROT_READ | PROT_WRITE);
	region_print(&region);
	for (i = 0; i < span.populated; i++)
		region_touch(&region, nth_page(&span, &region, i), 1);
	tracker_register(&t, &region, false);
	tracker_start(&t);
	for (i = 0; i < span.populated; i++)
		tracker_protect(&t, nth_page(&span, &region, i), 1);
	if (span.pause)
		pause_at("protected");
	region_mprotect(&region, PROT_READ);
	region_mprotect(&region, PROT_READ | PROT_WRITE);
	if (span.pause)
		pause_at("ran");
	for (i = 0; i < span.populated; i++)
		fired += tracker_write(&t, nth_page(&span, &region, i));
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n",
	       span.populated, fired, span.populated - fired, t.extra);
	tracker_stop(&t);
	return 0;
}
