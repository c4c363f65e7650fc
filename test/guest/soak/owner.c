// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle. The owner of a slice is the only one who protects its pages and writes to
 * them: it knows which write has to be announced, and looks whether it was, at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"
#include "soak/soak.h"

static void tell(struct area *area, size_t page, double since)
{
	struct control *c = area->control;
	unsigned int nr = c->nr_unannounced++;
	struct unannounced *u = &c->unannounced[nr];

	if (nr >= MAX_UNANNOUNCED)
		return;
	u->pid = getpid();
	u->address = (uintptr_t)region_page(&area->region, page);
	u->since = since;
	u->in_check = c->phase == PHASE_CHECK;
	snprintf(u->kind, sizeof(u->kind), "%s", area->name);
}

static void write_to(struct area *area, struct slice *slice, size_t page)
{
	double *since = &slice->since[page - slice->first];
	unsigned int before = 0;

	if (!*since) {
		region_write(&area->region, page, 1);
		return;
	}
	if (!area->async)
		before = area_announcements(area, page);
	region_write(&area->region, page, 2);
	area->control->writes++;
	if (area_announcements(area, page) == before)
		tell(area, page, *since);
	else
		area->control->announced++;
	*since = 0;
}

static void write_some(struct area *area, struct slice *slice, __u64 *state)
{
	size_t i, count = 1 + below(state, area->huge ? 2 : 16);

	for (i = 0; i < count; i++)
		write_to(area, slice, slice->first + below(state, slice->pages));
}

/* Not writable for a while, for nobody of this process. */
static void read_only(struct area *area, const struct stretch *s)
{
	pthread_rwlock_wrlock(&s->slice->in_place);
	if (mprotect(stretch_start(area, s), stretch_len(area, s), PROT_READ) ||
	    mprotect(stretch_start(area, s), stretch_len(area, s), PROT_READ | PROT_WRITE))
		die_errno("mprotect");
	pthread_rwlock_unlock(&s->slice->in_place);
}

static void must_map(char *where, size_t len, int how)
{
	if (mmap(where, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how,
		 -1, 0) != where)
		die_errno("a place was taken meanwhile");
}

/* There and back, so that the registration goes along; what is split cannot move at once. */
static bool move(struct area *area, struct slice *slice)
{
	size_t len = slice->pages * area->kind.page;
	char *base = region_page(&area->region, slice->first);
	bool moved;

	pthread_rwlock_wrlock(&slice->in_place);
	moved = mremap(base, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, slice->spare) ==
		slice->spare;
	if (moved) {
		must_map(base, len, MAP_FIXED_NOREPLACE);
		if (mremap(slice->spare, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, base) != base)
			die_errno("mremap, back");
	} else if (errno != EFAULT && errno != EINVAL) {
		die_errno("mremap");
	}
	must_map(slice->spare, len, MAP_FIXED);
	pthread_rwlock_unlock(&slice->in_place);
	return moved;
}

/* Private memory loses contents and marks: its pages begin anew, and are there again. */
static void throw_away(struct area *area, const struct stretch *s)
{
	size_t i;

	if (madvise(stretch_start(area, s), stretch_len(area, s), MADV_DONTNEED))
		die_errno("MADV_DONTNEED");
	memset(&s->slice->since[s->first - s->slice->first], 0,
	       s->pages * sizeof(*s->slice->since));
	for (i = 0; i < s->pages; i++)
		region_write(&area->region, s->first + i, 1);
}

void owner_step(struct area *area, struct slice *slice, __u64 *state)
{
	struct stretch s = some_of(area, slice, state);

	switch (below(state, 64)) {
	case 0 ... 27:
		area_protect(area, &s, area->async && below(state, 2));
		break;
	case 28 ... 51:
		write_some(area, slice, state);
		break;
	case 52 ... 54:
		area_resolve(area, &s);
		break;
	case 55 ... 58:
		read_only(area, &s);
		way_done(area->control, 0);
		break;
	case 59 ... 60:
		if (move(area, slice))
			way_done(area->control, 1);
		break;
	case 61 ... 62:
		if (!area->keeps && !area->huge) {
			throw_away(area, &s);
			way_done(area->control, 2);
		}
		break;
	default:
		area_register_anew(area, &s);
		way_done(area->control, 3);
	}
}

void owner_check(struct area *area, struct slice *slice)
{
	size_t i;

	for (i = slice->first; i < slice->first + slice->pages; i++)
		if (slice->since[i - slice->first])
			write_to(area, slice, i);
}
