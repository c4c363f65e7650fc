// SPDX-License-Identifier: GPL-2.0
/*
 * Print the prototypes that the guard assumes, out of the guard's own tables, and which of the
 * functions it relies on whatever the kernel is like:
 *
 *	assumed FUNCTION:exact or more:RETURN TYPE or -:TYPE OF EACH ARGUMENT:...
 *	always FUNCTION
 */
#include <linux/module.h>

#include "module/sites.c"
#include "module/protect_sites.c"
#include "module/huge_sites.c"
#include "module/fault_sites.c"
#include "module/merge_sites.c"
#include "module/collapse_sites.c"
#include "module/more_sites.c"
#include "module/symbols.c"

/* Nobody asks or calls here. */
enum guard_answer guard_prototype_ask(const char *function,
				      const struct guard_prototype *assumed,
				      char *why, size_t size)
{
	return GUARD_SILENT;
}

void guard_prototype_unchecked(const char *function)
{
}

bool guard_userfaultfd_idle(void)
{
	return false;
}

void guard_mark_note(struct guard_note *note, unsigned long addr,
		     unsigned long nr)
{
}

static void print(const char *function, const struct guard_prototype *p)
{
	char takes[256] = "";
	unsigned int i, len = 0;

	for (i = 0; i < GUARD_ARGS && p->takes[i]; i++)
		len += scnprintf(takes + len, sizeof(takes) - len, ":%s",
				 p->takes[i]);
	pr_info("assumed %s:%s:%s%s\n", function, p->exact ? "exact" : "more",
		p->returns ?: "-", takes);
}

static void print_always(const char *function, const struct guard_prototype *p)
{
	print(function, p);
	pr_info("always %s\n", function);
}

static int __init prototypes_init(void)
{
	unsigned int i, j;

	for (i = 0; i < GUARD_NR_SITES; i++) {
		const struct guard_site *site = &guard_sites[i];

		for (j = 0; j < site->nr_carriers; j++)
			if (site->carriers[j].known)
				print(site->carriers[j].symbol,
				      site->carriers[j].prototype);
	}
	print("pmdp_collapse_flush", &guard_pmdp_collapse_flush_takes);
	print_always("userfaultfd_ioctl", &guard_userfaultfd_ioctl_takes);
	for (i = 0; i < ARRAY_SIZE(guard_symbols); i++)
		print_always(guard_symbols[i].name,
			     &guard_symbols[i].prototype);
	return 0;
}

static void __exit prototypes_exit(void)
{
}

module_init(prototypes_init);
module_exit(prototypes_exit);

MODULE_DESCRIPTION("Test: the prototypes that the guard assumes");
MODULE_LICENSE("GPL");
