// SPDX-License-Identifier: GPL-2.0
/*
 * Sends protected pages along one of the ways that are watched only if asked for, and
 * then writes to each: does that announce itself?
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/mapped.h"
#include "lib/region.h"
#include "lib/swap.h"
#include "lib/tracker.h"
#include "lib/util.h"
#include "lib/written.h"
#include "ways/meanwhile.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static const char usage[] =
	"ways [-n PAGES] [-s DEVICE] [-m ACT,FIRST,COUNT] WAY MEMORY\n"
	"Protects PAGES pages (16), pauses (\"pause protected\"), sends them along WAY, pauses\n"
	"(\"pause ran\"), writes to each and prints pages, fired, missed, extra as uffdwp does.\n"
	"They lie in as few page tables as can be.\n"
	"  -a  protects against any access (7.3 and later), and reads instead\n"
	"  -s  what swapoff takes pages from\n"
	"  -m  when the guard has yet to look at what was collapsed (a build that waits there),\n"
	"      does ACT to COUNT pages, of which the first is page FIRST from there on: zap, page-out,\n"
	"      move (and back before it writes), resolve, unregister\n"
	"  -l  list the ways\n";

static const char *swap_device;
static int pagemap;

/* What is under way; way and memory never change. */
struct trip {
	const struct way *way;
	struct memory_kind kind;
	struct region region;
	struct tracker t;
	bool any_access;
};

struct way {
	const char *name;
	const char *about;
	__u64 features;
	bool missing;		/* for pages that are not there yet */
	bool base_pages;	/* of huge pages, which do not stay */
	bool splits;		/* and are gone when they are protected */
	bool async;		/* PAGEMAP_SCAN protects, and tells of writes */
	bool writes;		/* it writes to each page by itself */
	bool open;		/* protected by others, when it is under way */
	void (*settle)(struct trip *trip);
	void (*run)(struct trip *trip);
};

static void result(const struct trip *trip, size_t fired)
{
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", trip->region.pages, fired,
	       trip->region.pages - fired, trip->t.extra);
}

static void swap_out(struct trip *trip)
{
	swap_out_region(&trip->region);
}

/* A child has the swapped-out pages, too: who writes to one gets a copy. */
static void swap_out_shared(struct trip *trip)
{
	swap_out(trip);
	if (!fork_or_die()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

static void must_be_back(const struct region *region)
{
	if (pages_swapped(region))
		die("%zu pages are still swapped out", pages_swapped(region));
}

static void swapin_run(struct trip *trip)
{
	size_t i;

	for (i = 0; i < trip->region.pages; i++)
		region_read(&trip->region, i);
	must_be_back(&trip->region);
}

static void swapoff_run(struct trip *trip)
{
	if (!swap_device || swapoff(swap_device))
		die_errno("cannot swap off %s", swap_device ?: "(-s DEVICE)");
	must_be_back(&trip->region);
}

/* The zapped entries have left markers, and each fault makes a marked entry of one. */
static void refault_run(struct trip *trip)
{
	const struct region *region = &trip->region;
	size_t i;

	if (madvise(region->base, region_len(region), MADV_DONTNEED))
		die_errno("MADV_DONTNEED");
	for (i = 0; i < region->pages; i++)
		region_read(region, i);
}

static void write_all(struct trip *trip)
{
	size_t i, fired = 0;

	tracker_start(&trip->t);
	for (i = 0; i < trip->region.pages; i++)
		fired += tracker_write(&trip->t, i);
	result(trip, fired);
}

/* A shared page that is pinned for reading is unshared: of huge ones, the first base page. */
static void read_of(pid_t pid, const struct trip *trip)
{
	const struct region *region = &trip->region;
	size_t step = trip->way->base_pages || region->kind->page > page_size() ?
		      region->kind->block : page_size();
	struct iovec remote = { .iov_len = 64 };
	char buffer[64], *at;
	struct iovec local = { buffer, sizeof(buffer) };

	for (at = region->base; at < region->base + region_len(region); at += step) {
		remote.iov_base = at;
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(buffer))
			die_errno("process_vm_readv");
	}
}

static void unshare_run(struct trip *trip)
{
	pid_t parent = getpid(), child = fork_or_die();

	if (!child) {
		read_of(parent, trip);
		_exit(0);
	}
	child_ended(child);
}

/* Somebody else has to read the event meanwhile. */
struct awaited {
	int uffd;
	__u8 event;
	struct uffd_msg msg;
	pthread_t thread;
};

static void *await_main(void *data)
{
	struct awaited *awaited = data;
	struct pollfd fd = { .fd = awaited->uffd, .events = POLLIN };

	if (poll(&fd, 1, -1) != 1 ||
	    read(fd.fd, &awaited->msg, sizeof(awaited->msg)) != sizeof(awaited->msg))
		die_errno("cannot read an event");
	if (awaited->msg.event != awaited->event)
		die("event 0x%x comes, not 0x%x", awaited->msg.event, awaited->event);
	return NULL;
}

static void await(struct awaited *awaited, const struct trip *trip, __u8 event)
{
	*awaited = (struct awaited){ .uffd = trip->t.uffd, .event = event };
	if (pthread_create(&awaited->thread, NULL, await_main, awaited))
		die("cannot start a thread");
}

static int taken_from(pid_t pid, int fd)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (taken < 0)
		die_errno("pidfd_getfd");
	close(pidfd);
	return taken;
}

