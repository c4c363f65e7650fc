// SPDX-License-Identifier: GPL-2.0
/*
 * Probes are made live, and put out again, site by site. (When: arm.c.)
 */
#include <linux/kprobes.h>

#include "arm.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

static bool has_opening(const struct guard_site *site)
{
	return site->carrier->closing || site->carrier->inside;
}

static int site_enable(struct guard_site *site)
{
	int err;

	/* What is enabled already stays so. */
	err = site->carrier->closing ? enable_kprobe(&site->closing) :
				       enable_kretprobe(&site->rp);
	if (!err && has_opening(site))
		err = enable_kprobe(&site->opening);
	return err;
}

static int site_disable(struct guard_site *site)
{
	int opening = has_opening(site) ? disable_kprobe(&site->opening) : 0;
	int other = site->carrier->closing ? disable_kprobe(&site->closing) :
					     disable_kretprobe(&site->rp);

	return other ?: opening;
}

/* Told and counted once for an arming, however often it is tried. */
static void site_stays_dark(struct guard_site *site, int err)
{
	if (site->light == GUARD_DARK)
		return;
	site->light = GUARD_DARK;
	pr_err("%s: the probe on %s cannot be armed: error %d; the site sees nothing\n",
	       site->name, site->hook, err);
	guard_count(site - guard_sites, GUARD_MISSED, 1);
}

/**
 * guard_sites_light() - make all probes live that are not
 *
 * Context: process context, may sleep; calls of this file's functions are serialized.
 *
 * Return: at how many sites that failed. Each has said so, and counts one missed.
 */
unsigned int guard_sites_light(void)
{
	struct guard_site *site;
	unsigned int dark = 0;
	int err;

	for (site = guard_sites; site < guard_sites + GUARD_NR_SITES; site++) {
		if (!site->carrier || site->light == GUARD_LIT)
			continue;
		err = site_enable(site);
		if (err) {
			site_stays_dark(site, err);
			dark++;
			continue;
		}
		if (site->light == GUARD_DARK)
			pr_info("%s: the probe on %s is armed now\n",
				site->name, site->hook);
		site->light = GUARD_LIT;
	}
	return dark;
}

/**
 * guard_sites_put_out() - have no probe live any more
 *
 * Context: as guard_sites_light().
 */
void guard_sites_put_out(void)
{
	struct guard_site *site;
	int err;

	for (site = guard_sites; site < guard_sites + GUARD_NR_SITES; site++) {
		if (!site->carrier)
			continue;
		err = site_disable(site);
		if (err && site->light == GUARD_LIT) {
			/* The kernel may have put it out, and take it for live. */
			pr_warn("%s: the probe on %s cannot be disarmed: error %d; it may not be live when it is next armed\n",
				site->name, site->hook, err);
			guard_count(site - guard_sites, GUARD_MISSED, 1);
		}
		site->light = GUARD_OUT;
	}
}
