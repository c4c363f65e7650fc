// SPDX-License-Identifier: GPL-2.0
/*
 * Load a module while the kernel refuses it memory: once, at a chosen moment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/util.h"

static const char usage[] =
	"failing N MODULE [PARAMETERS]\n"
	"Loads MODULE, and of the allocations that are to fail, as debugfs says, the Nth does.\n"
	"(It is tried once: who tries again has loaded it.) Prints\n"
	"  error N   that init_module() ended in; 0: it is loaded\n"
	"  left N    allocations that it would have taken until one failed; 0: one has\n";

/* Of the calling thread. */
#define FAIL_NTH "/proc/thread-self/fail-nth"

static void fail_nth(const char *nth)
{
	if (!write_text(FAIL_NTH, nth))
		die_errno(FAIL_NTH);
}

int main(int argc, char **argv)
{
	const char *parameters = argc > 3 ? argv[3] : "";
	char left[32];
	int module, error;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		printf("usage: %s", usage);
		return 0;
	}
	if (argc < 3 || argc > 4)
		misuse("a number and a module are needed (-h for help)");
	number_arg("N", argv[1], 1, 1000000);
	module = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (module < 0)
		die_errno("%s", argv[2]);

	fail_nth(argv[1]);
	error = syscall(SYS_finit_module, module, parameters, 0) ? errno : 0;
	if (!read_text(FAIL_NTH, left, sizeof(left)))
		die_errno(FAIL_NTH);
	fail_nth("0");
	printf("error %d\nleft %d\n", error, atoi(left));
	return 0;
}
