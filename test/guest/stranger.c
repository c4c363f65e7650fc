// SPDX-License-Identifier: GPL-2.0
/* What somebody who is not root can do to files that are root's to write. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/util.h"

static const char usage[] =
	"stranger FILE...\n"
	"Tries to open each FILE for writing as root, as nobody, and as root of a user namespace of\n"
	"nobody's.\n"
	"Prints \"allowed WHO FILE\" for each that could be opened for writing, and\n"
	"  tried N  attempts\n";

#define NOBODY 65534

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		die_errno("cannot become nobody");
}

/* Root in there, nobody out here. */
static void become_root_of_a_namespace(void)
{
	become_nobody();
	/* Who gave up being root has files in /proc that are root's. */
	if (prctl(PR_SET_DUMPABLE, 1))
		die_errno("prctl");
	if (unshare(CLONE_NEWUSER))
		die_errno("no user namespace");
	if (!write_text("/proc/self/setgroups", "deny") ||
	    !write_text("/proc/self/uid_map", "0 65534 1") ||
	    !write_text("/proc/self/gid_map", "0 65534 1"))
		die_errno("cannot map users");
	if (getuid())
		die("not root of the namespace");
}

static void try_all(const char *who, char **files)
{
	int fd;

	for (; *files; files++) {
		fd = open(*files, O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			printf("allowed %s %s\n", who, *files);
			close(fd);
		}
	}
}

static void as(const char *who, void (*become)(void), char **files)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno("fork");
	if (!pid) {
		become();
		try_all(who, files);
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("%s ended with status 0x%x", who, status);
}

/* As root, who can: or the refusals would say nothing. */
static void stay(void)
{
}

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "-h"))
		misuse("%s", usage);
	as("root", stay, argv + 1);
	as("nobody", become_nobody, argv + 1);
	as("namespace", become_root_of_a_namespace, argv + 1);
	printf("tried %d\n", 3 * (argc - 1));
	return 0;
}
