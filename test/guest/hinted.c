// SPDX-License-Identifier: GPL-2.0
/*
 * Hinting faults next to pages that are protected against any access: NUMA balancing has the
 * open half of a region to itself, and must leave the other one as it is.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/balancing.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

#define PAGES	16	/* a large folio's */
#define OPEN	(PAGES / 2)

static const char usage[] =
	"hinted MEMORY\n"
	"Registers 16 pages for protection against any access (7.3 and later), protects the second\n"
	"half, pauses (\"pause protected\"), has the first half take hinting faults, pauses\n"
	"(\"pause ran\"), reads all, and prints pages, fired, missed of the second half, fired.open\n"
	"of the first, and extra as uffdwp does.\n";

/*
 * The open half: one hinting fault may restore all of it, if it is of one folio. More than one
 * each, for who makes hinting entries waits for the same lock, and may have done so again
 * before anybody else has seen what the fault left.
 */
static void have_hinted(const struct region *region)
{
	static const struct hinting how = {
		.threads = 2, .nodes = 2, .faults = 10, .seconds = 60,
	};
	struct memory_kind kind = *region->kind;
	struct region open = *region;

	open.pages = OPEN;
	open.kind = &kind;
	if (kind.block > kind.page)
		kind.block = OPEN * kind.page;
	take_hinting_faults(&open, &how);
}

static size_t read_from(struct tracker *t, size_t first, size_t count)
{
	size_t i, fired = 0;

	for (i = first; i < first + count; i++)
		fired += tracker_write(t, i);
	return fired;
}

int main(int argc, char **argv)
{
	struct region region;
	struct tracker t;
	size_t open, fired;

	opterr = 0;
	if (getopt(argc, argv, "h") == 'h') {
		printf("usage: %s", usage);
		return 0;
	}
	region_map(&region, memory_arg(argc, argv), PAGES, PROT_READ | PROT_WRITE);
	region_print(&region);
	need_two_nodes();
	balancing_off();
	bind_for_balancing(&region, true);
	region_touch(&region, 0, PAGES);
	region_check(&region);
	move_to_node(&region, 0, false);
	tracker_register_any(&t, &region);
	tracker_start(&t);
	tracker_protect(&t, OPEN, PAGES - OPEN);
	pause_at("protected");
	have_hinted(&region);
	pause_at("ran");
	open = read_from(&t, 0, OPEN);
	fired = read_from(&t, OPEN, PAGES - OPEN);
	printf("pages %d\nfired %zu\nmissed %zu\nfired.open %zu\nextra %lu\n", PAGES - OPEN,
	       fired, PAGES - OPEN - fired, open, t.extra);
	tracker_stop(&t);
	return 0;
}
