/* SPDX-License-Identifier: GPL-2.0 */
/* The command line that the programs share: [options] PATH MEMORY. */
#ifndef GUEST_ARGS_H
#define GUEST_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

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
	bool unmarked;
	bool verbose;
};

/*
 * For what a program does not take itself, with opterr off: -h prints its help, all else is
 * wrong usage. Exits.
 */
noreturn void other_option(int option, const char *usage);

/* The kind of memory that is the only argument left; or wrong usage. */
const struct memory_kind *memory_arg(int argc, char **argv);

/*
 * Parse or exit. @usage is the program's own help text. -l and -h are answered
 * here; wrong usage is one line and status 1.
 */
void parse_args(struct args *args, int argc, char **argv, const char *usage);

#endif
