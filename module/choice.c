// SPDX-License-Identifier: GPL-2.0
/*
 * sites=: which sites are watched.
 *
 * Those that cost something on paths outside userfaultfd have to be asked for. Who
 * names a site relies on it: if nothing can carry it the guard does not load. "all" is
 * the default ones, and of the others what this kernel has.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

/* BIT(enum guard_site_id). Written at load only, while the command line is parsed. */
static unsigned long named;	/* by their own names, "default" or "all" */
static unsigned long if_there;	/* of "all", the optional ones */
static bool given;

static unsigned long sites_in(bool optional)
{
	unsigned long sites = 0;
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		if (guard_sites[i].nr_carriers &&
		    guard_sites[i].optional == optional)
			sites |= BIT(i);
	return sites;
}

/* The sites that a word stands for, 0 if none. */
static unsigned long sites_by(const char *word)
{
	unsigned int i;

	if (!strcmp(word, "default") || !strcmp(word, "all"))
		return sites_in(false);
	for (i = 0; i < GUARD_NR_SITES; i++)
		if (guard_sites[i].nr_carriers &&
		    !strcmp(word, guard_sites[i].name))
			return BIT(i);
	return 0;
}

/**
 * guard_site_named() - must the guard not load without this site?
 * @id: the site
 *
 * Context: any, once the module's parameters are parsed.
 *
 * Return: true if it was named in sites=, or is among the default ones that were (with
 * "all" they always are).
 */
bool guard_site_named(enum guard_site_id id)
{
	return (given ? named : sites_in(false)) & BIT(id);
}

/**
 * guard_site_chosen() - is this site to be watched?
 * @id: the site
 *
 * Context: any, once the module's parameters are parsed.
 *
 * Return: true if so, as far as the kernel has it.
 */
bool guard_site_chosen(enum guard_site_id id)
{
	return guard_site_named(id) || if_there & BIT(id);
}

static int word_refused(const char *word)
{
	char names[640] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		if (guard_sites[i].nr_carriers)
			len += scnprintf(names + len, sizeof(names) - len,
					 ", %s", guard_sites[i].name);
	pr_err("sites takes a comma list of all, default%s; not '%.*s'\n",
	       names, guard_shown(word), word);
	return -EINVAL;
}

static int sites_set(const char *val, const struct kernel_param *kp)
{
	unsigned long by_name = 0, optional = 0, sites;
	char *list = kstrdup(val, GFP_KERNEL), *rest = list, *word;
	int err = 0;

	if (!list)
		return -ENOMEM;
	while (!err && (word = strsep(&rest, ","))) {
		word = strim(word);
		sites = sites_by(word);
		by_name |= sites;
		if (!strcmp(word, "all"))
			optional = sites_in(true);
		if (!sites)
			err = word_refused(word);
	}
	kfree(list);
	if (err)
		return err;
	named = by_name;
	if_there = optional;
	given = true;
	return 0;
}

static int sites_get(char *buf, const struct kernel_param *kp)
{
	const char *comma = "";
	int len = 0;
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++) {
		if (!guard_site_chosen(i))
			continue;
		len += sysfs_emit_at(buf, len, "%s%s", comma,
				     guard_sites[i].name);
		comma = ",";
	}
	return len + sysfs_emit_at(buf, len, "\n");
}

static const struct kernel_param_ops sites_ops = {
	.set = sites_set,
	.get = sites_get,
};
module_param_cb(sites, &sites_ops, NULL, 0444);
MODULE_PARM_DESC(sites, "comma list of the sites to watch: names, all, default (default: default)");
