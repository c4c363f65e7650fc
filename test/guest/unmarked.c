// SPDX-License-Identifier: GPL-2.0
/*
 * Pages without the mark, in memory registered for write protection: does
 * something touch them that should not?
 *
 * Three kinds stand next to protected pages in one region: written after the
 * registration but never protected, filled by UFFDIO_COPY without protection,
 * and protected and resolved again. All go along the path, then each is written
 * to once. No message may come, and the minor faults should be those that the
 * kernel takes without a guard. (With NUMA balancing it takes one now and then:
 * change_pte_range() makes every migration entry that it meets a readable one, so a
 * page that another thread's hinting fault is just migrating loses its write access.)
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "lib/args.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"unmarked [options] PATH MEMORY\n"
	"For each kind of page without mark (written, copied, resolved) prints\n"
	"  KIND.pages N     pages written to\n"
	"  KIND.messages N  fault messages that these writes caused\n"
	"  KIND.faults N    minor faults that these writes took\n"
	"and for their protected neighbours protected.fired and protected.missed, and\n"
	"protected.start, the address of the first, behind all others; extra N is\n"
	"messages without a write. With -k also\n"
	"  moved N          of the pages, which were all on node 0, those that are elsewhere\n"
	"Options as for uffdwp, but -n is pages of each kind, and no -r, -u and -v.\n";

enum kind { WRITTEN, COPIED, RESOLVED, PROTECTED, NR_KINDS };

static const char * const kind_names[] = { "written", "copied", "resolved" };

static void prepare_kinds(struct tracker *t, size_t n)
{
	const struct region *region = t->region;
	size_t i;

	region_touch(region, WRITTEN * n, n);
	tracker_fill(t, COPIED * n, n);
	tracker_protect(t, RESOLVED * n, n);
	for (i = RESOLVED * n; i < (RESOLVED + 1) * n; i++)
		if (!tracker_write(t, i))
			die("page %zu did not fire when it was to be resolved", i);
	tracker_protect(t, PROTECTED * n, n);
}

static void write_unmarked(struct tracker *t, enum kind which, size_t n)
{
	unsigned long messages = 0;
	size_t i;

	t->faults = 0;
	for (i = which * n; i < (which + 1) * n; i++)
		messages += tracker_write(t, i);
	printf("%s.pages %zu\n%s.messages %lu\n%s.faults %ld\n",
	       kind_names[which], n, kind_names[which], messages,
	       kind_names[which], t->faults);
}

static void write_protected(struct tracker *t, size_t n)
{
	size_t i, fired = 0;

	for (i = PROTECTED * n; i < (PROTECTED + 1) * n; i++)
		fired += tracker_write(t, i);
	printf("protected.start %p\nprotected.fired %zu\nprotected.missed %zu\n",
	       (void *)region_page(t->region, PROTECTED * n), fired, n - fired);
}

int main(int argc, char **argv)
{
	struct region region;
	struct tracker t;
	struct args args;
	enum kind which;

	parse_args(&args, argc, argv, usage);
	region_map(&region, args.memory, NR_KINDS * args.pages, args.path->prot);
	region_print(&region);
	if (args.path->prepare)
		args.path->prepare(&region, &args.options);
	/* The pages to be copied must be missing when UFFDIO_COPY comes. */
	region_touch(&region, WRITTEN * args.pages, args.pages);
	region_touch(&region, RESOLVED * args.pages, 2 * args.pages);
	tracker_register(&t, &region, true);
	tracker_start(&t);
	prepare_kinds(&t, args.pages);
	if (args.path->settle)
		args.path->settle(&region, &args.options);
	/* A clean entry of shared memory may take a fault to be written to, at any time. */
	region_touch(&region, 0, PROTECTED * args.pages);
	if (args.pause)
		pause_at("protected");
	args.path->run(&region, &args.options);
	if (args.options.held)
		printf("moved %zu\n", blocks_away(&region, 0));
	if (args.pause)
		pause_at("ran");
	for (which = WRITTEN; which <= RESOLVED; which++)
		write_unmarked(&t, which, args.pages);
	write_protected(&t, args.pages);
	printf("extra %lu\n", t.extra);
	tracker_stop(&t);
	return 0;
}
