// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ways/meanwhile.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

struct act {
	const char *name;
	void (*run)(const struct tracker *t, char *at, size_t len);
	void (*afterwards)(char *at, size_t len);
};

struct meanwhile {
	const struct act *act;
	const struct tracker *t;
	size_t first, count;
	char *at;
	pthread_t thread;
};

static void zap(const struct tracker *t, char *at, size_t len)
{
	(void)t;
	if (madvise(at, len, MADV_DONTNEED))
		die_errno("MADV_DONTNEED");
}

static void page_out(const struct tracker *t, char *at, size_t len)
{
	(void)t;
	if (madvise(at, len, MADV_PAGEOUT))
		die_errno("MADV_PAGEOUT");
}

static char *moved_to;

static void move(char *from, char *to, size_t len)
{
	if (mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		die_errno("mremap");
}

static void move_away(const struct tracker *t, char *at, size_t len)
{
	(void)t;
	moved_to = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (moved_to == MAP_FAILED)
		die_errno("cannot reserve %zu bytes", len);
	move(at, moved_to, len);
}

static void move_back(char *at, size_t len)
{
	move(moved_to, at, len);
}

static void resolve(const struct tracker *t, char *at, size_t len)
{
	tracker_resolve(t, (at - t->region->base) / page_size(), len / page_size());
}

static void unregister(const struct tracker *t, char *at, size_t len)
{
	struct uffdio_range range = { .start = (uintptr_t)at, .len = len };

	if (ioctl(t->uffd, UFFDIO_UNREGISTER, &range))
		die_errno("UFFDIO_UNREGISTER");
}

static const struct act acts[] = {
	{ "zap", .run = zap },
	{ "page-out", .run = page_out },
	{ "move", .run = move_away, .afterwards = move_back },
	{ "resolve", .run = resolve },
	{ "unregister", .run = unregister },
	{ 0 }
};

static const struct act *act_named(const char *name)
{
	const struct act *act;

	for (act = acts; act->name; act++)
		if (!strcmp(act->name, name))
			return act;
	misuse("no act '%s' (-h for help)", name);
}

struct meanwhile *meanwhile_arg(const char *arg)
{
	static struct meanwhile meanwhile;
	char name[16];
	int used = 0;

	if (sscanf(arg, "%15[^,],%zu,%zu%n", name, &meanwhile.first, &meanwhile.count,
		   &used) != 3 || arg[used])
		misuse("-m ACT,FIRST,COUNT must have two numbers, not '%s'", arg);
	meanwhile.act = act_named(name);
	return &meanwhile;
}

#define MOMENT		"/sys/module/uffdwp_guard/parameters/moment"
#define TO_COME		1

static unsigned long moment_of_look(void)
{
	char text[32];

	if (!read_text(MOMENT, text, sizeof(text)))
		die_errno(MOMENT);
	return strtoul(text, NULL, 10);
}

/* Whoever looks cannot be preempted. It must not be over before all is done. */
static void *meanwhile_main(void *data)
{
	struct meanwhile *meanwhile = data;
	unsigned long moment;

	while ((moment = moment_of_look()) == TO_COME)
		usleep(1000);
	if (!moment)
		die("%s: the moment is over already", meanwhile->act->name);
	meanwhile->at = (char *)moment + meanwhile->first * page_size();
	meanwhile->act->run(meanwhile->t, meanwhile->at, meanwhile->count * page_size());
	if (moment_of_look() != moment)
		die("%s: it took longer than the moment", meanwhile->act->name);
	if (!write_text(MOMENT, "0"))
		die_errno(MOMENT);
	return NULL;
}

void meanwhile_start(struct meanwhile *meanwhile, const struct tracker *t)
{
	meanwhile->t = t;
	if (pthread_create(&meanwhile->thread, NULL, meanwhile_main, meanwhile))
		die("cannot start a thread");
}

void meanwhile_end(struct meanwhile *meanwhile)
{
	pthread_join(meanwhile->thread, NULL);
	if (meanwhile->act->afterwards)
		meanwhile->act->afterwards(meanwhile->at, meanwhile->count * page_size());
}
