/* SPDX-License-Identifier: GPL-2.0 */
/* The command line that the programs share: [options] PATH MEMORY. */
#ifndef GUEST_ARGS_H
#define GUEST_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "path.h"

struct args {
	const struct path *path;
	const struct memory_kind *memory;
	struct path_options options;
	size_t pages;
	int rounds;
	bool pause;
	bool any_access;
	bool meanwhile;
	bool verbose;
};

/* For what getopt() does not know, with opterr off. */
#define unknown_option() \
	misuse("unknown option -%c, or one without its value (-h for help)", optopt)

/* The kind of memory that is the only argument left; or wrong usage. */
const struct memory_kind *memory_arg(int argc, char **argv);

/*
 * Parse or exit. @usage is the program's own help text. -l and -h are answered
 * here; wrong usage is one line and status 1.
 */
void parse_args(struct args *args, int argc, char **argv, const char *usage);

#endif
