// SPDX-License-Identifier: GPL-2.0
/*
 * Does a write by a guest to write-protected memory announce itself?
 *
 * KVM has a page table of its own for its guests, made from that of the process, which
 * knows nothing of userfaultfd: a guest that has a writable entry there faults no more.
 * As uffdwp, but a guest writes, and it does so twice: the second time with whatever
 * the first one has left there.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "lib/args.h"
#include "lib/mapped.h"
#include "lib/nodes.h"
#include "lib/region.h"
#include "lib/tracker.h"
#include "lib/util.h"
#include "vcpu/vm.h"

static const char usage[] =
	"vcpu [-n PAGES] [-r ROUNDS] [-p] [-g] PATH MEMORY\n"
	"Has a guest whose memory it is write to pages, protects them, runs PATH over them,\n"
	"has the guest write to each twice, and prints\n"
	"  pages N    pages written (all rounds)\n"
	"  fired N    of these: announced when first written to\n"
	"  missed N   of these: not announced\n"
	"  again N    of these: announced when written to again\n"
	"  extra N    messages that no write caused\n"
	"  lost N     writes that are not in the memory\n"
	"  -n PAGES   how many pages (64; 128 at most)\n"
	"  -r ROUNDS  repeat protect, path, writes; the numbers are sums (1)\n"
	"  -p         pause, until a line on standard input, after protecting\n"
	"             (\"pause protected\"), after the path (\"pause ran\"), and between the\n"
	"             writes (\"pause written\")\n"
	"  -g         have the guest write to each page for the first time as soon as the path\n"
	"             has it in another place\n"
	"Exit status: 0 measured, 1 usage, 2 could not measure.\n";

struct result {
	unsigned long pages;
	unsigned long fired;
	unsigned long again;
	unsigned long lost;
};

/* A path that runs while the guest writes. */
struct running {
	const struct args *args;
	const struct region *region;
};

/* As tracker_write(): true if a message came for exactly this write. */
static bool guest_write(struct tracker *t, struct vm *vm, size_t page, unsigned char value,
			struct result *result)
{
	t->fired[page] = 0;
	t->target = page + 1;
	vm_write(vm, page, value);
	t->target = 0;
	if (region_read(t->region, page) != (char)value)
		result->lost++;
	return t->fired[page];
}

static void *path_main(void *arg)
{
	const struct running *running = arg;

	pin_to_node(0, 0);
	running->args->path->run(running->region, &running->args->options);
	return NULL;
}

/*
 * Here the guest runs and the path elsewhere: KVM waits for all CPUs when a virtual CPU comes
 * to another thread.
 */
static void run_meanwhile(const struct args *args, struct tracker *t, struct vm *vm,
			  struct result *result)
{
	const struct region *region = t->region;
	struct running running = { .args = args, .region = region };
	__u64 from[VM_PAGES_MAX], frame;
	pthread_t thread;
	size_t i;

	pin_to_node(1, 0);
	for (i = 0; i < region->pages; i++)
		from[i] = page_frame(region, i);
	if (pthread_create(&thread, NULL, path_main, &running))
		die("cannot create a thread");
	for (i = 0; i < region->pages; i++) {
		while (!(frame = page_frame(region, i)) || frame == from[i])
			sched_yield();
		result->fired += guest_write(t, vm, i, 2, result);
	}
	pthread_join(thread, NULL);
}

static void one_round(const struct args *args, struct tracker *t, struct vm *vm,
		      struct result *result)
{
	const struct region *region = t->region;
	size_t i;

	if (args->path->settle)
		args->path->settle(region, &args->options);
	for (i = 0; i < region->pages; i++)
		guest_write(t, vm, i, 1, result);
	tracker_protect(t, 0, region->pages);
	if (args->pause)
		pause_at("protected");
	if (args->meanwhile)
		run_meanwhile(args, t, vm, result);
	else
		args->path->run(region, &args->options);
	if (args->pause)
		pause_at("ran");
	for (i = 0; i < region->pages && !args->meanwhile; i++)
		result->fired += guest_write(t, vm, i, 2, result);
	if (args->pause)
		pause_at("written");
	for (i = 0; i < region->pages; i++)
		result->again += guest_write(t, vm, i, 3, result);
	result->pages += region->pages;
}

int main(int argc, char **argv)
{
	struct result result = { 0 };
	struct region region;
	struct tracker t;
	struct args args;
	struct vm vm;
	int round;

	parse_args(&args, argc, argv, usage);
	region_map(&region, args.memory, args.pages, args.path->prot);
	region_print(&region);
	if (args.path->prepare)
		args.path->prepare(&region, &args.options);
	vm_open(&vm, &region);
	region_touch(&region, 0, region.pages);
	tracker_register(&t, &region, false);
	tracker_start(&t);
	for (round = 0; round < args.rounds; round++)
		one_round(&args, &t, &vm, &result);
	printf("pages %lu\nfired %lu\nmissed %lu\nagain %lu\nextra %lu\nlost %lu\n",
	       result.pages, result.fired, result.pages - result.fired, result.again,
	       t.extra, result.lost);
	vm_close(&vm);
	tracker_stop(&t);
	region_unmap(&region);
	return 0;
}
