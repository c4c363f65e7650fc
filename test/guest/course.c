// SPDX-License-Identifier: GPL-2.0
/*
 * The whole course of a tracker's life, step by step, by turns with events and without,
 * while other threads use the same memory: none of it is a fault of the kernel's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "course/listener.h"
#include "lib/args.h"
#include "lib/ksm.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/util.h"

#ifndef MADV_PAGEOUT
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM 4096
#endif

static const char usage[] =
	"course [-k] [-t] MEMORY ROUNDS\n"
	"Opens a tracker, registers, protects, writes, pages out, forks, moves the memory, unregisters\n"
	"some of it, registers it again, and closes; ROUNDS times at least. Every other tracker asks for\n"
	"events of forks and moves, and every other one of these goes on to track the child. Meanwhile\n"
	"other threads protect and resolve, write, advise, change protections and migrate.\n"
	"  -k  has KSM merge the pages in each round, while none is protected\n"
	"  -t  lifts all protection before a registration ends\n"
	"Prints\n"
	"  rounds N         trackers that were opened and closed\n"
	"  forks N          children that a tracker was told of\n"
	"  moves N          moves of memory that it was told of\n"
	"  writes N         writes that it was told of\n"
	"  child_writes N   writes of children that it was told of\n"
	"  turns N          what the others did\n";

#define PAGES		64
#define HUGE_PAGES	8
#define TURNS		400	/* of the others, at the least: hosts may be slow */

/* The others may have lifted all protection before a child comes to be: in a later round again. */
#define PATIENCE	10

static bool merges, tidy;
static struct region region;
static char *spare;		/* where it moves to next */
static atomic_bool over;
static atomic_ulong turns;

/*
 * Whoever uses the memory or the userfaultfd holds it for reading, one step at a time. Who
 * holds it for writing may move the memory, and knows that nobody waits for an answer.
 */
static pthread_rwlock_t in_place;
static int uffd = -1;		/* that others may use */

static void *any_page(unsigned int *seed)
{
	return region_page(&region, rand_r(seed) % region.pages);
}

static void protect_and_resolve(unsigned int *seed)
{
	if (uffd < 0)
		return;
	protect_range(uffd, any_page(seed), region.kind->page, true);
	protect_range(uffd, any_page(seed), region.kind->page, false);
}

static void write_one(unsigned int *seed)
{
	region_write(&region, rand_r(seed) % region.pages, 1);
}

/* What is not to be had for this memory is asked for all the same. */
static void advise(unsigned int *seed)
{
	static const int advices[] = { MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, MADV_FREE };
	int advice = advices[rand_r(seed) % ARRAY_SIZE(advices)];

	if (madvise(any_page(seed), region.kind->page, advice) && errno != EINVAL && errno != EBADF)
		die_errno("madvise %d", advice);
}

static void there_and_back(unsigned int *seed)
{
	(void)seed;
	region_mprotect(&region, PROT_READ | PROT_WRITE | PROT_EXEC);
	region_mprotect(&region, PROT_READ | PROT_WRITE);
}

static void migrate(unsigned int *seed)
{
	try_move_to_node(&region, rand_r(seed) % 2);
}

static void (*const others[])(unsigned int *seed) = {
	protect_and_resolve, write_one, advise, there_and_back, migrate,
};

static void *other_main(void *arg)
{
	unsigned int seed = (uintptr_t)arg + 1;

	/* Of this thread alone: who lives and who listens come first. */
	if (setpriority(PRIO_PROCESS, gettid(), 19))
		die_errno("setpriority");
	while (!over) {
		pthread_rwlock_rdlock(&in_place);
		others[(uintptr_t)arg](&seed);
		pthread_rwlock_unlock(&in_place);
		turns++;
	}
	return NULL;
}

static void enrol(const struct listener *l)
{
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)region.base, .len = region_len(&region) },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (ioctl(l->uffd, UFFDIO_REGISTER, &reg))
		die_errno("cannot register");
}

static void must_change(const struct listener *l, bool protect)
{
	if (!protect_range(l->uffd, region.base, region_len(&region), protect))
		die("not all of it is registered");
}

/* Whoever protects meanwhile waits: nothing is marked when the lock is let go. */
static void registration_ends(const struct listener *l)
{
	pthread_rwlock_wrlock(&in_place);
	if (tidy)
		must_change(l, false);
}

static void page_out(void)
{
	if (madvise(region.base, region_len(&region), MADV_PAGEOUT) && errno != EINVAL)
		die_errno("MADV_PAGEOUT");
}

/* A VMA that ends in the middle of each huge page, for a moment. */
static void end_in_the_middle(void)
{
	size_t i, half = region.kind->page / 2;
	char *at;

	pthread_rwlock_wrlock(&in_place);
	for (i = 0; i < region.pages; i++) {
		at = region_page(&region, i) + half;
		if (mprotect(at, half, PROT_READ) || mprotect(at, half, PROT_READ | PROT_WRITE))
			die_errno("mprotect");
	}
	pthread_rwlock_unlock(&in_place);
}

static void read_all(void)
{
	size_t i;

	for (i = 0; i < region.pages; i++)
		region_read(&region, i);
}

