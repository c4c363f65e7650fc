// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ksm.h"

#include <linux/kernel-page-flags.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapped.h"
#include "util.h"

#define KSM "/sys/kernel/mm/ksm/"
#define SECONDS 60

static void set(const char *path, const char *value)
{
	if (!write_text(path, value))
		die_errno("cannot write %s", path);
}

void ksm_offer(const struct region *region)
{
	if (madvise(region->base, region_len(region), MADV_MERGEABLE))
		die_errno("no KSM on this kernel");
}

void ksm_merge(const struct region *region, bool zero)
{
	int flag = zero ? KPF_ZERO_PAGE : KPF_KSM;
	double end = now() + SECONDS;
	size_t merged;

	set(KSM "use_zero_pages", zero ? "1" : "0");
	set(KSM "sleep_millisecs", "10");
	set(KSM "pages_to_scan", "1000");
	set(KSM "run", "1");
	do {
		usleep(100000);
		merged = pages_flagged(region, flag);
	} while (merged < region->pages && now() < end);
	set(KSM "run", "0");
	if (merged < region->pages)
		die("KSM merged %zu of %zu pages in %d s", merged, region->pages, SECONDS);
}
