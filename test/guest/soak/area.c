// SPDX-License-Identifier: GPL-2.0
/* The memory of a worker: protecting it, and hearing of writes. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/balancing.h"
#include "lib/ksm.h"
#include "lib/nodes.h"
#include "lib/util.h"
#include "lib/written.h"
#include "soak/soak.h"

#define BASE_PAGES	256
#define THP_PAGES	2048	/* base pages: each is protected and announced alone */
#define HUGETLB_PAGES	4

/* Where a slice moves for a while: as aligned as the slice is. */
static char *reserve(size_t len, size_t align)
{
	char *hole = mmap(NULL, len + 2 * align, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		die_errno("cannot have a place to move to");
	return hole + align - (uintptr_t)hole % align;
}

static void open_slices(struct area *area)
{
	size_t pages = area->region.pages / OWNERS, i;

	for (i = 0; i < OWNERS; i++) {
		struct slice *slice = &area->slices[i];

		slice->first = i * pages;
		slice->pages = pages;
		slice->since = calloc(pages, sizeof(*slice->since));
		slice->spare = reserve(pages * area->kind.page, area->kind.block);
		if (!slice->since || pthread_rwlock_init(&slice->in_place, NULL))
			die_errno("cannot set up a slice");
	}
}

/* What is said of the kind of memory: whether the name begins with it; then it is behind. */
static bool begins(const char **name, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*name, prefix, len))
		return false;
	*name += len;
	return true;
}

void area_open(struct area *area, struct control *control, const char *name)
{
	const char *kind = name;
	bool async = begins(&kind, "async-"), merge = begins(&kind, "ksm-");
	__u64 features = UFFD_FEATURE_EVENT_REMAP;
	size_t pages = BASE_PAGES;

	if (!memory_kind(kind))
		misuse("there is no memory '%s'", kind);
	memset(area, 0, sizeof(*area));
	area->control = control;
	area->name = name;
	area->async = async;
	area->kind = *memory_kind(kind);
	area->huge = !strncmp(kind, "hugetlb", 7);
	area->keeps = !strcmp(kind, "shmem") || !strcmp(kind, "hugetlb") ||
		      !strcmp(kind, "thp-shmem");
	if (area->huge) {
		pages = HUGETLB_PAGES;
	} else if (!strncmp(kind, "thp", 3)) {
		/* What is mapped by one entry now is by 512 later, and again by one. */
		area->kind.page = page_size();
		pages = THP_PAGES;
	}
	region_map(&area->region, &area->kind, pages, PROT_READ | PROT_WRITE);
	if (merge)
		ksm_offer(&area->region);
	if (balancing_there())
		bind_for_balancing(&area->region, true);
	region_touch(&area->region, 0, pages);
	if (async)
		features |= UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED;
	tracker_open(&area->tracker, &area->region, features);
	tracker_enrol(&area->tracker, false);
	area->pagemap = async ? open_pagemap() : -1;
	open_slices(area);
}

/* With an errno, for which of what can go wrong meanwhile. */
static int change(struct area *area, size_t first, size_t pages, __u64 mode)
{
	struct uffdio_writeprotect wp = {
		.range.start = (uintptr_t)region_page(&area->region, first),
		.range.len = pages * area->kind.page,
		.mode = mode,
	};

	return ioctl(area->tracker.uffd, UFFDIO_WRITEPROTECT, &wp) ? errno : 0;
}

/*
 * EAGAIN: somebody waits for an event of his to be read. ENOENT: up to 6.2 the range must lie
 * in one VMA, and a disturber may have split that for a moment.
 */
static void must_change(struct area *area, size_t first, size_t pages, __u64 mode)
{
	int error;

	do
		error = change(area, first, pages, mode);
	while (error == EAGAIN);
	if (error == ENOENT && pages > 1) {
		must_change(area, first, pages / 2, mode);
		must_change(area, first + pages / 2, pages - pages / 2, mode);
	} else if (error) {
		errno = error;
		die_errno("cannot change protection");
	}
}