/* The child goes on, with the descriptor that its parent was told of. */
static void fork_run(struct trip *trip)
{
	struct awaited awaited;
	int told[2], uffd;
	pid_t child;

	if (pipe(told))
		die_errno("pipe");
	await(&awaited, trip, UFFD_EVENT_FORK);
	child = fork_or_die();
	if (child) {
		pthread_join(awaited.thread, NULL);
		uffd = awaited.msg.arg.fork.ufd;
		if (write(told[1], &uffd, sizeof(uffd)) != sizeof(uffd))
			die_errno("pipe");
		child_ended(child);
		exit(0);
	}
	if (read(told[0], &uffd, sizeof(uffd)) != sizeof(uffd))
		die_errno("pipe");
	trip->t.uffd = taken_from(getppid(), uffd);
}

static void mremap_run(struct trip *trip)
{
	struct region *region = &trip->region;
	size_t len = region_len(region), block = region->kind->block;
	struct awaited awaited;
	char *to;

	to = mmap(NULL, len + block, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (to == MAP_FAILED)
		die_errno("cannot reserve %zu bytes", len);
	to += block - (uintptr_t)to % block;
	await(&awaited, trip, UFFD_EVENT_REMAP);
	if (mremap(region->base, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		die_errno("mremap");
	pthread_join(awaited.thread, NULL);
	region->base = to;
}

/* A VMA that ends in the middle of a huge pmd. The second half gets a flag of its own. */
static void split_run(struct trip *trip)
{
	const struct region *region = &trip->region;
	size_t block = region->kind->block;
	char *at;

	for (at = region->base; at < region->base + region_len(region); at += block)
		if (madvise(at + block / 2, block / 2, MADV_DONTFORK))
			die_errno("MADV_DONTFORK");
}

/* From here on khugepaged may come to it. */
static void offer(struct trip *trip)
{
	if (madvise(trip->region.base, region_len(&trip->region), MADV_HUGEPAGE))
		die_errno("MADV_HUGEPAGE");
}

/*
 * It gives up where it finds a mark. It may be told to try again: pages are on their way to
 * an LRU list, or there is no huge page yet.
 */
static void collapse_run(struct trip *trip)
{
	const struct region *region = &trip->region;
	double end = now() + 20;
	int err;

	offer(trip);
	do {
		err = madvise(region->base, region_len(region), MADV_COLLAPSE) ? errno : 0;
	} while ((err == EAGAIN || err == EBUSY || err == ENOMEM) && now() < end);
	printf("collapsed %d\nerror %d\n", !err, err);
}

static void copy_run(struct trip *trip)
{
	size_t len = region_len(&trip->region);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)trip->region.base,
		.len = len,
		.mode = UFFDIO_COPY_MODE_WP,
	};
	/* Touched: else the kernel would begin again with each page of it. */
	char *source = malloc(len);

	if (!source)
		die_errno("cannot allocate %zu bytes", len);
	memset(source, 1, len);
	copy.src = (uintptr_t)source;
	if (ioctl(trip->t.uffd, UFFDIO_COPY, &copy))
		die_errno("UFFDIO_COPY");
	free(source);
}

static void clear_refs_run(struct trip *trip)
{
	(void)trip;
	if (!write_text("/proc/self/clear_refs", "4"))
		die_errno("clear_refs");
}

static void pagemap_scan_run(struct trip *trip)
{
	struct page_region found = { 0 };

	written(pagemap, trip->region.base, region_len(&trip->region), true, &found);
	if (found.end - found.start != region_len(&trip->region))
		die("PAGEMAP_SCAN did not protect all pages");
}

static void write_each(struct trip *trip)
{
	size_t i;

	for (i = 0; i < trip->region.pages; i++)
		region_write(&trip->region, i, 2);
}

/* Whatever is protected while it is written to is told of as written, or not. */
static void write_async_run(struct trip *trip)
{
	pagemap_scan_run(trip);
	write_each(trip);
}

static void swapin_async_run(struct trip *trip)
{
	pagemap_scan_run(trip);
	swap_out(trip);
	write_each(trip);
}

/* A fault that waits for the tracker ends without its lock, whatever it has done before. */
static void interrupted_run(struct trip *trip)
{
	tracker_interrupts(&trip->t);
	write_all(trip);
}

static const struct way ways[] = {
	{ "swapin", "swapped out, and read", .settle = swap_out, .run = swapin_run },
	{ "swapin-at-once", "swapped out, and accessed by who is announced",
	  .writes = true, .settle = swap_out, .run = write_all },
	{ "swapin-write", "swapped out, and written to by who is interrupted",
	  .writes = true, .settle = swap_out, .run = interrupted_run },
	{ "swapin-copy", "swapped out, shared with a child, and written to",
	  .writes = true, .settle = swap_out_shared, .run = write_all },
	{ "swapin-split", "huge pages swapped out, and read",
	  .base_pages = true, .settle = swap_out, .run = swapin_run },
	{ "swapin-async", "protected asynchronously, swapped out, and written to",
	  UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	  .async = true, .writes = true, .run = swapin_async_run },
	{ "interrupted", "written to by who is interrupted",
	  .writes = true, .run = interrupted_run },
	{ "swapoff", "swapped out, and the swap taken away",
	  .settle = swap_out, .run = swapoff_run },
	{ "refault", "zapped, and read", .run = refault_run },
	{ "refault-split", "the same, of shared huge pages, which protection splits",
	  .base_pages = true, .splits = true, .run = refault_run },
	{ "write", "written to", .writes = true, .run = write_all },
	{ "unshare", "shared with a child, and read from outside", .run = unshare_run },
	{ "unshare-split", "the same, of huge pages, which are split",
	  .base_pages = true, .run = unshare_run },
	{ "fork", "copied for a child", UFFD_FEATURE_EVENT_FORK, .run = fork_run },
	{ "mremap", "moved to another address", UFFD_FEATURE_EVENT_REMAP, .run = mremap_run },
	{ "split", "huge pages split by the end of a VMA", .base_pages = true, .run = split_run },
	{ "collapse", "base pages collapsed", .open = true, .run = collapse_run },
	{ "offered", "base pages offered to khugepaged", .open = true, .run = offer },
	{ "copy", "UFFDIO_COPY, protected", .missing = true, .run = copy_run },
	{ "clear_refs", "soft-dirty bits cleared", .run = clear_refs_run },
	{ "pagemap_scan", "PAGEMAP_SCAN, protected asynchronously",
	  UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	  .async = true, .run = pagemap_scan_run },
	{ "write-async", "the same, and written to",
	  UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	  .async = true, .writes = true, .run = write_async_run },
	{ 0 }
};

static void list(void)
{
	const struct way *way;

	for (way = ways; way->name; way++)
		printf("way %-14s %s\n", way->name, way->about);
}

static const struct way *way_named(const char *name)
{
	const struct way *way;

	for (way = ways; way->name; way++)
		if (!strcmp(way->name, name))
			return way;
	misuse("no way '%s', -l lists them", name);
}

/* From a 2 MiB boundary on, so that it is known how many page tables there are. */
static void set_out(struct trip *trip, size_t pages)
{
	const size_t table = 512 * page_size();

	if (trip->way->base_pages)
		trip->kind.page = page_size();
	if (trip->kind.block < table)
		trip->kind.block = table;
	region_map(&trip->region, &trip->kind, pages, PROT_READ | PROT_WRITE);
	if (!trip->way->missing) {
		region_touch(&trip->region, 0, pages);
		region_check(&trip->region);
	}
	if (trip->any_access)
		tracker_open_any(&trip->t, &trip->region, trip->way->features);
	else
		tracker_open(&trip->t, &trip->region, trip->way->features);
	tracker_enrol(&trip->t, trip->way->missing);
	if (!trip->way->missing && !trip->way->async && !trip->way->open)
		tracker_protect(&trip->t, 0, pages);
	if (!trip->way->splits)
		region_check(&trip->region);
	if (trip->way->settle)
		trip->way->settle(trip);
	region_print(&trip->region);
}

static void ask_all(struct trip *trip)
{
	const struct region *region = &trip->region;
	struct page_region found;
	size_t i, fired = 0;

	for (i = 0; i < region->pages; i++) {
		if (!trip->way->writes)
			region_write(region, i, 2);
		fired += written(pagemap, region_page(region, i), page_size(), false, &found);
	}
	result(trip, fired);
}

int main(int argc, char **argv)
{
	static struct trip trip;
	struct meanwhile *meanwhile = NULL;
	size_t pages = 16;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "n:s:m:alh")) != -1) {
		switch (option) {
		case 'n':
			pages = number_arg("-n PAGES", optarg, 1, 1 << 20);
			break;
		case 's':
			swap_device = optarg;
			break;
		case 'm':
			meanwhile = meanwhile_arg(optarg);
			break;
		case 'a':
			trip.any_access = true;
			break;
		case 'l':
			list();
			return 0;
		default:
			other_option(option, usage);
		}
	}
	if (optind + 2 != argc)
		misuse("a WAY and a MEMORY are needed (-h for help)");
	trip.way = way_named(argv[optind++]);
	trip.kind = *memory_arg(argc, argv);
	pagemap = open_pagemap();
	set_out(&trip, pages);
	pause_at("protected");
	if (meanwhile)
		meanwhile_start(meanwhile, &trip.t);
	trip.way->run(&trip);
	if (meanwhile)
		meanwhile_end(meanwhile);
	pause_at("ran");
	if (trip.way->async)
		ask_all(&trip);
	else if (!trip.way->writes)
		write_all(&trip);
	return 0;
}
