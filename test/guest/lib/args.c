// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util.h"

static void parse_option(struct args *args, int option, const char *usage)
{
	struct path_options *o = &args->options;

	switch (option) {
	case 'n':
		args->pages = number_arg("-n PAGES", optarg, 1, 1 << 20);
		break;
	case 'r':
		args->rounds = number_arg("-r ROUNDS", optarg, 1, 1000000);
		break;
	case 't':
		o->hinting.threads = number_arg("-t THREADS", optarg, 1, 256);
		break;
	case 'f':
		o->hinting.faults = number_arg("-f FAULTS", optarg, 1, 1000);
		break;
	case 'T':
		o->hinting.seconds = number_arg("-T SECONDS", optarg, 1, 3600);
		break;
	case 'N':
		o->hinting.nodes = number_arg("-N NODES", optarg, 1, 2);
		break;
	case 'b':
		o->both = true;
		break;
	case 'k':
		o->held = true;
		break;
	case 'H':
		o->hops = number_arg("-H HOPS", optarg, 1, 1000);
		break;
	case 'e':
		o->elsewhere = true;
		break;
	case 'p':
		args->pause = true;
		break;
	case 'a':
		args->any_access = true;
		break;
	case 'g':
		args->meanwhile = true;
		break;
	case 'u':
		args->unmarked = true;
		break;
	case 'v':
		args->verbose = true;
		break;
	case 'l':
		list_paths_and_memory();
		exit(0);
	default:
		other_option(option, usage);
	}
}

void other_option(int option, const char *usage)
{
	if (option != 'h')
		misuse("unknown option -%c, or one without its value (-h for help)", optopt);
	printf("usage: %s", usage);
	exit(0);
}

void parse_args(struct args *args, int argc, char **argv, const char *usage)
{
	int option;

	*args = (struct args){
		.options = PATH_OPTIONS_DEFAULT,
		.pages = 64,
		.rounds = 1,
	};
	opterr = 0;
	while ((option = getopt(argc, argv, "n:r:t:N:f:T:bkH:epuvlahg")) != -1)
		parse_option(args, option, usage);
	if (argc - optind != 2)
		misuse("a PATH and a MEMORY are needed (-h for help)");
	args->path = path_named(argv[optind]);
	if (!args->path)
		misuse("no path '%s', -l lists them", argv[optind]);
	args->memory = memory_kind(argv[optind + 1]);
	if (!args->memory)
		misuse("no kind of memory '%s', -l lists them", argv[optind + 1]);
}

const struct memory_kind *memory_arg(int argc, char **argv)
{
	const struct memory_kind *kind = optind + 1 == argc ? memory_kind(argv[optind]) : NULL;

	if (!kind)
		misuse("one kind of memory is needed (-h for help)");
	return kind;
}