static bool try_to_resolve(struct area *area, size_t page)
{
	int error = change(area, page, 1, 0);

	if (error && error != EAGAIN) {
		errno = error;
		die_errno("cannot lift a protection");
	}
	return !error;
}

/* Counted before the writer can go on, so that it sees the count. */
static size_t announced(struct area *area, __u64 flags, __u64 address)
{
	size_t page = (address - (uintptr_t)area->region.base) / area->kind.page;

	if (!(flags & UFFD_PAGEFAULT_FLAG_WP) || page >= area->region.pages)
		die("unexpected fault message, flags 0x%llx, address 0x%llx",
		    (unsigned long long)flags, (unsigned long long)address);
	area->tracker.fired[page]++;
	return page;
}

/*
 * An owner writes to one page at a time: of each there is one message at most to be
 * answered. Reading goes on meanwhile, or who moves would wait for us, and we for him.
 */
struct unanswered {
	size_t pages[OWNERS];
	unsigned int nr;
};

static void answer(struct area *area, struct unanswered *later)
{
	while (later->nr && try_to_resolve(area, later->pages[later->nr - 1]))
		later->nr--;
}

static void *listen(void *arg)
{
	struct area *area = arg;
	struct pollfd fd = { .fd = area->tracker.uffd, .events = POLLIN };
	struct unanswered later = { .nr = 0 };
	struct uffd_msg msg;

	while (poll(&fd, 1, later.nr ? 1 : -1) >= 0) {
		if (fd.revents && read(fd.fd, &msg, sizeof(msg)) == sizeof(msg)) {
			if (msg.event == UFFD_EVENT_PAGEFAULT) {
				if (later.nr == OWNERS)
					die("more messages than owners");
				later.pages[later.nr++] =
					announced(area, msg.arg.pagefault.flags,
						  msg.arg.pagefault.address);
			} else if (msg.event != UFFD_EVENT_REMAP) {
				die("unexpected userfaultfd event %d", msg.event);
			}
		}
		answer(area, &later);
	}
	die_errno("poll");
}

void area_listen(struct area *area)
{
	errno = pthread_create(&area->tracker.handler, NULL, listen, area);
	if (errno)
		die_errno("pthread_create");
}

void area_protect(struct area *area, const struct stretch *s, bool by_scan)
{
	struct page_region found;
	double since = now();
	size_t i;

	/* One piece is protected at a time. */
	if (by_scan)
		while (written(area->pagemap, stretch_start(area, s), stretch_len(area, s),
			       true, &found))
			;
	else
		must_change(area, s->first, s->pages, UFFDIO_WRITEPROTECT_MODE_WP);
	for (i = 0; i < s->pages; i++)
		s->slice->since[s->first + i - s->slice->first] = since;
	area->control->protects++;
}

static void forget(const struct stretch *s)
{
	memset(&s->slice->since[s->first - s->slice->first], 0,
	       s->pages * sizeof(*s->slice->since));
}

void area_resolve(struct area *area, const struct stretch *s)
{
	must_change(area, s->first, s->pages, 0);
	forget(s);
}

/* Unregistering takes the marks away; what comes after that begins anew. */
void area_register_anew(struct area *area, const struct stretch *s)
{
	struct uffdio_range range = {
		.start = (uintptr_t)stretch_start(area, s), .len = stretch_len(area, s),
	};
	struct uffdio_register reg = { .range = range, .mode = UFFDIO_REGISTER_MODE_WP };

	if (ioctl(area->tracker.uffd, UFFDIO_UNREGISTER, &range))
		die_errno("cannot unregister");
	if (ioctl(area->tracker.uffd, UFFDIO_REGISTER, &reg))
		die_errno("cannot register anew");
	forget(s);
}

/* That this grows by a write says that the write was announced. */
unsigned int area_announcements(struct area *area, size_t page)
{
	struct page_region found;

	if (!area->async)
		return area->tracker.fired[page];
	return written(area->pagemap, region_page(&area->region, page), area->kind.page,
		       false, &found);
}
