// SPDX-License-Identifier: GPL-2.0
/* What a fork() leaves to the child, or to the parent. */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/util.h"

/* Holds the only descriptor of it all until fork() waits for its event to be read. */
static pid_t start_monitor(struct tracker *t)
{
	struct pollfd fd = { .fd = t->uffd, .events = POLLIN };
	pid_t pid = fork_or_die();

	if (pid)
		return pid;
	if (poll(&fd, 1, -1) != 1 || fd.revents != POLLIN)
		die("the monitor hears of no event");
	_exit(0);
}

/*
 * fork() comes back with the registration of parent and child taken back. The child goes
 * on alone: a page that is shared would be copied, and the copy has no mark.
 */
static bool orphan(struct region *region)
{
	int alone[2];
	struct tracker t;
	pid_t monitor, child;
	char c = 0;

	if (pipe(alone))
		die_errno("pipe");
	region_touch(region, 0, region->pages);
	tracker_open(&t, region, UFFD_FEATURE_EVENT_FORK);
	monitor = start_monitor(&t);
	tracker_enrol(&t, false);
	tracker_protect(&t, 0, region->pages);
	close(t.uffd);
	child = fork_or_die();
	if (!child) {
		if (read(alone[0], &c, 1) != 1)
			die("the parent is gone");
		region_print(region);
		return true;
	}
	child_ended(monitor);
	munmap(region->base, region_len(region));
	if (write(alone[1], &c, 1) != 1)
		die_errno("pipe");
	child_ended(child);
	return false;
}

/* Nothing is protected in the new registration: no page should be marked. */
void fork_event_run(struct region *region)
{
	struct tracker t;

	if (!orphan(region))
		return;
	region_touch(region, 0, region->pages / 2);
	tracker_register(&t, region, false);
	write_all(&t);
}

void fork_event_hugetlb_run(struct region *region)
{
	if (orphan(region))
		write_all_or_give_up(region);
}

/* The child's memory is not registered: without UFFD_FEATURE_EVENT_FORK it never is. */
void hugetlb_fork_run(struct region *region)
{
	struct tracker t;
	pid_t child;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	child = fork_or_die();
	if (!child) {
		region_print(region);
		write_all_or_give_up(region);
		return;
	}
	child_ended(child);
}

static void read_of(pid_t pid, const struct region *region)
{
	char buffer[64];
	struct iovec local = { buffer, sizeof(buffer) };
	struct iovec remote = { .iov_len = sizeof(buffer) };
	size_t i;

	for (i = 0; i < region->pages; i++) {
		remote.iov_base = region_page(region, i);
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(buffer))
			die_errno("process_vm_readv");
	}
}

/* A read of the parent's pages, while they are shared with the child that reads. */
void hugetlb_unshare_run(struct region *region)
{
	pid_t parent = getpid(), child;
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	child = fork_or_die();
	if (!child) {
		read_of(parent, region);
		_exit(0);
	}
	child_ended(child);
	region_print(region);
	write_all(&t);
}
