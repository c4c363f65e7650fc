// SPDX-License-Identifier: GPL-2.0
/*
 * What stock kernels do wrong on ways that lead through no broken entry, or through one
 * that only a later registration makes so. Each is provoked as docs/findings.rst tells it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "findings/runs.h"
#include "findings/swapoff.h"
#include "findings/writes.h"
#include "lib/region.h"
#include "lib/util.h"

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
	{ "mremap-fails", "half of the pages were moved, and back, when memory ran out",
	  "anon", 64, mremap_fails_run },
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
