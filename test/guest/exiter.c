// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that exit the moment their protected pages went along a path, while
 * what a guard has still to do for them may be queued.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"

static const char usage[] =
	"exiter [options] PATH MEMORY\n"
	"Starts -r ROUNDS processes, one after the other. Each protects -n PAGES\n"
	"pages, runs PATH and exits at once, with its memory still mapped. Prints\n"
	"  exited N  processes that got so far\n"
	"With -p each pauses before it exits (\"pause ran\"). Others as for uffdwp.\n";

static void child(const struct args *args)
{
	struct region region;
	struct tracker t;

	region_map(&region, args->memory, args->pages, args->path->prot);
	region_print(&region);
	if (args->path->prepare)
		args->path->prepare(&region, &args->options);
	region_touch(&region, 0, region.pages);
	/* No handler: nothing writes, and a thread would make exiting slower. */
	tracker_register(&t, &region, false);
	if (args->path->settle)
		args->path->settle(&region, &args->options);
	tracker_protect(&t, 0, region.pages);
	args->path->run(&region, &args->options);
	if (args->pause)
		pause_at("ran");
	_exit(0);
}

int main(int argc, char **argv)
{
	struct args args;
	int round, status;
	pid_t pid;

	parse_args(&args, argc, argv, usage);
	for (round = 0; round < args.rounds; round++) {
		fflush(stdout);
		pid = fork();
		if (pid < 0)
			die_errno("fork");
		if (!pid)
			child(&args);
		if (waitpid(pid, &status, 0) != pid)
			die_errno("waitpid");
		if (status)
			die("process %d ended with status 0x%x", round, status);
	}
	printf("exited %d\n", round);
	return 0;
}
