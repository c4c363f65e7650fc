// SPDX-License-Identifier: GPL-2.0
/* Forks that have an id for their child, and get no further. */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/stall.h"
#include "lib/util.h"

static const char usage[] =
	"stalled N\n"
	"N threads fork, and are stalled where the kernel tells them of their child. Says\n"
	"\"pause stalled\" then, waits for a line, and ends.\n";

/* The kernel stores a descriptor of the child before that is one. */
static void *fork_main(void *page)
{
	long child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, page, NULL, 0);

	if (!child)
		_exit(0);
	die_errno("a fork came to its end");
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t thread;
	long n, i;
	void *page;
	int uffd;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		printf("usage: %s", usage);
		return 0;
	}
	if (argc != 2)
		misuse("wants N; -h tells more");
	n = number_arg("N", argv[1], 1, 1000);
	page = stall_page(&uffd);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread, &attr, fork_main, page))
			die("cannot start a thread");
	stall_wait(uffd, n);
	pause_at("stalled");
	/* Those that are stalled are killed. */
	return 0;
}
