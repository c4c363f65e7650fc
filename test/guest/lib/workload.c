// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"
#include "workload.h"

void workload_map(struct workload *w, size_t pages, bool involved)
{
	w->involved = involved;
	region_map(&w->region, memory_kind("anon"), pages, PROT_READ | PROT_WRITE);
	if (involved)
		tracker_register(&w->tracker, &w->region, false);
}

void workload_touched(struct workload *w, size_t pages, bool involved)
{
	workload_map(w, pages, involved);
	region_touch(&w->region, 0, pages);
	if (involved)
		tracker_protect(&w->tracker, 0, pages);
}

void workload_unmap(struct workload *w)
{
	region_unmap(&w->region);
	if (!w->involved)
		return;
	close(w->tracker.uffd);
	close(w->tracker.stop);
	free(w->tracker.fired);
}

void workload_mprotect(char *start, size_t len, int prot)
{
	if (mprotect(start, len, prot))
		die_errno("mprotect");
}
