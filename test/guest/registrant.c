// SPDX-License-Identifier: GPL-2.0
/*
 * Ways to come to memory that is registered for write protection, and to get rid of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/region.h"
#include "lib/stall.h"
#include "lib/tracker.h"
#include "lib/util.h"

#define PAGES	16

static const char usage[] =
	"registrant HOW MEMORY\n"
	"Registers 16 pages, pauses (\"pause registered\"), and goes on as HOW says:\n"
	"  missing  for missing pages, not for protection; ends\n"
	"  unmap    unmaps them, pauses (\"pause unmapped\"), ends\n"
	"  inherit  it is a forked child's; the parent's registration is gone\n"
	"  other    another process did it for this one\n"
	"  race     another thread protects them and changes their protection there and back\n"
	"           while the registration is under way\n"
	"  unread   the arguments are where only a fault brings them\n"
	"  beside   another thread is stalled in a call of userfaultfd meanwhile\n"
	"The last four then write to each page and print pages, fired, missed, extra.\n";

static struct region region;
static struct tracker tracker;

static void write_all(void)
{
	size_t i, fired = 0;

	for (i = 0; i < region.pages; i++)
		fired += tracker_write(&tracker, i);
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", region.pages, fired,
	       region.pages - fired, tracker.extra);
	tracker_stop(&tracker);
}

static void there_and_back(void)
{
	region_mprotect(&region, PROT_READ);
	region_mprotect(&region, PROT_READ | PROT_WRITE);
}

static int enrol(int uffd, __u64 mode)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)region.base, region_len(&region) },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_REGISTER, &reg);
}

static void missing(void)
{
	tracker_open(&tracker, &region, 0);
	if (enrol(tracker.uffd, UFFDIO_REGISTER_MODE_MISSING))
		die_errno("cannot register");
	pause_at("registered");
}

static void unmap(void)
{
	tracker_register(&tracker, &region, false);
	pause_at("registered");
	region_unmap(&region);
	pause_at("unmapped");
}

static void send_descriptor(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		die_errno("cannot send a descriptor");
}

static int receive_descriptor(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(from, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		die_errno("cannot receive a descriptor");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The other process has other memory at the same addresses. */
static void by_other(void)
{
	int pair[2], status;
	pid_t child;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die_errno("socketpair");
	child = fork();
	if (child < 0)
		die_errno("fork");
	if (child) {
		if (enrol(receive_descriptor(pair[0]), UFFDIO_REGISTER_MODE_WP))
			die_errno("cannot register for another process");
		pause_at("registered");
		if (write(pair[0], "", 1) != 1 || waitpid(child, &status, 0) != child)
			die_errno("the other process is lost");
		if (status)
			die("the other process failed");
		return;
	}
	tracker_open(&tracker, &region, 0);
	send_descriptor(pair[1], tracker.uffd);
	if (read(pair[1], &byte, 1) != 1)
		die_errno("the registering process is lost");
	tracker_enrol(&tracker, false);
	tracker_start(&tracker);
	tracker_protect(&tracker, 0, region.pages);
	there_and_back();
	write_all();
}

static void *wait_for_fork(void *arg)
{
	struct uffd_msg msg;

	(void)arg;
	while (read(tracker.uffd, &msg, sizeof(msg)) != sizeof(msg))
		if (errno != EAGAIN)
			die_errno("read from userfaultfd");
	if (msg.event != UFFD_EVENT_FORK)
		die("unexpected event %d", msg.event);
	return (void *)(long)msg.arg.fork.ufd;
}

static void inherit(void)
{
	pthread_t reader;
	pid_t child;

	tracker_open(&tracker, &region, UFFD_FEATURE_EVENT_FORK);
	tracker_enrol(&tracker, false);
	if (pthread_create(&reader, NULL, wait_for_fork, NULL))
		die("cannot start a thread");
	child = fork();
	if (child < 0)
		die_errno("fork");
	if (!child) {
		pause();
		_exit(1);
	}
	pthread_join(reader, NULL);
	close(tracker.uffd);
	region_unmap(&region);
	pause_at("registered");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void *race_main(void *arg)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)region.base, region_len(&region) },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	(void)arg;
	while (ioctl(tracker.uffd, UFFDIO_WRITEPROTECT, &wp))
		if (errno != ENOENT && errno != EAGAIN)
			die_errno("cannot protect");
	there_and_back();
	return NULL;
}

static void race(void)
{
	pthread_t racer;

	tracker_open(&tracker, &region, 0);
	if (pthread_create(&racer, NULL, race_main, NULL))
		die("cannot start a thread");
	tracker_enrol(&tracker, false);
	pthread_join(racer, NULL);
	pause_at("registered");
	tracker_start(&tracker);
	write_all();
}

/* In a page of a file that is mapped, and was never read there. */
static void *behind_a_fault(const void *data, size_t len)
{
	int fd = memfd_create("arguments", MFD_CLOEXEC);
	void *there;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		die_errno("cannot make a file of arguments");
	there = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (there == MAP_FAILED)
		die_errno("cannot map a file of arguments");
	close(fd);
	return there;
}

static void unread(void)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)region.base, region_len(&region) },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect wp = {
		.range = reg.range,
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	tracker_open(&tracker, &region, 0);
	if (ioctl(tracker.uffd, UFFDIO_REGISTER, behind_a_fault(&reg, sizeof(reg))))
		die_errno("cannot register");
	if (ioctl(tracker.uffd, UFFDIO_WRITEPROTECT, behind_a_fault(&wp, sizeof(wp))))
		die_errno("cannot protect");
	there_and_back();
	pause_at("registered");
	tracker_enrol(&tracker, false);
	tracker_start(&tracker);
	write_all();
}

static void *stalled_main(void *page)
{
	ioctl(tracker.uffd, UFFDIO_COPY, page);
	die_errno("a call came to its end");
}

static void beside(void)
{
	pthread_t thread;
	void *page;
	int uffd;

	tracker_open(&tracker, &region, 0);
	page = stall_page(&uffd);
	if (pthread_create(&thread, NULL, stalled_main, page))
		die("cannot start a thread");
	stall_wait(uffd, 1);
	tracker_enrol(&tracker, false);
	pause_at("registered");
	tracker_start(&tracker);
	tracker_protect(&tracker, 0, region.pages);
	there_and_back();
	write_all();
}

static const struct way {
	const char *name;
	void (*go)(void);
} ways[] = {
	{ "missing", missing },
	{ "unmap", unmap },
	{ "other", by_other },
	{ "inherit", inherit },
	{ "race", race },
	{ "unread", unread },
	{ "beside", beside },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		printf("usage: %s", usage);
		return 0;
	}
	if (argc != 3)
		misuse("wants HOW and MEMORY; -h tells more");
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(argv[1], ways[i].name))
			break;
	if (i == ARRAY_SIZE(ways))
		misuse("no such way: %s", argv[1]);
	optind = 2;
	region_map(&region, memory_arg(argc, argv), PAGES, PROT_READ | PROT_WRITE);
	region_touch(&region, 0, region.pages);
	region_print(&region);
	ways[i].go();
	return 0;
}
