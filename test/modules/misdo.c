// SPDX-License-Identifier: GPL-2.0
/*
 * Do what must not be done, for kernels that look for such to tell of.
 *
 *   echo DEED > /sys/module/misdo/parameters/deed
 *
 * Each DEED is harmless where the kernel notices it, and refused where it is not built to
 * (-EOPNOTSUPP). A race goes on until rmmod.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>

#define RACERS	2

static struct task_struct *racers[RACERS];
static unsigned long racing;

static void sleep_in_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

/* The compiler is not to see it, or it would refuse. */
static void read_freed(void)
{
	unsigned long *object = kzalloc(sizeof(*object) * 8, GFP_KERNEL), *hidden = object;

	OPTIMIZER_HIDE_VAR(hidden);
	kfree(object);
	if (hidden)
		(void)READ_ONCE(hidden[2]);
}

static void nothing_to_do(struct timer_list *unused)
{
}

/* It is taken for dead, and stopped, when it is made anew. */
static void make_active_timer(void)
{
	static struct timer_list timer;

	timer_setup(&timer, nothing_to_do, 0);
	mod_timer(&timer, jiffies + 3600 * HZ);
	timer_setup(&timer, nothing_to_do, 0);
}

static void delete_twice(void)
{
	static struct list_head entry;
	static LIST_HEAD(head);

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

static void dereference_unprotected(void)
{
	static unsigned long __rcu *pointer;

	(void)rcu_dereference(pointer);
}

static void lock_in_two_orders(void)
{
	static DEFINE_MUTEX(one);
	static DEFINE_MUTEX(other);

	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);
	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static int race_on(void *unused)
{
	while (!kthread_should_stop()) {
		racing++;
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *thread;
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		if (racers[i])
			continue;
		thread = kthread_run(race_on, NULL, "misdo/%u", i);
		if (!IS_ERR(thread))
			racers[i] = thread;
	}
}

static const struct {
	const char *name;
	bool noticed;
	void (*commit)(void);
} deeds[] = {
	{ "sleep", IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP), sleep_in_atomic },
	{ "memory", IS_ENABLED(CONFIG_KASAN), read_freed },
	{ "object", IS_ENABLED(CONFIG_DEBUG_OBJECTS_TIMERS), make_active_timer },
	{ "list", IS_ENABLED(CONFIG_DEBUG_LIST), delete_twice },
	{ "rcu", IS_ENABLED(CONFIG_PROVE_RCU), dereference_unprotected },
	{ "order", IS_ENABLED(CONFIG_PROVE_LOCKING), lock_in_two_orders },
	{ "race", IS_ENABLED(CONFIG_KCSAN), race },
};

/* Under the lock of the module's parameters. */
static int deed_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (!sysfs_streq(val, deeds[i].name))
			continue;
		if (!deeds[i].noticed)
			return -EOPNOTSUPP;
		deeds[i].commit();
		return 0;
	}
	return -EINVAL;
}

static const struct kernel_param_ops deed_ops = {
	.set = deed_set,
};
module_param_cb(deed, &deed_ops, NULL, 0200);
MODULE_PARM_DESC(deed, "sleep, memory, object, list, rcu, order or race: done at once (write only)");

static int __init misdo_init(void)
{
	return 0;
}

/* Whoever writes the parameter holds a reference on its file only; tests do not then. */
static void __exit misdo_exit(void)
{
	unsigned int i;

	for (i = 0; i < RACERS; i++)
		if (racers[i])
			kthread_stop(racers[i]);
}

module_init(misdo_init);
module_exit(misdo_exit);
MODULE_DESCRIPTION("Test: does what a debug kernel tells of");
MODULE_LICENSE("GPL");
