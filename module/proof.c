// SPDX-License-Identifier: GPL-2.0
/*
 * Proof that probes run: before anything is claimed, and from then on again and again.
 * kprobes can be disarmed globally, ftrace switched off, or a return trampoline be broken;
 * registering succeeds all the same, nothing arrives, and the kernel counts nothing.
 *
 * So there is a return probe on a function of our own, which is called every second. When
 * that is not seen, every site has missed something; when it is seen again, the
 * address spaces are scanned for what was left meanwhile.
 */
#include <linux/kprobes.h>
#include <linux/workqueue.h>

#include "arm.h"
#include "stale.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

/* Also while nothing is guarded: a registration can be missed. */
#define AGAIN		HZ

/* What may befall a single call is not taken for an outage. */
#define CALLS		3

/* Written by the handlers, in the task that calls: at load, then in the work alone. */
static unsigned int entries, returns;
static bool dark;

/* Never inlined or cloned, so that it is called as it stands. */
static noinline __noclone int guard_proof_target(int x)
{
	barrier();
	return x + 1;
}

static int proof_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	entries++;
	return 0;
}

static int proof_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	returns++;
	return 0;
}

static struct kretprobe proof = {
	.kp.addr = (kprobe_opcode_t *)guard_proof_target,
	.entry_handler = proof_entered,
	.handler = proof_returned,
	.maxactive = CALLS,
};

static void call_once(void)
{
	entries = 0;
	returns = 0;
	guard_proof_target(0);
	barrier();
}

static bool seen(void)
{
	return entries == 1 && returns == 1;
}

static bool watches_registrations(const struct guard_site *site)
{
	return site == &guard_sites[GUARD_USERFAULTFD_REGISTER] &&
	       site->hook[0];
}

/* Once an outage: how much passed unseen nobody knows. */
static void went_dark(void)
{
	struct guard_site *site;

	pr_err("probes do not run any more; were they switched off in debugfs kprobes/enabled or kernel.ftrace_enabled? All sites see nothing until they do\n");
	for (site = guard_sites; site < guard_sites + GUARD_NR_SITES; site++)
		if (site->carrier || watches_registrations(site))
			guard_count(site - guard_sites, GUARD_MISSED, 1);
	guard_userfaultfd_untold();
}

static void prove_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(proof_work, prove_again);

static void prove_again(struct work_struct *work)
{
	unsigned int calls = 0;

	do {
		call_once();
	} while (!seen() && ++calls < CALLS);
	if (dark == seen()) {
		dark = !dark;
		if (dark)
			went_dark();
		else
			pr_info("probes run again; what was left meanwhile is scanned for\n");
		guard_arm_interrupted(!dark);
	}
	guard_queue_delayed_work(&proof_work, AGAIN);
}

/**
 * guard_prove_probes() - place a return probe on a function of our own and call it
 *
 * Context: process context, may sleep.
 *
 * Return: 0 if entry and return handler each ran once, -EOPNOTSUPP if not, or
 * what register_kretprobe() says; then nothing is left behind.
 */
int guard_prove_probes(void)
{
	int err;

	err = register_kretprobe(&proof);
	if (err) {
		pr_err("this kernel does not let a function be probed: error %d; not loading\n",
		       err);
		return err;
	}
	call_once();
	if (!seen()) {
		unregister_kretprobe(&proof);
		pr_err("probes do not run on this kernel (entry %u of 1, return %u of 1); are they switched off in debugfs kprobes/enabled or kernel.ftrace_enabled? Not loading\n",
		       entries, returns);
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * guard_proof_start() - from now on, see that they go on running
 *
 * Context: process context; when the sites have their carriers, and scans may begin.
 */
void guard_proof_start(void)
{
	guard_queue_delayed_work(&proof_work, AGAIN);
}

/**
 * guard_proof_stop() - do not any more
 *
 * Context: process context, may sleep; before the sites lose their carriers.
 */
void guard_proof_stop(void)
{
	cancel_delayed_work_sync(&proof_work);
}

/**
 * guard_proof_exit() - take that probe away
 *
 * Context: process context, may sleep.
 */
void guard_proof_exit(void)
{
	unregister_kretprobe(&proof);
}
