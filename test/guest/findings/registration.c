// SPDX-License-Identifier: GPL-2.0
/* A registration that ends only in part, or is replaced. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/util.h"

static struct uffdio_range half_of(const struct region *region)
{
	return (struct uffdio_range){
		.start = (uintptr_t)region_page(region, region->pages / 4),
		.len = region_len(region) / 2,
	};
}

/* Others go on with the few that they have. */
#define MAPPINGS "1000"

/* Has so many VMAs that there may be no more: none can be split then. */
static void fill_up_with_vmas(void)
{
	int prot = PROT_NONE;

	/* In turn, or they would be one. */
	while (mmap(NULL, page_size(), prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		prot ^= PROT_READ;
	if (errno != ENOMEM)
		die_errno("mmap");
}

void unregister_fails_run(struct region *region)
{
	static const char limit[] = "/proc/sys/vm/max_map_count";
	struct uffdio_range range = half_of(region);
	char was[16];
	struct tracker t;
	int failed;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	if (!read_text(limit, was, sizeof(was)) || !write_text(limit, MAPPINGS))
		die_errno("cannot set %s", limit);
	fill_up_with_vmas();
	failed = ioctl(t.uffd, UFFDIO_UNREGISTER, &range) ? errno : 0;
	if (!write_text(limit, was))
		die_errno("cannot put back %s", limit);
	if (failed != ENOMEM)
		die("half of the region can be unregistered: error %d", failed);
	region_print(region);
	write_all(&t);
}

/* Registered for something else, and for protection again, by the same tracker. */
void mode_replaced_run(struct region *region)
{
	struct tracker t;
	struct uffdio_register reg = {
		.range = { (uintptr_t)region->base, region_len(region) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	if (!ioctl(t.uffd, UFFDIO_REGISTER, &reg)) {
		region_touch(region, 0, region->pages / 2);
		tracker_enrol(&t, true);
	} else if (errno != EBUSY) {
		die_errno("cannot register for missing pages");
	}
	region_print(region);
	write_all(&t);
}
