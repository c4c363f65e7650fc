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

/**
 * guard_probe_enable() - make a probe live
 * @probe: the probe; what is live already stays so
 *
 * While probes are switched off for the whole kernel it lets us enable one, but leaves that
 * as it is, and when they are switched on again it passes it over. That is to be seen in the
 * probe, unless somebody else has one on the same function: guard_arm_interrupted().
 *
 * Context: process context, may sleep.
 *
 * Return: 0, what enable_kprobe() says, or -EAGAIN if it is not live all the same.
 */
int guard_probe_enable(struct kprobe *probe)
{
	int err = enable_kprobe(probe);

	return err ?: kprobe_disabled(probe) ? -EAGAIN : 0;
}

static int site_enable(struct guard_site *site)
{
	int err;

	err = guard_probe_enable(site->carrier->closing ? &site->closing :
							  &site->rp.kp);
	if (!err && has_opening(site))
		err = guard_probe_enable(&site->opening);
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
 * @again: also those that should be
 *
 * Context: process context, may sleep; calls of this file's functions are serialized.
 *
 * Return: at how many sites that failed. Each has said so, and counts one missed.
 */
unsigned int guard_sites_light(bool again)
{
	struct guard_site *site;
	unsigned int dark = 0;
	int err;

	for (site = guard_sites; site < guard_sites + GUARD_NR_SITES; site++) {
		if (!site->carrier || (site->light == GUARD_LIT && !again))
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
