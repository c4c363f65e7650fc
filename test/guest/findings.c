// SPDX-License-Identifier: GPL-2.0
/*
 * What stock kernels do wrong on ways that lead through no broken entry, or through one
 * that only a later registration makes so. Each is provoked as docs/findings.rst tells it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ksm.h"
#include "lib/mapped.h"
#include "lib/region.h"
#include "lib/swap.h"
#include "lib/tracker.h"
#include "lib/util.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static const char usage[] =
	"findings [-p] [-s DEVICE] FINDING\n"
	"Provokes it, writes to each page once, and prints\n"
	"  pages N    pages written\n"
	"  marked N   of these: marked, before the writes, as pagemap has it (5.10: never)\n"
	"  fired N    of these: announced by a write-protect fault message\n"
	"  missed N   of these: not announced\n"
	"  extra N    messages that no write caused\n"
	"or, where no tracker is to hear of the writes,\n"
	"  pages N    pages to write to\n"
	"  marked N   of these: marked, before the writes, as pagemap has it\n"
	"  endless N  of these: the write was given up, for it only went on faulting\n"
	"             (or calls, where it is a call that does not end by itself)\n"
	"  faults N   that those took\n"
	"  -p         pause, until a line on standard input, before the writes (\"pause ran\")\n"
	"  -s DEVICE  the swap device that swapoff takes pages from\n"
	"  -l         list the findings\n"
	"Exit status: 0 measured, 1 usage, 2 could not measure.\n";

static bool pause_wanted;
static const char *swap_device;

static void about_to_write(const struct region *region)
{
	printf("marked %zu\n", pages_marked(region));
	if (pause_wanted)
		pause_at("ran");
}

static void write_all(struct tracker *t)
{
	const struct region *region = t->region;
	size_t i, fired = 0;

	about_to_write(region);
	tracker_start(t);
	for (i = 0; i < region->pages; i++)
		fired += tracker_write(t, i);
	printf("pages %zu\nfired %zu\nmissed %zu\nextra %lu\n", region->pages, fired,
	       region->pages - fired, t->extra);
	tracker_stop(t);
}

/* A write that has taken so many faults when its time is over will take any number. */
#define PATIENCE_SECONDS 2
#define PATIENCE_FAULTS 100

static sigjmp_buf gave_up;
static atomic_long faults_before;

static void lose_patience(int signal)
{
	(void)signal;
	if (thread_faults() - faults_before >= PATIENCE_FAULTS)
		siglongjmp(gave_up, 1);
	alarm(PATIENCE_SECONDS);
}

/* The faults that a write took if it was given up; 0 if it ended. */
static long write_or_give_up(const struct region *region, size_t page)
{
	faults_before = thread_faults();
	if (sigsetjmp(gave_up, 1))
		return thread_faults() - faults_before;
	alarm(PATIENCE_SECONDS);
	region_write(region, page, 3);
	alarm(0);
	return 0;
}

static void write_all_or_give_up(const struct region *region)
{
	struct sigaction action = { .sa_handler = lose_patience };
	size_t i, endless = 0;
	long taken, faults = 0;

	about_to_write(region);
	if (sigaction(SIGALRM, &action, NULL))
		die_errno("sigaction");
	for (i = 0; i < region->pages; i++) {
		taken = write_or_give_up(region, i);
		endless += taken > 0;
		faults += taken;
	}
	printf("pages %zu\nendless %zu\nfaults %ld\n", region->pages, endless, faults);
}

static void merge(struct region *region, bool zero)
{
	struct tracker t;
	size_t i;

	for (i = 0; i < region->pages; i++)
		region_write(region, i, !zero);
	ksm_offer(region);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	ksm_merge(region, zero);
	region_print(region);
	write_all(&t);
}

static void ksm_run(struct region *region)
{
	merge(region, false);
}

static void ksm_zero_run(struct region *region)
{
	merge(region, true);
}

/* Holds the only descriptor of it all until fork() waits for its event to be read. */
static pid_t start_monitor(struct tracker *t)
{
	struct pollfd fd = { .fd = t->uffd, .events = POLLIN };
	pid_t pid = fork_or_die();

	if (pid)
		return pid;
	if (poll(&fd, 1, -1) != 1 || fd.revents != POLLIN)
		die("the monitor hears of no event");
	_exit(0);
}

