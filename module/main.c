// SPDX-License-Identifier: GPL-2.0
/*
 * uffdwp_guard: flags page-table entries that carry the userfaultfd write-protect
 * mark and would still let a write through; in mode=fix closes them.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "arm.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

const char * const guard_mode_names[] = {
	[GUARD_MODE_REPORT]	= "report",
	[GUARD_MODE_FIX]	= "fix",
};

static enum guard_mode mode = GUARD_MODE_REPORT;
static bool panics;
static bool symbols_known;	/* false while the command line is parsed */

/**
 * guard_mode() - what to do with a broken entry
 *
 * Context: any. It may change between two calls: ask once per walk.
 *
 * Return: the mode now.
 */
enum guard_mode guard_mode(void)
{
	return READ_ONCE(mode);
}

/**
 * guard_panics() - must the first violation stop the machine?
 *
 * Context: any.
 *
 * Return: true if panic=1.
 */
bool guard_panics(void)
{
	return READ_ONCE(panics);
}

static int fix_refused(void)
{
	pr_err("mode=fix is not to be had: %s; mode=report works\n",
	       guard_symbol_missing());
	return -EOPNOTSUPP;
}

static int mode_set(const char *val, const struct kernel_param *kp)
{
	int new = guard_word_of(val, kp, guard_mode_names, guard_mode());

	if (new < 0)
		return new;
	if (new == GUARD_MODE_FIX && symbols_known && guard_symbol_missing())
		return fix_refused();
	WRITE_ONCE(mode, new);
	return 0;
}

static int mode_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", guard_mode_names[guard_mode()]);
}

static const struct kernel_param_ops mode_ops = {
	.set = mode_set,
	.get = mode_get,
};
module_param_cb(mode, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(mode, "report (default): count and tell; fix: also write-protect broken entries");

static int panic_set(const char *val, const struct kernel_param *kp)
{
	unsigned int new;

	if (kstrtouint(val, 0, &new) || new > 1) {
		pr_err("panic is 0 or 1, not '%.*s'; left at %d\n",
		       guard_shown(val), val, guard_panics());
		return -EINVAL;
	}
	WRITE_ONCE(panics, new);
	return 0;
}

static int panic_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", guard_panics());
}

static const struct kernel_param_ops panic_ops = {
	.set = panic_set,
	.get = panic_get,
};
module_param_cb(panic, &panic_ops, NULL, 0644);
MODULE_PARM_DESC(panic, "1: panic on the first violation, for test hosts that must stop there (default 0)");

static int __init guard_start(void)
{
	bool refused;
	int err;

	guard_symbols_init();
	/* mode can be written while we are here: by then, or by this, it is refused. */
	kernel_param_lock(THIS_MODULE);
	symbols_known = true;
	refused = guard_mode() == GUARD_MODE_FIX && guard_symbol_missing();
	kernel_param_unlock(THIS_MODULE);
	if (refused)
		return fix_refused();
	if (guard_symbol_missing())
		pr_warn("%s: mode=fix will be refused\n",
			guard_symbol_missing());

	err = guard_prove_probes();
	if (err)
		return err;

	guard_lines_init();
	err = guard_queue_init();
	if (err)
		goto exit_proof;
	err = guard_defer_init();
	if (err)
		goto exit_queue;
	err = guard_probes_install();
	if (err)
		goto exit_defer;
	guard_arm_start();
	err = guard_stats_init();
	if (err)
		goto remove_probes;

	pr_info("watching write protection, mode=%s\n",
		guard_mode_names[guard_mode()]);
	guard_scan_start();
	guard_proof_start();
	return 0;

remove_probes:
	guard_arm_stop();
	guard_probes_remove();
exit_defer:
	guard_defer_exit();
exit_queue:
	guard_queue_exit();
	guard_lines_exit();
exit_proof:
	guard_proof_exit();
	return err;
}

static int __init guard_init(void)
{
	int err;

	err = guard_needs_met();
	if (err)
		return err;

	guard_prototypes_open();
	err = guard_start();
	guard_prototypes_close();
	return err;
}

/* Readers first, then the sources, then what they have queued. Scans are ended first of all. */
static void __exit guard_exit(void)
{
	guard_scan_stop();
	guard_stats_exit();
	guard_proof_stop();
	guard_arm_stop();
	guard_probes_remove();
	guard_defer_exit();
	guard_queue_exit();
	guard_lines_exit();
	guard_proof_exit();
}

module_init(guard_init);
module_exit(guard_exit);

MODULE_DESCRIPTION("Checks that userfaultfd write-protected page-table entries let no write through");
MODULE_VERSION(GUARD_VERSION);
MODULE_LICENSE("GPL");