static void fork_once(void)
{
	pid_t pid = fork_or_die();

	if (!pid) {
		region_touch(&region, 0, region.pages);
		_exit(0);
	}
	child_ended(pid);
}

static char *reserve(char *where, size_t len, int how)
{
	char *hole = mmap(where, len, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how, -1, 0);

	if (hole == MAP_FAILED)
		die_errno("cannot have a place to move to");
	return hole;
}

static void move(const struct listener *l, bool told)
{
	char *from = region.base;
	size_t len = region_len(&region);

	/* Told of it, the tracker keeps the registration. */
	if (told)
		pthread_rwlock_wrlock(&in_place);
	else
		registration_ends(l);
	if (mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, spare) != spare)
		die_errno("mremap");
	region.base = spare;
	spare = reserve(from, len, MAP_FIXED_NOREPLACE);
	pthread_rwlock_unlock(&in_place);
	if (!told)
		enrol(l);
}

/* VMAs of hugetlb stay apart, once one of them was split, and cannot be moved as one. */
static void unregister_some(const struct listener *l)
{
	size_t first = strncmp(region.kind->name, "hugetlb", 7) ? region.pages / 2 : 0;
	struct uffdio_range range = {
		.start = (uintptr_t)region_page(&region, first),
		.len = (region.pages - first) * region.kind->page,
	};

	registration_ends(l);
	if (ioctl(l->uffd, UFFDIO_UNREGISTER, &range))
		die_errno("cannot unregister");
	pthread_rwlock_unlock(&in_place);
}

/* KSM does take marks off (docs/findings.rst): nothing is marked until it has done. */
static void merge(const struct listener *l)
{
	pthread_rwlock_wrlock(&in_place);
	must_change(l, false);
	region_touch(&region, 0, region.pages);
	ksm_offer(&region);
	ksm_merge(&region, false);
	pthread_rwlock_unlock(&in_place);
	must_change(l, true);
	region_touch(&region, 0, region.pages / 2);
	if (madvise(region.base, region_len(&region), MADV_UNMERGEABLE))
		die_errno("MADV_UNMERGEABLE");
	region_touch(&region, region.pages / 2, region.pages - region.pages / 2);
}

static void live(unsigned long round)
{
	bool told = round % 2 == 0;
	__u64 features = UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	struct listener l;

	if (region.memfd >= 0)
		features |= UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	if (told)
		features |= UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP;
	listener_start(&l, features, region.kind->page, round % 4 == 2);
	enrol(&l);
	pthread_rwlock_wrlock(&in_place);
	uffd = l.uffd;
	pthread_rwlock_unlock(&in_place);

	must_change(&l, true);
	if (!strcmp(region.kind->name, "thp"))
		end_in_the_middle();
	region_touch(&region, 0, region.pages / 2);
	must_change(&l, true);
	page_out();
	read_all();
	must_change(&l, true);
	page_out();
	region_touch(&region, 0, region.pages);
	must_change(&l, true);
	fork_once();
	move(&l, told);
	must_change(&l, true);
	move(&l, told);
	must_change(&l, true);
	unregister_some(&l);
	region_touch(&region, 0, region.pages);
	enrol(&l);
	if (merges)
		merge(&l);
	must_change(&l, true);

	registration_ends(&l);
	uffd = -1;
	pthread_rwlock_unlock(&in_place);
	listener_stop(&l);
	close(l.uffd);
}

static void set_up(const struct memory_kind *memory)
{
	pthread_rwlockattr_t attr;
	size_t align = memory->page > memory->block ? memory->page : memory->block, len;

	/* Or those who only read would keep everybody else out. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&in_place, &attr);
	region_map(&region, memory, memory->page > page_size() ? HUGE_PAGES : PAGES,
		   PROT_READ | PROT_WRITE);
	region_touch(&region, 0, region.pages);
	len = region_len(&region);
	spare = reserve(NULL, len + align, 0);
	spare += align - (uintptr_t)spare % align;
}

int main(int argc, char **argv)
{
	size_t nr = ARRAY_SIZE(others) - (node_count() != 2), i;
	pthread_t threads[ARRAY_SIZE(others)];
	const struct memory_kind *memory;
	unsigned long rounds = 0, wanted;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "kth")) != -1) {
		switch (option) {
		case 'k':
			merges = true;
			break;
		case 't':
			tidy = true;
			break;
		default:
			other_option(option, usage);
		}
	}
	memory = optind + 2 == argc ? memory_kind(argv[optind]) : NULL;
	if (!memory)
		misuse("MEMORY and ROUNDS are needed (-h for help)");
	wanted = number_arg("ROUNDS", argv[optind + 1], 1, 1000000);
	set_up(memory);
	for (i = 0; i < nr; i++) {
		errno = pthread_create(&threads[i], NULL, other_main, (void *)i);
		if (errno)
			die_errno("pthread_create");
	}
	while (rounds < wanted || turns < TURNS ||
	       (!child_writes_told && rounds < PATIENCE * wanted))
		live(rounds++);
	over = true;
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	printf("rounds %lu\nforks %lu\nmoves %lu\nwrites %lu\nchild_writes %lu\nturns %lu\n",
	       rounds, forks_told, moves_told, writes_told, child_writes_told, turns);
	return 0;
}
