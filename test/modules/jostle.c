// SPDX-License-Identifier: GPL-2.0
/*
 * Have a process's mmap_lock wanted for writing all the time.
 *
 *   echo PID > /sys/module/jostle/parameters/jostle
 *
 * Kernel threads take it in turns and sleep with it, as threads do that map and unmap a
 * lot: somebody always waits in line, so whoever only tries it never gets it. "turns" reads
 * how many there were. They go on until rmmod; once (-EBUSY).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "walk.h"

#define WRITERS		4
#define KEEP_MS		10

static struct task_struct *writers[WRITERS];
static struct mm_struct *wanted_mm;	/* owns a mmgrab() */
static unsigned int turns;		/* under its mmap_lock */

static int write_on(void *unused)
{
	while (!kthread_should_stop()) {
		mmap_write_lock(wanted_mm);
		turns++;
		msleep(KEEP_MS);
		mmap_write_unlock(wanted_mm);
	}
	return 0;
}

static void writers_stop(void)
{
	unsigned int i;

	for (i = 0; i < WRITERS; i++)
		if (writers[i])
			kthread_stop(writers[i]);
	if (wanted_mm)
		mmdrop(wanted_mm);
}

static int writers_start(void)
{
	struct task_struct *thread;
	unsigned int i;

	for (i = 0; i < WRITERS; i++) {
		thread = kthread_run(write_on, NULL, "jostle/%u", i);
		if (IS_ERR(thread))
			return PTR_ERR(thread);
		writers[i] = thread;
	}
	return 0;
}

/* Under the lock of the module's parameters. */
static int jostle_set(const char *val, const struct kernel_param *kp)
{
	int nr, err = kstrtoint(val, 10, &nr);

	if (err)
		return err;
	if (wanted_mm)
		return -EBUSY;
	wanted_mm = test_mm_grab(nr);
	return wanted_mm ? writers_start() : -ESRCH;
}

static const struct kernel_param_ops jostle_ops = {
	.set = jostle_set,
};
module_param_cb(jostle, &jostle_ops, NULL, 0200);
MODULE_PARM_DESC(jostle, "a process id: its mmap_lock is wanted from now on (write only)");

module_param(turns, uint, 0444);
MODULE_PARM_DESC(turns, "how often it was taken (read only)");

static int __init jostle_init(void)
{
	return 0;
}

/* Whoever writes the parameter holds a reference on its file only; tests do not then. */
static void __exit jostle_exit(void)
{
	writers_stop();
}

module_init(jostle_init);
module_exit(jostle_exit);
MODULE_DESCRIPTION("Test: has a process's mmap_lock wanted all the time");
MODULE_LICENSE("GPL");
