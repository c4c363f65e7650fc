// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel must be configured with, asked of the kernel that runs.
 *
 * Kbuild asks the same of the kernel that is built for. But with CONFIG_MODVERSIONS off,
 * a kernel takes a module that was built for another of its name; and without these
 * options its structures have other layouts than were compiled in. So nothing of
 * the kernel is touched before they are known to be there.
 *
 * An option is told by a function that every kernel with it has, and none without.
 * (CONFIG_HAVE_ARCH_USERFAULTFD_WP needs no asking: on x86-64 it comes with
 * CONFIG_USERFAULTFD, and a kernel before it, 5.7, is another version.)
 */
#include <linux/kprobes.h>

#include "table.h"
#include "uffdwp_guard.h"

/* A function that is there but may not be probed is there. */
static bool has_function(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (!err)
		unregister_kprobe(&kp);
	return err != -ENOENT;
}

/*
 * What points to a table is told by its form (table.h). If that is another, nothing would
 * be looked at, and nothing said.
 */
static int refuse_tables(void)
{
	pr_err("this kernel marks page tables in a way that is not known; not loading\n");
	return -EOPNOTSUPP;
}

static int refuse(const char *option)
{
	pr_err("this kernel is configured without %s, which the guard needs; not loading\n",
	       option);
	return -EOPNOTSUPP;
}

/**
 * guard_needs_met() - is this kernel configured with what the guard needs?
 *
 * Context: process context, may sleep; before anything else.
 *
 * Return: 0, or -EOPNOTSUPP after one line that names what is missing.
 */
int guard_needs_met(void)
{
	if (!register_kprobe)
		return refuse("CONFIG_KPROBES");
	if (!has_function("handle_userfault"))
		return refuse("CONFIG_USERFAULTFD");
	if (!guard_sound_table(_PAGE_TABLE))
		return refuse_tables();
	return 0;
}
