// SPDX-License-Identifier: GPL-2.0
/*
 * Hold another process's mmap_lock for writing, for a bounded time.
 *
 *   echo "PID MILLISECONDS" > /sys/module/hold/parameters/hold
 *
 * returns at once; a kernel thread waits for the lock (it queues behind an
 * mprotect() that is under way), sleeps and lets go. "held" reads 1 while the
 * lock is held. One hold at a time (-EBUSY); rmmod ends it early.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>

#include "walk.h"

#define HOLD_MAX_MS 600000

static DEFINE_MUTEX(hold_mutex);
static struct task_struct *holder;	/* hold_mutex; reaped with kthread_stop() */
static struct mm_struct *held_mm;	/* the holder's, owns a mmgrab() */
static unsigned int hold_ms;
static bool held;
static bool done = true;
static bool unloading;			/* hold_mutex; sysfs outlives hold_exit() */

/*
 * Only mm_count is held, never mm_users: the process may exit meanwhile. Its
 * exit_mm() takes mmap_lock, so it gets as far as that and waits for us.
 */
static int hold_thread(void *unused)
{
	unsigned long end;

	mmap_write_lock(held_mm);
	WRITE_ONCE(held, true);
	end = jiffies + msecs_to_jiffies(hold_ms);
	while (!kthread_should_stop() && time_before(jiffies, end))
		schedule_timeout_interruptible(end - jiffies);
	WRITE_ONCE(held, false);
	mmap_write_unlock(held_mm);
	mmdrop(held_mm);
	WRITE_ONCE(done, true);

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void reap_holder(void)
{
	if (!holder)
		return;
	/* A thread stopped before its first run never gets to its mmdrop(). */
	if (kthread_stop(holder) == -EINTR)
		mmdrop(held_mm);
	holder = NULL;
}

static int start_hold(pid_t nr, unsigned int ms)
{
	struct task_struct *thread;

	if (unloading)
		return -ENODEV;
	if (!READ_ONCE(done))
		return -EBUSY;
	reap_holder();

	held_mm = test_mm_grab(nr);
	if (!held_mm)
		return -ESRCH;
	hold_ms = ms;
	thread = kthread_create(hold_thread, NULL, "hold/%d", nr);
	if (IS_ERR(thread)) {
		mmdrop(held_mm);
		return PTR_ERR(thread);
	}
	holder = thread;
	WRITE_ONCE(done, false);
	wake_up_process(thread);
	return 0;
}

static int hold_set(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;
	int nr, err, used = 0;

	if (sscanf(val, "%d %u %n", &nr, &ms, &used) != 2 || val[used])
		return -EINVAL;
	if (nr <= 0 || !ms || ms > HOLD_MAX_MS)
		return -EINVAL;

	mutex_lock(&hold_mutex);
	err = start_hold(nr, ms);
	mutex_unlock(&hold_mutex);
	return err;
}

static const struct kernel_param_ops hold_ops = {
	.set = hold_set,
};
module_param_cb(hold, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold, "\"PID MILLISECONDS\": hold this process's mmap_lock (write only)");

module_param(held, bool, 0444);
MODULE_PARM_DESC(held, "whether a lock is held now (read only)");

static int __init hold_init(void)
{
	return 0;
}

static void __exit hold_exit(void)
{
	mutex_lock(&hold_mutex);
	unloading = true;
	reap_holder();
	mutex_unlock(&hold_mutex);
}

module_init(hold_init);
module_exit(hold_exit);
MODULE_DESCRIPTION("Test: holds a process's mmap_lock");
MODULE_LICENSE("GPL");
