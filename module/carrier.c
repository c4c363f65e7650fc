// SPDX-License-Identifier: GPL-2.0
/*
 * The choice of a carrier for each site: the first whose prototype is what its readers
 * assume, and that this kernel lets be probed.
 */
#include <linux/kprobes.h>

#include "marks.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"

/* The second function that a carrier needs, NULL if one is enough. */
static const char *other_of(const struct guard_carrier *carrier)
{
	return carrier->closing ?: carrier->inside;
}

static int carrier_install(struct guard_site *site,
			   const struct guard_carrier *carrier)
{
	enum guard_answer answer = GUARD_DIFFERS;
	char why[GUARD_WHY] = "has a prototype that is not known";
	int err;

	if (carrier->known)
		answer = guard_prototype_ask(carrier->symbol,
					     carrier->prototype, why,
					     sizeof(why));
	if (answer == GUARD_DIFFERS) {
		pr_warn("%s: this kernel's %s() %s; trying what else can carry the site\n",
			site->name, carrier->symbol, why);
		return -ENOENT;
	}

	site->carrier = carrier;
	if (carrier->closing)
		err = guard_pair_install(site);
	else if (carrier->inside)
		err = guard_collapse_install(site);
	else
		err = guard_return_probe_install(site);
	if (err) {
		site->carrier = NULL;
		return err;
	}
	if (answer == GUARD_SILENT)
		guard_prototype_unchecked(carrier->symbol);
	snprintf(site->hook, sizeof(site->hook), "%s%s%s", carrier->symbol,
		 other_of(carrier) ? "+" : "", other_of(carrier) ?: "");
	return 0;
}

/* Names all that was tried, for whoever has to find out what this kernel has. */
static int carriers_failed(const struct guard_site *site, int err)
{
	bool named = guard_site_named(site - guard_sites);
	char tried[160] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < site->nr_carriers; i++)
		len += scnprintf(tried + len, sizeof(tried) - len, "%s%s%s%s",
				 i ? ", " : "", site->carriers[i].symbol,
				 other_of(&site->carriers[i]) ? "+" : "",
				 other_of(&site->carriers[i]) ?: "");
	pr_err("%s: nothing on this kernel can carry the site (tried %s; last error %d); %s\n",
	       site->name, tried, err,
	       named ? "not loading (sites= can leave it out)" :
		       "going on without it");
	return named ? err : 0;
}

static int site_install(struct guard_site *site)
{
	enum guard_site_id id = site - guard_sites;
	int err = -ENOENT;
	unsigned int i;

	if (!guard_site_chosen(id))
		return 0;
	if (!site->exists) {
		pr_info("%s: this kernel does not have the path; nothing to watch\n",
			site->name);
		return 0;
	}

	for (i = 0; i < site->nr_carriers; i++) {
		const struct guard_carrier *carrier = &site->carriers[i];

		err = carrier_install(site, carrier);
		if (!err)
			return 0;
		if (err != -ENOENT)
			pr_warn("%s: %s cannot be probed: error %d\n",
				site->name, carrier->symbol, err);
	}
	return carriers_failed(site, err);
}

static void site_remove(struct guard_site *site)
{
	if (!site->carrier)
		return;
	if (site->carrier->closing)
		guard_pair_remove(site);
	else if (site->carrier->inside)
		guard_collapse_remove(site);
	else
		unregister_kretprobe(&site->rp);
	/* Its hook is known to the end: spans that are queued may be told of yet. */
	site->carrier = NULL;
}

/**
 * guard_probes_install() - give every site its carrier
 *
 * The probes are placed, so that it is known whether they can be, but not live: arm.c
 * sees to that.
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or the error of the first site that nothing can carry; then no
 * probe is left behind.
 */
int guard_probes_install(void)
{
	bool carried = false;
	unsigned int i;
	int err;

	for (i = 0; i < GUARD_NR_SITES; i++) {
		err = site_install(&guard_sites[i]);
		if (err) {
			guard_probes_remove();
			return err;
		}
		carried |= !!guard_sites[i].carrier;
	}
	if (!carried) {
		pr_err("this kernel has none of the sites that were asked for; not loading\n");
		return -ENOENT;
	}
	guard_marks_start();
	return 0;
}

/**
 * guard_probes_remove() - take all probes away
 *
 * No handler runs once this returns. Spans may still be queued.
 *
 * Context: process context, may sleep.
 */
void guard_probes_remove(void)
{
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		site_remove(&guard_sites[i]);
}
