// SPDX-License-Identifier: GPL-2.0
/*
 * The scan: every entry of one process, or of all, is judged on demand, and at load,
 * so that what was broken before the guard came is found.
 *
 * Processes come and go meanwhile. A child forked from one that was not scanned yet
 * may inherit a broken entry, so it must not be passed over. Process ids are handed out
 * in cyclic order, and the scan follows: it begins where the next id will be handed out,
 * goes round all of them, and then on through those handed out since, until it has
 * come up with the newest.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

/* Scans asked for and not done yet: more are refused. */
#define SCANS_AT_ONCE	64

/*
 * How often it goes on through the processes that have started meanwhile. Each time
 * there are only those of the time before.
 */
#define CATCH_UP	64

/* A process to be is waited for. */
#define BIRTH_TRIES	100
#define BIRTH_MS	10

/* And how often it goes round when it has found something (scan_all()). */
#define ROUNDS		4

/**
 * struct scan - a scan that was asked for
 * @work: in the guard's workqueue
 * @task: any thread of the process, with a reference; NULL for all processes
 */
struct scan {
	struct work_struct work;
	struct task_struct *task;
};

static atomic_t scans_open = ATOMIC_INIT(0);
static atomic_long_t scans_asked = ATOMIC_LONG_INIT(0);
static atomic_long_t scans_done = ATOMIC_LONG_INIT(0);
/* Under the lock of the module's parameters; scans that run only look at it. */
static bool scans_wanted;

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

/* A process lives on in its threads when its first one has exited. */
static struct mm_struct *mm_of_process(struct task_struct *process)
{
	struct task_struct *thread;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	for_each_thread(process, thread) {
		mm = get_task_mm(thread);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

static void scan_process(struct task_struct *task)
{
	struct guard_task process;
	struct guard_span span = {
		.mm = mm_of_process(task),
		.end = ULONG_MAX,
		.site = GUARD_SCAN,
		.task = &process,
	};
	unsigned long addr = 0;

	/* A kernel thread, or one that has exited. */
	if (!span.mm)
		return;
	guard_task_of(task, &process);
	while (guard_look_on(&span, &addr)) {
		/* With no user left but us nobody can write, and its memory is wanted. */
		if (!guard_scan_wanted() || atomic_read(&span.mm->mm_users) == 1)
			break;
		cond_resched_tasks_rcu_qs();
	}
	/* What it takes to end a dead process may take long, and is not for our worker. */
	mmput_async(span.mm);
}

/*
 * A fork has handed out the id, but has yet to make a process of it: no task has it for
 * anything.
 */
static bool unborn(struct pid *pid)
{
	enum pid_type type;

	for (type = 0; type < PIDTYPE_MAX; type++)
		if (pid_task(pid, type))
			return false;
	return true;
}

/*
 * The process whose id is the first from *@nr on, which becomes that id. *@early if that is
 * of a process to be.
 */
static struct task_struct *process_from(int *nr, bool *early)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	pid = idr_get_next(&init_pid_ns.idr, nr);
	if (!pid)
		*nr = INT_MAX;
	else
		/* NULL if it is the id of a thread, or of a process group. */
		task = pid_task(pid, PIDTYPE_TGID);
	if (task)
		get_task_struct(task);
	*early = pid && !task && unborn(pid);
	rcu_read_unlock();
	return task;
}

/* Those with ids from @nr to before @end. */
static void scan_ids(int nr, int end)
{
	struct task_struct *task = NULL;
	unsigned int tries = 0;
	bool early;

	while (nr < end && guard_scan_wanted()) {
		task = process_from(&nr, &early);
		if (nr >= end)
			break;
		if (early && tries++ < BIRTH_TRIES) {
			msleep(BIRTH_MS);
			continue;
		}
		if (early)
			guard_count(GUARD_SCAN, GUARD_MISSED, 1);
		if (task) {
			scan_process(task);
			put_task_struct(task);
			task = NULL;
		}
		tries = 0;
		nr++;
		cond_resched();
	}
	if (task)
		put_task_struct(task);
}

/* In the order in which ids are handed out. */
static void scan_ids_between(int first, int end)
{
	if (first < end) {
		scan_ids(first, end);
	} else {
		scan_ids(first, INT_MAX);
		scan_ids(1, end);
	}
}

/* Once round, and then until it has come up with the newest. */
static void scan_round(void)
{
	int reached = idr_get_cursor(&init_pid_ns.idr);
	int newest = reached;
	unsigned int tries = 0;

	do {
		scan_ids_between(reached, newest);
		reached = newest;
		newest = idr_get_cursor(&init_pid_ns.idr);
	} while (newest != reached && ++tries < CATCH_UP && guard_scan_wanted());
	if (newest != reached)
		guard_count(GUARD_SCAN, GUARD_MISSED, 1);
}

/*
 * A fork copies the entries before its child has an id. One that is under way while
 * its parent is scanned can bring up a child that the round did not meet. So in
 * mode=fix, where a second look finds only what is new, a round that found something
 * is followed by another.
 */
static void scan_all(void)
{
	unsigned long found, before;
	unsigned int round = 0;

	do {
		before = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS);
		scan_round();
		found = guard_counted(GUARD_SCAN, GUARD_VIOLATIONS) - before;
		if (!found || guard_mode() != GUARD_MODE_FIX)
			return;
	} while (++round < ROUNDS && guard_scan_wanted());
	/* There may be more. */
	guard_count(GUARD_SCAN, GUARD_MISSED, 1);
}

static void scan_run(struct work_struct *work)
{
	struct scan *scan = container_of(work, struct scan, work);

	if (scan->task) {
		scan_process(scan->task);
		put_task_struct(scan->task);
	} else {
		scan_all();
	}
	kfree(scan);
	atomic_dec(&scans_open);
	atomic_long_inc(&scans_done);
}

/* Takes over the reference to @task; NULL for all processes. */
static int scan_ask(struct task_struct *task)
{
	struct scan *scan = NULL;
	int err = -EBUSY;

	if (atomic_inc_return(&scans_open) <= SCANS_AT_ONCE) {
		scan = kmalloc(sizeof(*scan), GFP_KERNEL);
		err = -ENOMEM;
	}
	if (!scan) {
		atomic_dec(&scans_open);
		if (task)
			put_task_struct(task);
		return err;
	}
	atomic_long_inc(&scans_asked);
	scan->task = task;
	INIT_WORK(&scan->work, scan_run);
	guard_queue_work(&scan->work);
	return 0;
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
	return scan_ask(task);
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
	err = nr ? scan_ask_for(nr) : scan_ask(NULL);
	if (err == -EBUSY)
		pr_err("scan: %d scans are not done yet; wait for scan.done in stats\n",
		       SCANS_AT_ONCE);
	return err;
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
	kernel_param_lock(THIS_MODULE);
	WRITE_ONCE(scans_wanted, true);
	if (scan_on_load && scan_ask(NULL)) {
		pr_warn("no memory for the scan at load; ask for it with scan=all\n");
		guard_count(GUARD_SCAN, GUARD_MISSED, 1);
	}
	kernel_param_unlock(THIS_MODULE);
}

/**
 * guard_scan_stop() - refuse new scans, and have those under way end early
 *
 * A parameter can be written until the module is gone. guard_defer_exit() waits for
 * what was queued before.
 *
 * Context: process context, may sleep.
 */
void guard_scan_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	WRITE_ONCE(scans_wanted, false);
	kernel_param_unlock(THIS_MODULE);
}