/*
 * fork() comes back with the registration of parent and child taken back. The child goes
 * on alone: a page that is shared would be copied, and the copy has no mark.
 */
static bool orphan(struct region *region)
{
	int alone[2];
	struct tracker t;
	pid_t monitor, child;
	char c = 0;

	if (pipe(alone))
		die_errno("pipe");
	region_touch(region, 0, region->pages);
	tracker_open(&t, region, UFFD_FEATURE_EVENT_FORK);
	monitor = start_monitor(&t);
	tracker_enrol(&t, false);
	tracker_protect(&t, 0, region->pages);
	close(t.uffd);
	child = fork_or_die();
	if (!child) {
		if (read(alone[0], &c, 1) != 1)
			die("the parent is gone");
		region_print(region);
		return true;
	}
	child_ended(monitor);
	munmap(region->base, region_len(region));
	if (write(alone[1], &c, 1) != 1)
		die_errno("pipe");
	child_ended(child);
	return false;
}

/* Nothing is protected in the new registration: no page should be marked. */
static void fork_event_run(struct region *region)
{
	struct tracker t;

	if (!orphan(region))
		return;
	region_touch(region, 0, region->pages / 2);
	tracker_register(&t, region, false);
	write_all(&t);
}

static void fork_event_hugetlb_run(struct region *region)
{
	if (orphan(region))
		write_all_or_give_up(region);
}

/* The child's memory is not registered: without UFFD_FEATURE_EVENT_FORK it never is. */
static void hugetlb_fork_run(struct region *region)
{
	struct tracker t;
	pid_t child;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	child = fork_or_die();
	if (!child) {
		region_print(region);
		write_all_or_give_up(region);
		return;
	}
	child_ended(child);
}

static void read_of(pid_t pid, const struct region *region)
{
	char buffer[64];
	struct iovec local = { buffer, sizeof(buffer) };
	struct iovec remote = { .iov_len = sizeof(buffer) };
	size_t i;

	for (i = 0; i < region->pages; i++) {
		remote.iov_base = region_page(region, i);
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(buffer))
			die_errno("process_vm_readv");
	}
}

/* A read of the parent's pages, while they are shared with the child that reads. */
static void hugetlb_unshare_run(struct region *region)
{
	pid_t parent = getpid(), child;
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	child = fork_or_die();
	if (!child) {
		read_of(parent, region);
		_exit(0);
	}
	child_ended(child);
	region_print(region);
	write_all(&t);
}

/* For long and for reading, as for a device: by the module that the case loads for it. */
static void pin_all(const struct region *region)
{
	static const char module[] = "/sys/module/pin/parameters/range";
	uintptr_t start = (uintptr_t)region->base;
	char range[64];

	snprintf(range, sizeof(range), "%#lx %#lx", start, start + region_len(region));
	if (!write_text(module, range))
		die_errno("cannot pin with %s", module);
}

/* Nothing has been written yet: it is the huge zero page everywhere. */
static void huge_zero_pin_run(struct region *region)
{
	struct tracker t;
	size_t i;

	for (i = 0; i < region->pages; i++)
		region_read(region, i);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	pin_all(region);
	region_print(region);
	write_all(&t);
}

static struct uffdio_range half_of(const struct region *region)
{
	return (struct uffdio_range){
		.start = (uintptr_t)region_page(region, region->pages / 4),
		.len = region_len(region) / 2,
	};
}

/* Others go on with the few that they have. */
#define MAPPINGS "1000"

