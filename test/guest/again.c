// SPDX-License-Identifier: GPL-2.0
/*
 * A process that registers memory which has marks already, from an earlier registration
 * or planted there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/mapped.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"again [-n PAGES] [-a] [-c | -r | -x] MEMORY\n"
	"Touches PAGES pages (16), pauses (\"pause ready\"), registers them, prints\n"
	"  marked N  of them: marked, as pagemap has it (5.10: never)\n"
	"pauses (\"pause registered\"), protects, writes to each and prints pages, fired,\n"
	"missed, extra as uffdwp does.\n"
	"  -a  registers for protection against any access (7.3 and later), and reads instead\n"
	"  -c  registers and protects them before that, closes, and touches them once more\n"
	"  -r  registers and protects them before that, and leaves it so\n"
	"  -x  as -r, and what it then asks to be registered is half a page off, and refused\n";

/*
 * A page that is still on a CPU's list of new ones has a reference more, and 5.10 copies it
 * when it is written to: the copy has no mark. move_pages() empties the lists of all CPUs
 * before it moves what is elsewhere, which puts that on a list again; the second call finds
 * nothing to move.
 */
static void settle(const struct region *region)
{
	try_move_to_node(region, 0);
	try_move_to_node(region, 0);
}

static void once(const struct region *region)
{
	struct tracker t;

	settle(region);
	tracker_register(&t, region, false);
	tracker_start(&t);
	tracker_protect(&t, 0, region->pages);
	tracker_stop(&t);
	region_touch(region, 0, region->pages);
}

static void refused(const struct tracker *t)
{
	size_t half = page_size() / 2;
	struct uffdio_register reg = {
		.range = { (uintptr_t)t->region->base + half, region_len(t->region) - half },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (!ioctl(t->uffd, UFFDIO_REGISTER, &reg) || errno != EINVAL)
		die("half a page can be registered");
}

int main(int argc, char **argv)
{
	const struct memory_kind *memory;
	size_t pages = 16, i, fired = 0;
	struct region region;
	struct tracker t;
	bool before = false, registered = false, any_access = false, odd = false;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "n:acrxh")) != -1) {
		switch (option) {
		case 'n':
			pages = number_arg("-n PAGES", optarg, 1, 1 << 20);
			break;
		case 'a':
			any_access = true;
			break;
		case 'c':
			before = true;
			break;
		case 'x':
			odd = true;
			break;
		case 'r':
			registered = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	registered |= odd;
	memory = memory_arg(argc, argv);
	region_map(&region, memory, pages, PROT_READ | PROT_WRITE);
	region_print(&region);
	region_touch(&region, 0, region.pages);
	if (before)
		once(&region);
	if (registered) {
		tracker_register(&t, &region, false);
		tracker_protect(&t, 0, region.pages);
	}
	pause_at("ready");
	if (odd)
		refused(&t);
	else if (registered)
		tracker_enrol(&t, false);
	else if (any_access)
		tracker_register_any(&t, &region);
	else
		tracker_register(&t, &region, false);
	tracker_start(&t);
	printf("marked %zu\n", pages_marked(&region));
	pause_at("registered");
	tracker_protect(&t, 0, region.pages);
	for (i = 0; i < region.pages; i++)
		fired += tracker_write(&t, i);
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", region.pages, fired,
	       region.pages - fired, t.extra);
	tracker_stop(&t);
	return 0;
}
