// SPDX-License-Identifier: GPL-2.0
/*
 * scan=: scans are asked for, at load and on demand, so that what was broken before the
 * guard came is found.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "scan.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/* Scans asked for and not done yet: more are refused. */
#define SCANS_AT_ONCE	64

static atomic_t scans_open = ATOMIC_INIT(0);
static atomic_long_t scans_asked = ATOMIC_LONG_INIT(0);
static atomic_long_t scans_done = ATOMIC_LONG_INIT(0);
/* Under the lock of the module's parameters; scans that run only look at it. */
static bool scans_wanted;
static bool scan_owed;	/* one was wanted while the guard was being loaded */
static bool arming_scan;	/* one that arming has asked for is under way */
static bool arming_scan_again;	/* and what was armed for since is for another */
static unsigned int scans_started;	/* and not seen to have ended */

static DECLARE_COMPLETION(scans_ended);	/* once for each that was started */

/**
 * guard_scan_wanted() - is it worth to go on?
 *
 * Context: any.
 *
 * Return: false once the module is being unloaded.
 */
bool guard_scan_wanted(void)
{
	return READ_ONCE(scans_wanted);
}

/*
 * A thread of its own for each, as one that waits for a process's mmap_lock is not to hold up
 * others, and can only be told to give up by a signal (turn.c). @data is any thread of the
 * process, with a reference; NULL for all processes.
 */
static int scan_run(void *data)
{
	struct task_struct *task = data;

	if (task) {
		guard_scan_process(task);
		put_task_struct(task);
	} else {
		guard_scan_all();
	}
	atomic_dec(&scans_open);
	atomic_long_inc(&scans_done);
	/* Not in our text any more when it completes. */
	kthread_complete_and_exit(&scans_ended, 0);
}

/* Is there more to scan for arming? Whoever asks does it, or says no more. */
static bool arming_goes_on(void)
{
	bool again;

	kernel_param_lock(THIS_MODULE);
	again = arming_scan_again && scans_wanted;
	arming_scan_again = false;
	arming_scan = again;
	kernel_param_unlock(THIS_MODULE);
	return again;
}

/* One at a time: whoever registers can have it asked for as often as he likes. */
static int scan_run_for_arming(void *unused)
{
	do {
		guard_scan_all();
		atomic_long_inc(&scans_done);
	} while (arming_goes_on());
	atomic_dec(&scans_open);
	kthread_complete_and_exit(&scans_ended, 0);
}

static int scan_start(int (*run)(void *), struct task_struct *task)
{
	struct task_struct *thread;

	/* Those that have ended need not be waited for: both counts stay small. */
	while (try_wait_for_completion(&scans_ended))
		scans_started--;
	if (atomic_inc_return(&scans_open) > SCANS_AT_ONCE)
		return -EBUSY;
	thread = kthread_create(run, task, "uffdwp_scan");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	scans_started++;
	atomic_long_inc(&scans_asked);
	wake_up_process(thread);
	return 0;
}

/*
 * Takes over the reference to @task; NULL for all processes. Calls are serialized by the lock
 * of the module's parameters.
 */
static int scan_ask(int (*run)(void *), struct task_struct *task)
{
	int err = scan_start(run, task);

	if (err) {
		atomic_dec(&scans_open);
		if (task)
			put_task_struct(task);
	}
	return err;
}

static int scan_ask_for(int nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);

	put_pid(pid);
	if (!task) {
		pr_err("scan: there is no process %d\n", nr);
		return -ESRCH;
	}
	return scan_ask(scan_run, task);
}

static int scan_refused(const char *val)
{
	pr_err("scan is a process id or all, not '%.*s'\n", guard_shown(val),
	       val);
	return -EINVAL;
}

static int scan_set(const char *val, const struct kernel_param *kp)
{
	int nr, err;

	if (!scans_wanted) {
		pr_err("scan is for a guard that is loaded; at load all is scanned, unless scan_on_load=0\n");
		return -EBUSY;
	}
	if (sysfs_streq(val, "all"))
		nr = 0;
	else if (kstrtoint(val, 10, &nr) || nr <= 0)
		return scan_refused(val);
	err = nr ? scan_ask_for(nr) : scan_ask(scan_run, NULL);
	if (err == -EBUSY)
		pr_err("scan: %d scans are not done yet; wait for scan.done in stats\n",
		       SCANS_AT_ONCE);
	else if (err && err != -ESRCH)
		pr_err("scan: there is no thread for it: error %d\n", err);
	return err;
}

/**
 * guard_scan_after_arming() - have all processes scanned, for one has registered unwatched
 *
 * Counted missed if it cannot be.
 *
 * Context: process context, may sleep.
 */
void guard_scan_after_arming(void)
{
	kernel_param_lock(THIS_MODULE);
	if (!scans_wanted) {
		scan_owed = true;
	} else if (arming_scan) {
		atomic_long_add(!arming_scan_again, &scans_asked);
		arming_scan_again = true;
	} else if (scan_ask(scan_run_for_arming, NULL)) {
		guard_count(GUARD_USERFAULTFD_REGISTER, GUARD_MISSED, 1);
	} else {
		arming_scan = true;
	}
	kernel_param_unlock(THIS_MODULE);
}

static const struct kernel_param_ops scan_ops = {
	.set = scan_set,
};
module_param_cb(scan, &scan_ops, NULL, 0200);
MODULE_PARM_DESC(scan, "write a process id, or all: judge every entry registered for write protection (write only)");

static bool scan_on_load = true;
module_param(scan_on_load, bool, 0444);
MODULE_PARM_DESC(scan_on_load, "0: do not scan all processes at load (default 1)");

/**
 * guard_scans_done() - how many scans are finished
 *
 * Context: any.
 *
 * Return: their number since the module was loaded, that at load among them.
 */
unsigned long guard_scans_done(void)
{
	return atomic_long_read(&scans_done);
}

/**
 * guard_scans_asked() - how many scans were asked for
 *
 * Context: any.
 *
 * Return: their number since the module was loaded, refused ones not counted.
 */
unsigned long guard_scans_asked(void)
{
	return atomic_long_read(&scans_asked);
}

/**
 * guard_scan_start() - allow scans, and begin that at load
 *
 * Context: process context, may sleep; when the probes are installed, so that what
 * breaks behind the scan's back is seen by them.
 */
void guard_scan_start(void)
{
	int err;

	kernel_param_lock(THIS_MODULE);
	WRITE_ONCE(scans_wanted, true);
	err = scan_on_load || scan_owed ? scan_ask(scan_run, NULL) : 0;
	if (err) {
		pr_warn("no thread for the scan at load: error %d; ask for it with scan=all\n",
			err);
		guard_count(GUARD_SCAN, GUARD_MISSED, 1);
	}
	kernel_param_unlock(THIS_MODULE);
}

/**
 * guard_scan_stop() - refuse new scans, and have those under way end early
 *
 * A parameter can be written until the module is gone: none is started any more.
 *
 * Context: process context, may sleep. When it returns, no scan runs.
 */
void guard_scan_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	WRITE_ONCE(scans_wanted, false);
	kernel_param_unlock(THIS_MODULE);
	for (; scans_started; scans_started--)
		wait_for_completion(&scans_ended);
}
