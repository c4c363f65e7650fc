// SPDX-License-Identifier: GPL-2.0
/*
 * Does a write to a write-protected page announce itself?
 *
 * Protect pages, send them along one of the kernel's paths, then write to each
 * once and see whether the fault message for exactly this write arrives.
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "lib/args.h"
#include "lib/mapped.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"uffdwp [options] PATH MEMORY\n"
	"Protects pages, runs PATH over them, writes to each, and prints\n"
	"  pages N    pages written (all rounds)\n"
	"  fired N    of these: announced by a write-protect fault message\n"
	"  missed N   of these: not announced\n"
	"  extra N    messages that no write caused\n"
	"  -n PAGES   how many pages (64)\n"
	"  -r ROUNDS  repeat protect, path, write; the numbers are sums (1)\n"
	"  -p         pause, until a line on standard input, after protecting\n"
	"             (\"pause protected\") and after the path (\"pause ran\")\n"
	"  -a         protect against any access (7.3 and later), and read instead\n"
	"  -u         print \"unmarked N\": pages without the mark when they were to be written to\n"
	"  -v         print \"missed_at ADDRESS\" for each page missed\n"
	"  -l         list paths and kinds of memory\n"
	"migration: -H HOPS   moves per round (2)\n"
	"           -e        moved by another process that maps the memory, too\n"
	"numa:      -t THREADS readers (2)\n"
	"           -N NODES   that they are spread over; the pages are on the first (2)\n"
	"           -f FAULTS  hinting faults each page must take, at least (1)\n"
	"           -b         let pages migrate to the reader's node\n"
	"           -k         but have them kept where they are, in a pipe\n"
	"           -T SECONDS time limit per round (60)\n"
	"Exit status: 0 measured, 1 usage, 2 could not measure.\n";

struct result {
	unsigned long fired;
	unsigned long missed;
	unsigned long unmarked;
};

static void write_all(struct tracker *t, bool verbose, struct result *result)
{
	size_t i;

	for (i = 0; i < t->region->pages; i++) {
		if (tracker_write(t, i)) {
			result->fired++;
			continue;
		}
		result->missed++;
		if (verbose)
			printf("missed_at %p\n", region_page(t->region, i));
	}
}

static void one_round(const struct args *args, struct tracker *t, struct result *result)
{
	const struct region *region = t->region;

	if (args->path->settle)
		args->path->settle(region, &args->options);
	tracker_protect(t, 0, region->pages);
	region_check(region);
	if (args->pause)
		pause_at("protected");
	args->path->run(region, &args->options);
	region_check(region);
	if (args->pause)
		pause_at("ran");
	if (args->unmarked)
		result->unmarked += region->pages - pages_marked(region);
	write_all(t, args->verbose, result);
}

int main(int argc, char **argv)
{
	struct result result = { 0 };
	struct region region;
	struct tracker t;
	struct args args;
	int round;

	parse_args(&args, argc, argv, usage);
	region_map(&region, args.memory, args.pages, args.path->prot);
	region_print(&region);
	if (args.path->prepare)
		args.path->prepare(&region, &args.options);
	region_touch(&region, 0, region.pages);
	if (args.any_access)
		tracker_register_any(&t, &region);
	else
		tracker_register(&t, &region, false);
	tracker_start(&t);
	for (round = 0; round < args.rounds; round++)
		one_round(&args, &t, &result);
	printf("pages %lu\nfired %lu\nmissed %lu\nextra %lu\n",
	       result.fired + result.missed, result.fired, result.missed, t.extra);
	if (args.unmarked)
		printf("unmarked %lu\n", result.unmarked);
	tracker_stop(&t);
	region_unmap(&region);
	return 0;
}