/* Has so many VMAs that there may be no more: none can be split then. */
static void fill_up_with_vmas(void)
{
	int prot = PROT_NONE;

	/* In turn, or they would be one. */
	while (mmap(NULL, page_size(), prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		prot ^= PROT_READ;
	if (errno != ENOMEM)
		die_errno("mmap");
}

static void unregister_fails_run(struct region *region)
{
	static const char limit[] = "/proc/sys/vm/max_map_count";
	struct uffdio_range range = half_of(region);
	char was[16];
	struct tracker t;
	int failed;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	if (!read_text(limit, was, sizeof(was)) || !write_text(limit, MAPPINGS))
		die_errno("cannot set %s", limit);
	fill_up_with_vmas();
	failed = ioctl(t.uffd, UFFDIO_UNREGISTER, &range) ? errno : 0;
	if (!write_text(limit, was))
		die_errno("cannot put back %s", limit);
	if (failed != ENOMEM)
		die("half of the region can be unregistered: error %d", failed);
	region_print(region);
	write_all(&t);
}

/* Registered for something else, and for protection again, by the same tracker. */
static void mode_replaced_run(struct region *region)
{
	struct tracker t;
	struct uffdio_register reg = {
		.range = { (uintptr_t)region->base, region_len(region) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	if (!ioctl(t.uffd, UFFDIO_REGISTER, &reg)) {
		region_touch(region, 0, region->pages / 2);
		tracker_enrol(&t, true);
	} else if (errno != EBUSY) {
		die_errno("cannot register for missing pages");
	}
	region_print(region);
	write_all(&t);
}

/* Huge pages for the taking, but none is taken. */
static void touch_base_pages(struct region *region)
{
	static struct memory_kind kind;

	kind = *region->kind;
	region->pages *= kind.page / page_size();
	kind.page = page_size();
	region->kind = &kind;
	region_touch(region, 0, region->pages);
}

static int collapse(const struct region *region)
{
	return madvise(region->base, region_len(region), MADV_COLLAPSE);
}

/* The collapse takes each page out of the entries that map it, whatever becomes of it. */
static void rwp_collapse_run(struct region *region)
{
	struct tracker t;

	touch_base_pages(region);
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	collapse(region);
	region_print(region);
	write_all(&t);
}

/* One pmd maps it all when it is protected. */
static void rwp_pmd_run(struct region *region)
{
	struct tracker t;

	touch_base_pages(region);
	if (collapse(region))
		die_errno("MADV_COLLAPSE");
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	region_print(region);
	write_all(&t);
}

static pid_t start_swapoff(void)
{
	pid_t pid = fork_or_die();

	if (pid)
		return pid;
	if (!swap_device || swapoff(swap_device))
		die_errno("cannot swap off %s", swap_device ?: "(-s DEVICE)");
	_exit(0);
}

/*
 * A huge page that ptes map, for no VMA is large enough for a pmd. It has to be split where its
 * last page is given back, which is not looked at.
 */
static void rwp_split_run(struct region *region)
{
	size_t half = region_len(region) / 2;
	struct tracker t;

	touch_base_pages(region);
	if (collapse(region))
		die_errno("MADV_COLLAPSE");
	if (mprotect(region->base, half, PROT_READ | PROT_WRITE | PROT_EXEC))
		die_errno("mprotect");
	region_touch(region, 0, region->pages);
	if (pages_flagged(region, KPF_THP) != region->pages)
		die("they are in no huge page");
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	region->pages--;
	if (fallocate(region->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      region_len(region), page_size()))
		die_errno("cannot punch a hole");
	region_print(region);
	write_all(&t);
}

/* Memory of a file has nothing in its entries that would say where it is. */
static void rwp_reclaim_run(struct region *region)
{
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register_any(&t, region);
	tracker_protect(&t, 0, region->pages);
	swap_out_region(region);
	child_ended(start_swapoff());
	region_print(region);
	write_all(&t);
}

static void give_up(int signal)
{
	(void)signal;
	siglongjmp(gave_up, 1);
}

/* Where there is no such advice it ends as well. */
static void guard_install_run(struct region *region)
{
	struct sigaction action = { .sa_handler = give_up };
	struct tracker t;
	long before;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	region_print(region);
	about_to_write(region);
	if (sigaction(SIGALRM, &action, NULL))
		die_errno("sigaction");
	before = thread_faults();
	if (!sigsetjmp(gave_up, 1)) {
		alarm(PATIENCE_SECONDS);
		madvise(region->base, region_len(region), MADV_GUARD_INSTALL);
		alarm(0);
		printf("pages 1\nendless 0\n");
		return;
	}
	printf("pages 1\nendless 1\nfaults %ld\n", thread_faults() - before);
}

/* What befalls a swapped-out page while swap is taken away. */
struct swapoff_course {
	bool shared;		/* a child has it swapped out, too */
	bool maps;		/* another thread goes on changing the address space */
	int here, there;	/* to hear of the other process, and to tell it */
};

static void tell(const struct swapoff_course *course)
{
	if (write(course->there, "", 1) != 1)
		die_errno("pipe");
}

/* False if there is nothing to be heard for so many milliseconds. */
static bool hears(const struct swapoff_course *course, int milliseconds)
{
	struct pollfd fd = { .fd = course->here, .events = POLLIN };
	char c;

	if (!poll(&fd, 1, milliseconds))
		return false;
	if (read(course->here, &c, 1) != 1)
		die("the other process is gone");
	return true;
}

static void start_thread(void *(*thread_main)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, thread_main, arg);
	if (errno)
		die_errno("pthread_create");
}

/* One in the midst of others, which swapoff takes in, too. */
static size_t page_written(const struct region *region)
{
	return region->pages / 2;
}

static void *writer_main(void *arg)
{
	struct region *region = arg;

	region_write(region, page_written(region), 2);
	return NULL;
}

static void *mapper_main(void *arg)
{
	void *at;

	(void)arg;
	for (;;) {
		at = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED || munmap(at, page_size()))
			die_errno("cannot change the address space");
	}
}

static void wait_for_message(const struct tracker *t)
{
	struct pollfd fd = { .fd = t->uffd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&fd, 1, -1) != 1 || read(t->uffd, &msg, sizeof(msg)) != sizeof(msg))
		die_errno("no message comes");
}

/* A write that is not answered before the other process says so. */
static void tracked_main(struct region *region, const struct swapoff_course *course)
{
	struct tracker t;

	region_touch(region, 0, region->pages);
	tracker_register(&t, region, false);
	tracker_protect(&t, 0, region->pages);
	swap_out_region(region);
	if (course->shared && !fork_or_die())
		for (;;)
			pause();
	region_print(region);
	about_to_write(region);
	fflush(stdout);
	start_thread(writer_main, region);
	wait_for_message(&t);
	if (course->maps)
		start_thread(mapper_main, NULL);
	tell(course);
	hears(course, -1);
	tracker_resolve(&t, page_written(region), 1);
	tell(course);
	for (;;)
		pause();
}

/* For a swapoff, or an answer, that waits for nobody, it is plenty. */
#define SWAPOFF_SECONDS 5

static bool ends_in_time(pid_t pid)
{
	struct pollfd fd = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int ended;

	if (fd.fd < 0)
		die_errno("pidfd_open");
	ended = poll(&fd, 1, SWAPOFF_SECONDS * 1000);
	close(fd.fd);
	return ended;
}

/* Whoever waits for the write, or for who does, goes on when its process is killed. */
static void swapoff_run(struct region *region, struct swapoff_course *course)
{
	int down[2], up[2];
	pid_t tracked, off;
	bool ended, answered;

	if (pipe(down) || pipe(up))
		die_errno("pipe");
	tracked = fork_or_die();
	course->here = tracked ? up[0] : down[0];
	course->there = tracked ? down[1] : up[1];
	if (!tracked)
		tracked_main(region, course);
	close(up[1]);
	hears(course, -1);
	off = start_swapoff();
	ended = ends_in_time(off);
	tell(course);
	answered = hears(course, SWAPOFF_SECONDS * 1000);
	if (!answered && !course->maps)
		die("the tracker cannot answer");
	kill(tracked, SIGKILL);
	if (waitpid(tracked, NULL, 0) != tracked)
		die_errno("waitpid");
	child_ended(off);
	printf("pages 1\nendless %d\n", course->maps ? !answered : !ended);
}

static void swapoff_waits_run(struct region *region)
{
	swapoff_run(region, &(struct swapoff_course){ 0 });
}

static void swapoff_waits_shared_run(struct region *region)
{
	swapoff_run(region, &(struct swapoff_course){ .shared = true });
}

/* What lies beside it on the device is read ahead, as where any swap device rotates. */
static void swapoff_deadlock_run(struct region *region)
{
	static const char setting[] = "/sys/kernel/mm/swap/vma_ra_enabled";
	char was[16];

	if (!read_text(setting, was, sizeof(was)) || !write_text(setting, "false"))
		die_errno("cannot set %s", setting);
	swapoff_run(region, &(struct swapoff_course){ .maps = true });
	if (!write_text(setting, was))
		die_errno("cannot put back %s", setting);
}

static const struct finding {
	const char *name;
	const char *about;
	const char *memory;
	size_t pages;
	void (*run)(struct region *region);
} findings[] = {
	{ "ksm", "protected pages are merged by KSM",
	  "anon", 64, ksm_run },
	{ "ksm-private", "protected private pages of a memfd are merged by KSM",
	  "shmem-private", 64, ksm_run },
	{ "ksm-zero", "protected pages of zeros are merged with the zero page",
	  "anon", 64, ksm_zero_run },
	{ "fork-event", "a child whose FORK event was never read, registered anew",
	  "anon", 64, fork_event_run },
	{ "fork-event-hugetlb", "a child whose FORK event was never read",
	  "hugetlb-private", 4, fork_event_hugetlb_run },
	{ "hugetlb-fork", "a child whose tracker did not ask for FORK events",
	  "hugetlb-private", 4, hugetlb_fork_run },
	{ "hugetlb-unshare", "pages shared with a child are read from outside",
	  "hugetlb-private", 4, hugetlb_unshare_run },
	{ "huge-zero-pin", "the huge zero page is pinned for reading, as by VFIO or RDMA",
	  "thp", 4, huge_zero_pin_run },
	{ "unregister-fails", "half of the pages could not be unregistered",
	  "anon", 64, unregister_fails_run },
	{ "mode-replaced", "registered for something else, and for protection again",
	  "anon", 64, mode_replaced_run },
	{ "guard-install", "MADV_GUARD_INSTALL of protected pages",
	  "shmem", 64, guard_install_run },
	{ "rwp-collapse", "pages protected against any access are collapsed",
	  "thp-shmem", 1, rwp_collapse_run },
	{ "rwp-pmd", "a page that a pmd maps is protected against any access",
	  "thp-shmem", 1, rwp_pmd_run },
	{ "rwp-split", "pages protected against any access are split",
	  "thp-shmem", 1, rwp_split_run },
	{ "rwp-reclaim", "pages protected against any access are swapped out",
	  "shmem", 64, rwp_reclaim_run },
	{ "swapoff-waits", "swapoff, while a write to a swapped-out page is not answered",
	  "anon", 64, swapoff_waits_run },
	{ "swapoff-waits-shared", "the same, of pages that a child has, too",
	  "anon", 64, swapoff_waits_shared_run },
	{ "swapoff-deadlock", "the same, and who answers the write waits for swapoff",
	  "anon", 64, swapoff_deadlock_run },
	{ 0 }
};

static void list(void)
{
	const struct finding *f;

	for (f = findings; f->name; f++)
		printf("finding %-20s %s (%s)\n", f->name, f->about, f->memory);
}

static const struct finding *finding_named(const char *name)
{
	const struct finding *f;

	for (f = findings; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	misuse("no finding '%s', -l lists them", name);
}

int main(int argc, char **argv)
{
	const struct finding *finding;
	struct region region;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "ps:lh")) != -1) {
		switch (option) {
		case 'p':
			pause_wanted = true;
			break;
		case 's':
			swap_device = optarg;
			break;
		case 'l':
			list();
			return 0;
		case 'h':
			printf("usage: %s", usage);
			return 0;
		default:
			misuse("unknown option -%c (-h for help)", optopt);
		}
	}
	if (optind + 1 != argc)
		misuse("one FINDING is needed (-h for help)");
	finding = finding_named(argv[optind]);
	region_map(&region, memory_kind(finding->memory), finding->pages, PROT_READ | PROT_WRITE);
	finding->run(&region);
	return 0;
}
