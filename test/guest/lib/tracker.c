// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "tracker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM 4096
#endif

/* Headers before 7.3 lack all of these. */
#ifndef UFFDIO_RWPROTECT
#define UFFD_FEATURE_RWP		0x20000
#define UFFDIO_REGISTER_MODE_RWP	0x8
#define UFFD_PAGEFAULT_FLAG_RWP		0x8
#define _UFFDIO_RWPROTECT		0x09
#define UFFDIO_RWPROTECT	_IOWR(UFFDIO, _UFFDIO_RWPROTECT, struct uffdio_writeprotect)
#endif

static int open_userfaultfd(__u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		die_errno("no userfaultfd on this kernel");
	if (ioctl(fd, UFFDIO_API, &api))
		die_errno("userfaultfd lacks a feature (wanted 0x%llx)",
			  (unsigned long long)features);
	return fd;
}

static struct uffdio_range range_of(const struct tracker *t, size_t first, size_t count)
{
	return (struct uffdio_range){
		.start = (uintptr_t)region_page(t->region, first),
		.len = count * t->region->kind->page,
	};
}

/* NUMBER is that of the ioctl() that protects. */
static void enrol_for(struct tracker *t, __u64 mode, int number)
{
	const struct region *region = t->region;
	struct uffdio_register reg = {
		.range = range_of(t, 0, region->pages),
		.mode = mode,
	};

	if (ioctl(t->uffd, UFFDIO_REGISTER, &reg))
		die_errno("cannot register %s memory for protection", region->kind->name);
	if (!(reg.ioctls & (1ull << number)))
		die("no such protection for %s memory on this kernel", region->kind->name);
	t->stop = eventfd(0, EFD_CLOEXEC);
	t->fired = calloc(region->pages, sizeof(*t->fired));
	if (t->stop < 0 || !t->fired)
		die_errno("cannot set up the tracker");
}

void tracker_open(struct tracker *t, const struct region *region, __u64 features)
{
	features |= UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	if (region->memfd >= 0)
		features |= UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	*t = (struct tracker){ .region = region };
	t->uffd = open_userfaultfd(features);
}

void tracker_enrol(struct tracker *t, bool missing)
{
	__u64 mode = t->any_access ? UFFDIO_REGISTER_MODE_RWP : UFFDIO_REGISTER_MODE_WP;

	if (missing)
		mode |= UFFDIO_REGISTER_MODE_MISSING;
	enrol_for(t, mode, t->any_access ? _UFFDIO_RWPROTECT : _UFFDIO_WRITEPROTECT);
}

void tracker_register(struct tracker *t, const struct region *region, bool missing)
{
	tracker_open(t, region, 0);
	tracker_enrol(t, missing);
}

void tracker_open_any(struct tracker *t, const struct region *region, __u64 features)
{
	*t = (struct tracker){ .region = region, .any_access = true };
	t->uffd = open_userfaultfd(features | UFFD_FEATURE_RWP);
}

void tracker_register_any(struct tracker *t, const struct region *region)
{
	tracker_open_any(t, region, 0);
	tracker_enrol(t, false);
}

/* Both ioctl()s take the same, and the modes that are used have the same values. */
static void protect(const struct tracker *t, size_t first, size_t count, __u64 mode)
{
	unsigned long request = t->any_access ? UFFDIO_RWPROTECT : UFFDIO_WRITEPROTECT;
	struct uffdio_writeprotect wp = {
		.range = range_of(t, first, count),
		.mode = mode,
	};

	/* EAGAIN: the address space is being changed, for example by fork(). */
	while (ioctl(t->uffd, request, &wp))
		if (errno != EAGAIN)
			die_errno("cannot change protection");
}

void tracker_protect(const struct tracker *t, size_t first, size_t count)
{
	protect(t, first, count, UFFDIO_WRITEPROTECT_MODE_WP);
}

void tracker_resolve(const struct tracker *t, size_t first, size_t count)
{
	protect(t, first, count, 0);
}

void tracker_fill(const struct tracker *t, size_t first, size_t count)
{
	struct uffdio_range range = range_of(t, first, count);
	struct uffdio_copy copy = { .dst = range.start, .len = range.len };
	void *source = calloc(count, t->region->kind->page);

	if (!source)
		die_errno("cannot allocate %zu pages", count);
	copy.src = (uintptr_t)source;
	if (ioctl(t->uffd, UFFDIO_COPY, &copy))
		die_errno("UFFDIO_COPY");
	free(source);
}

static void handle_fault(struct tracker *t, __u64 flags, __u64 address)
{
	size_t page = (address - (uintptr_t)t->region->base) / t->region->kind->page;
	__u64 flag = t->any_access ? UFFD_PAGEFAULT_FLAG_RWP : UFFD_PAGEFAULT_FLAG_WP;

	if (!(flags & flag) || page >= t->region->pages)
		die("unexpected fault message, flags 0x%llx, address 0x%llx",
		    (unsigned long long)flags, (unsigned long long)address);

	if (t->interrupts && t->interrupted != page + 1) {
		t->interrupted = page + 1;
		pthread_kill(t->writer, SIGUSR1);
		return;
	}
	/* Counted before the writer can go on, so that it sees the count. */
	if (t->target == page + 1 && !t->fired[page])
		t->fired[page]++;
	else
		t->extra++;
	protect(t, page, 1, 0);
}

static void *handler_main(void *arg)
{
	struct tracker *t = arg;
	struct pollfd fds[] = {
		{ .fd = t->uffd, .events = POLLIN },
		{ .fd = t->stop, .events = POLLIN },
	};
	struct uffd_msg msg;

	while (poll(fds, 2, -1) > 0) {
		if (fds[1].revents)
			return NULL;
		if (read(t->uffd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			die("unexpected userfaultfd event %d", msg.event);
		handle_fault(t, msg.arg.pagefault.flags, msg.arg.pagefault.address);
	}
	die_errno("poll");
}

static void do_nothing(int signal)
{
	(void)signal;
}

void tracker_interrupts(struct tracker *t)
{
	struct sigaction action = { .sa_handler = do_nothing };

	if (sigaction(SIGUSR1, &action, NULL))
		die_errno("sigaction");
	t->interrupts = true;
	t->writer = pthread_self();
}

void tracker_start(struct tracker *t)
{
	errno = pthread_create(&t->handler, NULL, handler_main, t);
	if (errno)
		die_errno("pthread_create");
}

void tracker_stop(struct tracker *t)
{
	if (eventfd_write(t->stop, 1))
		die_errno("eventfd");
	pthread_join(t->handler, NULL);
	close(t->stop);
	close(t->uffd);
	free(t->fired);
}

bool tracker_write(struct tracker *t, size_t page)
{
	long before;

	t->fired[page] = 0;
	t->target = page + 1;
	/* Not those of the tracker's own memory: NUMA balancing hints that as well. */
	before = thread_faults();
	if (t->any_access)
		region_read(t->region, page);
	else
		region_write(t->region, page, 2);
	t->faults += thread_faults() - before;
	t->target = 0;
	return t->fired[page];
}
