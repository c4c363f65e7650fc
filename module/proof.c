// SPDX-License-Identifier: GPL-2.0
/*
 * Proof that probes run on this kernel, before anything is claimed: kprobes can
 * be disarmed globally, ftrace switched off, or a return trampoline be broken, and
 * registering succeeds all the same.
 */
#include <linux/kprobes.h>

#include "uffdwp_guard.h"

static unsigned int proof_entries, proof_returns;

/* Never inlined or cloned, so that it is called as it stands. */
static noinline __noclone int guard_proof_target(int x)
{
	barrier();
	return x + 1;
}

static int proof_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	proof_entries++;
	return 0;
}

static int proof_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	proof_returns++;
	return 0;
}

static struct kretprobe proof = {
	.kp.addr = (kprobe_opcode_t *)guard_proof_target,
	.entry_handler = proof_entered,
	.handler = proof_returned,
	.maxactive = 1,
};

/**
 * guard_prove_probes() - place a return probe on a function of our own and call it
 *
 * Context: process context, may sleep.
 *
 * Return: 0 if entry and return handler each ran once, -EOPNOTSUPP if not, or
 * what register_kretprobe() says. Nothing is left behind.
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
	guard_proof_target(0);
	unregister_kretprobe(&proof);

	if (proof_entries != 1 || proof_returns != 1) {
		pr_err("probes do not run on this kernel (entry %u of 1, return %u of 1); are they switched off in debugfs kprobes/enabled or kernel.ftrace_enabled? Not loading\n",
		       proof_entries, proof_returns);
		return -EOPNOTSUPP;
	}
	return 0;
}
