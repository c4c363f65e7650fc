// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpus.h"
#include "util.h"

#define ROOT "/sys/fs/cgroup"
#define GROUP ROOT "/short"
#define CONSOLE "/proc/sys/kernel/printk"
#define SCORE "/proc/self/oom_score_adj"

/* To leave by: to open it when there is no memory left takes memory. */
static int outside = -1;

static char score_before[16], console_before[64];
static cpu_set_t cpus_before;

static void set(const char *path, const char *value)
{
	if (!write_text(path, value))
		die_errno("cannot write %s", path);
}

static void remember(const char *path, char *value, size_t size)
{
	if (!read_text(path, value, size))
		die_errno("cannot read %s", path);
}

/* Also of who dies meanwhile. There are kernels whose console comes to a message later. */
static void console_as_before(void)
{
	if (!console_before[0])
		return;
	sleep(1);
	if (!write_text(CONSOLE, console_before))
		warn("cannot put back %s", CONSOLE);
	console_before[0] = '\0';
}

void cgroup_begin(void)
{
	set(ROOT "/cgroup.subtree_control", "+memory");
	outside = open(ROOT "/cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (outside < 0)
		die_errno("cannot open %s", ROOT "/cgroup.procs");
	/* Each CPU has a stock of what it has given back to the group. */
	cpus_allowed(&cpus_before);
	run_on_cpu(sched_getcpu());
	remember(SCORE, score_before, sizeof(score_before));
	set(SCORE, "-1000");
	remember(CONSOLE, console_before, sizeof(console_before));
	atexit(console_as_before);
	set(CONSOLE, "1");
}

void cgroup_end(void)
{
	console_as_before();
	set(SCORE, score_before);
	run_on_cpus(&cpus_before);
	close(outside);
}

void cgroup_enter(size_t pages)
{
	char limit[32];

	if (mkdir(GROUP, 0755))
		die_errno("cannot make %s", GROUP);
	snprintf(limit, sizeof(limit), "%zu", pages * page_size());
	set(GROUP "/memory.max", limit);
	set(GROUP "/cgroup.procs", "0");
}

void cgroup_leave(void)
{
	if (write(outside, "0", 1) != 1 || rmdir(GROUP))
		die_errno("cannot leave %s", GROUP);
}
