// SPDX-License-Identifier: GPL-2.0
/* Advice to put guards in the place of protected pages. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "findings/runs.h"
#include "findings/writes.h"
#include "lib/util.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static sigjmp_buf gave_up;

static void give_up(int signal)
{
	(void)signal;
	siglongjmp(gave_up, 1);
}

/* Where there is no such advice it ends as well. */
void guard_install_run(struct region *region)
{
	struct sigaction action = { .sa_handler = give_up };
	struct tracker t;
	long before;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	region_print(region);
	about_to_write(region);
	if (sigaction(SIGALRM, &action, NULL))
		die_errno("sigaction");
	before = thread_faults();
	if (!sigsetjmp(gave_up, 1)) {
		alarm(PATIENCE_SECONDS);
		madvise(region->base, region_len(region), MADV_GUARD_INSTALL);
		alarm(0);
		printf("pages 1\nendless 0\n");
		return;
	}
	printf("pages 1\nendless 1\nfaults %ld\n", thread_faults() - before);
}
