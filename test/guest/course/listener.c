// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "course/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/util.h"

#define MOST	16	/* messages that wait for an answer: one of each thread that writes */

atomic_ulong writes_told, child_writes_told, forks_told, moves_told;

struct unanswered {
	int uffd;
	__u64 address;
};

/* What is not registered any more was woken by that. */
static int alter(int uffd, __u64 start, __u64 len, bool protect)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = start, .len = len },
		.mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (!ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		return 0;
	if (errno != EAGAIN && errno != ENOENT)
		die_errno("cannot change protection");
	return errno;
}

bool protect_range(int uffd, void *start, size_t len, bool protect)
{
	int error;

	do
		error = alter(uffd, (uintptr_t)start, len, protect);
	while (error == EAGAIN);
	return !error;
}

static void forked(struct listener *l, int uffd)
{
	forks_told++;
	if (l->child >= 0)
		die("two children are tracked");
	l->child = l->closes_child ? -1 : uffd;
	if (l->closes_child)
		close(uffd);
}

/* An event has to be read before anything is answered again: the answer can wait. */
static unsigned int read_one(struct listener *l, int uffd, struct unanswered *later)
{
	struct uffd_msg msg;

	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		return 0;
	switch (msg.event) {
	case UFFD_EVENT_PAGEFAULT:
		if (!(msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP))
			die("unexpected fault message");
		(*(uffd == l->uffd ? &writes_told : &child_writes_told))++;
		later->uffd = uffd;
		later->address = msg.arg.pagefault.address & ~(__u64)(l->page - 1);
		return 1;
	case UFFD_EVENT_FORK:
		forked(l, msg.arg.fork.ufd);
		return 0;
	case UFFD_EVENT_REMAP:
		moves_told++;
		return 0;
	default:
		die("unexpected userfaultfd event %d", msg.event);
	}
}

static unsigned int answer(const struct listener *l, struct unanswered *later, unsigned int nr)
{
	while (nr && alter(later[nr - 1].uffd, later[nr - 1].address, l->page, false) != EAGAIN)
		nr--;
	return nr;
}

static void *listen(void *arg)
{
	struct listener *l = arg;
	struct unanswered later[MOST];
	unsigned int nr = 0, i;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = l->uffd, .events = POLLIN },
			{ .fd = l->child, .events = POLLIN },
			{ .fd = l->stop, .events = POLLIN },
		};

		if (poll(fds, 3, nr ? 1 : -1) < 0)
			die_errno("poll");
		if (fds[2].revents)
			return NULL;
		for (i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			if (nr == MOST)
				die("more messages than threads");
			nr += read_one(l, fds[i].fd, &later[nr]);
		}
		nr = answer(l, later, nr);
	}
}

void listener_start(struct listener *l, __u64 features, size_t page, bool closes_child)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	*l = (struct listener){ .child = -1, .page = page, .closes_child = closes_child };
	l->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	l->stop = eventfd(0, EFD_CLOEXEC);
	if (l->uffd < 0 || l->stop < 0)
		die_errno("no userfaultfd");
	if (ioctl(l->uffd, UFFDIO_API, &api))
		die_errno("userfaultfd lacks a feature");
	errno = pthread_create(&l->thread, NULL, listen, l);
	if (errno)
		die_errno("pthread_create");
}

void listener_stop(struct listener *l)
{
	if (eventfd_write(l->stop, 1))
		die_errno("eventfd");
	pthread_join(l->thread, NULL);
	if (l->child >= 0)
		close(l->child);
	close(l->stop);
}
