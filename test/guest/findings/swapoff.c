// SPDX-License-Identifier: GPL-2.0
/* Swap is taken away while a write waits for its answer. */
#define _GNU_SOURCE
#include "findings/swapoff.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/swap.h"
#include "lib/util.h"

const char *swap_device;

/* What befalls a swapped-out page while swap is taken away. */
struct swapoff_course {
	bool shared;		/* a child has it swapped out, too */
	bool maps;		/* another thread goes on changing the address space */
	int here, there;	/* to hear of the other process, and to tell it */
};

static void tell(const struct swapoff_course *course)
{
	if (write(course->there, "", 1) != 1)
		die_errno("pipe");
}

/* False if there is nothing to be heard for so many milliseconds. */
static bool hears(const struct swapoff_course *course, int milliseconds)
{
	struct pollfd fd = { .fd = course->here, .events = POLLIN };
	char c;

	if (!poll(&fd, 1, milliseconds))
		return false;
	if (read(course->here, &c, 1) != 1)
		die("the other process is gone");
	return true;
}

static void start_thread(void *(*thread_main)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, thread_main, arg);
	if (errno)
		die_errno("pthread_create");
}

/* One in the midst of others, which swapoff takes in, too. */
static size_t page_written(const struct region *region)
{
	return region->pages / 2;
}

static void *writer_main(void *arg)
{
	struct region *region = arg;

	region_write(region, page_written(region), 2);
	return NULL;
}

static void *mapper_main(void *arg)
{
	void *at;

	(void)arg;
	for (;;) {
		at = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED || munmap(at, page_size()))
			die_errno("cannot change the address space");
	}
}

static void wait_for_message(const struct tracker *t)
{
	struct pollfd fd = { .fd = t->uffd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&fd, 1, -1) != 1 || read(t->uffd, &msg, sizeof(msg)) != sizeof(msg))
		die_errno("no message comes");
}

/* A write that is not answered before the other process says so. */
static void tracked_main(struct region *region, const struct swapoff_course *course)
{
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	swap_out_region(region);
	if (course->shared && !fork_or_die())
		for (;;)
			pause();
	region_print(region);
	about_to_write(region);
	fflush(stdout);
	start_thread(writer_main, region);
	wait_for_message(&t);
	if (course->maps)
		start_thread(mapper_main, NULL);
	tell(course);
	hears(course, -1);
	tracker_resolve(&t, page_written(region), 1);
	tell(course);
	for (;;)
		pause();
}

pid_t start_swapoff(void)
{
	pid_t pid = fork_or_die();

	if (pid)
		return pid;
	if (!swap_device || swapoff(swap_device))
		die_errno("cannot swap off %s", swap_device ?: "(-s DEVICE)");
	_exit(0);
}

/* For a swapoff, or an answer, that waits for nobody, it is plenty. */
#define SWAPOFF_SECONDS 5

static bool ends_in_time(pid_t pid)
{
	struct pollfd fd = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int ended;

	if (fd.fd < 0)
		die_errno("pidfd_open");
	ended = poll(&fd, 1, SWAPOFF_SECONDS * 1000);
	close(fd.fd);
	return ended;
}

/* Whoever waits for the write, or for who does, goes on when its process is killed. */
void swapoff_run(struct region *region, struct swapoff_course *course)
{
	int down[2], up[2];
	pid_t tracked, off;
	bool ended, answered;

	if (pipe(down) || pipe(up))
		die_errno("pipe");
	tracked = fork_or_die();
	course->here = tracked ? up[0] : down[0];
	course->there = tracked ? down[1] : up[1];
	if (!tracked)
		tracked_main(region, course);
	close(up[1]);
	hears(course, -1);
	off = start_swapoff();
	ended = ends_in_time(off);
	tell(course);
	answered = hears(course, SWAPOFF_SECONDS * 1000);
	if (!answered && !course->maps)
		die("the tracker cannot answer");
	kill(tracked, SIGKILL);
	if (waitpid(tracked, NULL, 0) != tracked)
		die_errno("waitpid");
	child_ended(off);
	printf("pages 1\nendless %d\n", course->maps ? !answered : !ended);
}

void swapoff_waits_run(struct region *region)
{
	swapoff_run(region, &(struct swapoff_course){ 0 });
}

void swapoff_waits_shared_run(struct region *region)
{
	swapoff_run(region, &(struct swapoff_course){ .shared = true });
}

/* What lies beside it on the device is read ahead, as where any swap device rotates. */
void swapoff_deadlock_run(struct region *region)
{
	static const char setting[] = "/sys/kernel/mm/swap/vma_ra_enabled";
	char was[16];

	if (!read_text(setting, was, sizeof(was)) || !write_text(setting, "false"))
		die_errno("cannot set %s", setting);
	swapoff_run(region, &(struct swapoff_course){ .maps = true });
	if (!write_text(setting, was))
		die_errno("cannot put back %s", setting);
}
