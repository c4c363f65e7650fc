// SPDX-License-Identifier: GPL-2.0
/* Many readers of one file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/util.h"

static const char usage[] =
	"opens N FILE\n"
	"Opens FILE N times, reads from each, says \"pause opened\" and waits for a line.\n";

int main(int argc, char **argv)
{
	struct rlimit limit;
	char byte;
	long n, i;
	int fd;

	if (argc != 3)
		misuse("%s", usage);
	n = number_arg("N", argv[1], 1, 100000);
	limit.rlim_cur = n + 16;
	limit.rlim_max = n + 16;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die_errno("setrlimit");
	for (i = 0; i < n; i++) {
		fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &byte, 1) != 1)
			die_errno("cannot read %s for the %ldth time", argv[2], i + 1);
	}
	pause_at("opened");
	return 0;
}
