// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: uffdwp_guard/stats, one "name value" per line. Names are stable.
 */
#include <linux/build_bug.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "arm.h"
#include "marks.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

DEFINE_PER_CPU(struct guard_counters, guard_counters);

static const char * const counter_names[] = {
	[GUARD_CALLS]		= "calls",
	[GUARD_CHECKED]		= "checked",
	[GUARD_VIOLATIONS]	= "violations",
	[GUARD_FIXED]		= "fixed",
	[GUARD_DEFERRED]	= "deferred",
	[GUARD_MISSED]		= "missed",
	[GUARD_UNCOMPARED]	= "uncompared",
};

static_assert(ARRAY_SIZE(counter_names) == GUARD_NR_COUNTERS);

const char * const guard_level_names[GUARD_NR_LEVELS] = {
	[GUARD_LEVEL_PTE]	= "pte",
	[GUARD_LEVEL_PMD]	= "pmd",
	[GUARD_LEVEL_HUGETLB]	= "hugetlb",
};

const char * const guard_kind_names[GUARD_NR_KINDS] = {
	[GUARD_KIND_WRITABLE]		= "writable",
	[GUARD_KIND_MIGRATION_ENTRY]	= "migration_entry",
	[GUARD_KIND_DEVICE_ENTRY]	= "device_entry",
	[GUARD_KIND_ACCESSIBLE]		= "accessible",
	[GUARD_KIND_LOST_MARK]		= "lost_mark",
	[GUARD_KIND_STALE_MARK]		= "stale_mark",
};

static struct dentry *guard_dir;

/* Each counter is read once; sums are of what was read, and never torn apart. */
static void counters_sum(struct guard_counters *sum)
{
	unsigned long *to = (unsigned long *)sum;
	unsigned int cpu, i;

	static_assert(sizeof(*sum) % sizeof(unsigned long) == 0);
	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		unsigned long *from =
			(unsigned long *)per_cpu_ptr(&guard_counters, cpu);

		for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
			to[i] += READ_ONCE(from[i]);
	}
	for (i = 0; i < GUARD_NR_SITES; i++)
		sum->site[i][GUARD_MISSED] +=
			guard_probes_missed(&guard_sites[i]);
}

/**
 * guard_counted() - what a counter of a site has come to
 * @site: the site
 * @counter: which of its counters; GUARD_MISSED without what the kernel counts
 *
 * Context: any.
 *
 * Return: the sum over the CPUs.
 */
unsigned long guard_counted(enum guard_site_id site, enum guard_counter counter)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(guard_counters, cpu).site[site][counter]);
	return sum;
}

static unsigned long sites_sum(const struct guard_counters *sum,
			       enum guard_counter counter)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		n += sum->site[i][counter];
	return n;
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct guard_counters sum;
	unsigned int i, c;

	counters_sum(&sum);
	seq_printf(m, "version %s\n", GUARD_VERSION);
	seq_printf(m, "mode %s\n", guard_mode_names[guard_mode()]);
	seq_printf(m, "armed %d\n", guard_live() != 0);
	seq_printf(m, "arm.count %lu\n", READ_ONCE(guard_arm_count));
	seq_printf(m, "disarm.count %lu\n", READ_ONCE(guard_disarm_count));
	seq_printf(m, "marks.compared %d\n", guard_marks_compared());
	seq_printf(m, "violations %lu\n", sites_sum(&sum, GUARD_VIOLATIONS));
	seq_printf(m, "fixed %lu\n", sites_sum(&sum, GUARD_FIXED));
	seq_printf(m, "missed %lu\n", sites_sum(&sum, GUARD_MISSED));
	for (i = 0; i < GUARD_NR_SITES; i++) {
		const struct guard_site *site = &guard_sites[i];

		seq_printf(m, "%s.hook %s\n", site->name,
			   site->hook[0] ? site->hook : "none");
		for (c = 0; c < GUARD_NR_COUNTERS; c++)
			seq_printf(m, "%s.%s %lu\n", site->name,
				   counter_names[c], sum.site[i][c]);
	}
	seq_printf(m, "scan.asked %lu\n", guard_scans_asked());
	seq_printf(m, "scan.done %lu\n", guard_scans_done());
	for (i = 0; i < GUARD_NR_LEVELS; i++)
		seq_printf(m, "level.%s %lu\n", guard_level_names[i],
			   sum.level[i]);
	for (i = 0; i < GUARD_NR_KINDS; i++)
		seq_printf(m, "kind.%s %lu\n", guard_kind_names[i],
			   sum.kind[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * guard_stats_init() - create the debugfs directory and its stats file
 *
 * A kernel without debugfs still reports in dmesg and by tracepoint.
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or the error of debugfs if it exists and refuses.
 */
int guard_stats_init(void)
{
	struct dentry *file;

	int err;

	guard_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	err = PTR_ERR_OR_ZERO(guard_dir);
	/* Not configured, or switched off with debugfs=off. */
	if (err == -ENODEV || err == -EPERM) {
		pr_warn("debugfs is not available on this kernel: violations are reported, but there is no stats file\n");
		guard_dir = NULL;
		return 0;
	}
	if (err) {
		pr_err("debugfs refuses the directory %s: error %d\n",
		       KBUILD_MODNAME, err);
		guard_dir = NULL;
		return err;
	}
	file = debugfs_create_file("stats", 0444, guard_dir, NULL, &stats_fops);
	if (IS_ERR(file)) {
		pr_err("debugfs refuses the file stats: error %ld\n",
		       PTR_ERR(file));
		guard_stats_exit();
		return PTR_ERR(file);
	}
	return 0;
}

/**
 * guard_stats_exit() - remove the debugfs directory
 *
 * No read is under way once this returns. (Who has the file open holds the module.)
 *
 * Context: process context, may sleep.
 */
void guard_stats_exit(void)
{
	debugfs_remove(guard_dir);
	guard_dir = NULL;
}
