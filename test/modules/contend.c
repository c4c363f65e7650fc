// SPDX-License-Identifier: GPL-2.0
/*
 * Let another module's probe handlers find the page-table lock taken, by a thread
 * that does not run: on PREEMPT_RT, who waits for it then has to sleep.
 *
 *   insmod contend.ko symbol=FUNCTION [entry=1]
 *
 * Return handlers of one function run in the order of registration, entry handlers
 * in the opposite one: load this before the other module, or with entry=1 after it.
 * Its handler has the lock taken and returns when it is; the other module's runs
 * next, on the same CPU. Only calls for VMAs registered for uffd-wp are acted upon.
 *
 * The lock is that of the page table over the first address. The holder takes it and is
 * preempted by the hog, of a higher priority, for some milliseconds. Both live on
 * the last CPU, and the calls have to be made on another.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/userfaultfd_k.h>

#include "target.h"
#include "walk.h"

#define HOLD_MS		20
#define WAIT_MS		10000

static unsigned int target;

static char *symbol = "change_protection";
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "function to act upon (at load only)");

static bool entry;
module_param(entry, bool, 0444);
MODULE_PARM_DESC(entry, "act at entry, not at return (at load only)");

static unsigned int count;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "handlers that came upon a lock that was taken (read only)");

static unsigned int failed;
module_param(failed, uint, 0444);
MODULE_PARM_DESC(failed, "times it could not be taken: no table, or nobody to take it (read only)");

enum { IDLE, ASKING, ASKED, HELD };

/* ASKING and ASKED by a handler, HELD by the hog, IDLE again by the holder. */
static atomic_t state = ATOMIC_INIT(IDLE);
/* From ASKING to HELD. Who frees the table empties it first, under this lock. */
static spinlock_t *asked_ptl;
static struct task_struct *holder, *hog;
static bool hog_wanted;

/* One call of the function, whose own locks keep the VMA. */
struct call {
	struct vm_area_struct *vma;
	unsigned long addr;
};

static struct vm_area_struct *vma_of(struct pt_regs *regs)
{
	return (void *)regs_get_kernel_argument(regs, targets[target].vma);
}

static spinlock_t *ptl_of(struct vm_area_struct *vma, unsigned long addr)
{
	pmd_t *pmd, pmdval = test_pmd_of(vma->vm_mm, addr, &pmd);

	return pmd_none(pmdval) ? NULL : pte_lockptr(vma->vm_mm, &pmdval);
}

/* Preemption is off, so the lock can only be taken on another CPU. */
static bool have_it_taken(spinlock_t *ptl)
{
	unsigned int ms;

	if (!ptl || task_cpu(holder) == raw_smp_processor_id())
		return false;
	/* A hold that goes on is of another table, or this call had waited for its end. */
	if (atomic_cmpxchg(&state, IDLE, ASKING) != IDLE)
		return false;
	asked_ptl = ptl;
	atomic_set_release(&state, ASKED);
	wake_up_process(holder);
	for (ms = 0; ms < WAIT_MS; ms++) {
		if (atomic_read_acquire(&state) == HELD)
			return true;
		mdelay(1);
	}
	return false;
}

static void contend(const struct call *call)
{
	if (have_it_taken(ptl_of(call->vma, call->addr)))
		count++;
	else
		failed++;
}

static void sleep_until(bool wanted)
{
	if (!wanted && !kthread_should_stop())
		schedule();
	__set_current_state(TASK_RUNNING);
}

/* The hog, woken on this very CPU, comes before the next instruction. */
static void hold(spinlock_t *ptl)
{
	spin_lock(ptl);
	WRITE_ONCE(hog_wanted, true);
	wake_up_process(hog);
	while (atomic_read_acquire(&state) != HELD)
		cpu_relax();
	/* First: who waits for the lock may ask again as soon as it has it. */
	atomic_set_release(&state, IDLE);
	spin_unlock(ptl);
}

static int holder_main(void *unused)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		sleep_until(atomic_read_acquire(&state) == ASKED);
		if (atomic_read_acquire(&state) == ASKED)
			hold(asked_ptl);
	}
	return 0;
}

static int hog_main(void *unused)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		sleep_until(READ_ONCE(hog_wanted));
		if (!READ_ONCE(hog_wanted))
			continue;
		WRITE_ONCE(hog_wanted, false);
		atomic_set_release(&state, HELD);
		mdelay(HOLD_MS);
	}
	return 0;
}

static int contend_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (void *)ri->data;

	call->vma = vma_of(regs);
	call->addr = regs_get_kernel_argument(regs, targets[target].addr);
	return !userfaultfd_wp(call->vma);
}

NOKPROBE_SYMBOL(contend_entered);

static int contend_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	contend((void *)ri->data);
	return 0;
}

NOKPROBE_SYMBOL(contend_returned);

static struct kretprobe at_return = {
	.entry_handler	= contend_entered,
	.handler	= contend_returned,
	.data_size	= sizeof(struct call),
	.maxactive	= 64,
};

static int contend_entering(struct kprobe *p, struct pt_regs *regs)
{
	struct call call = {
		.vma = vma_of(regs),
		.addr = regs_get_kernel_argument(regs, targets[target].addr),
	};

	if (userfaultfd_wp(call.vma))
		contend(&call);
	return 0;
}

NOKPROBE_SYMBOL(contend_entering);

static struct kprobe at_entry = {
	.pre_handler	= contend_entering,
};

static struct task_struct *thread_start(int (*run)(void *), const char *name)
{
	struct task_struct *thread = kthread_create(run, NULL, "%s", name);

	if (!IS_ERR(thread))
		kthread_bind(thread, cpumask_last(cpu_online_mask));
	return thread;
}

static int threads_start(void)
{
	hog = thread_start(hog_main, "contend/hog");
	if (IS_ERR(hog))
		return PTR_ERR(hog);
	holder = thread_start(holder_main, "contend/holder");
	if (IS_ERR(holder)) {
		kthread_stop(hog);
		return PTR_ERR(holder);
	}
	sched_set_fifo_low(holder);
	sched_set_fifo(hog);
	wake_up_process(hog);
	wake_up_process(holder);
	return 0;
}

static void threads_stop(void)
{
	kthread_stop(holder);
	kthread_stop(hog);
}

static int __init contend_init(void)
{
	int err;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("spinlocks do not sleep on this kernel\n");
		return -EOPNOTSUPP;
	}
	for (target = 0; target < ARRAY_SIZE(targets); target++)
		if (!strcmp(symbol, targets[target].symbol))
			break;
	if (target == ARRAY_SIZE(targets)) {
		pr_err("the arguments of %s are not known\n", symbol);
		return -EINVAL;
	}

	err = threads_start();
	if (err)
		return err;
	at_return.kp.symbol_name = symbol;
	at_entry.symbol_name = symbol;
	err = entry ? register_kprobe(&at_entry) : register_kretprobe(&at_return);
	if (err) {
		pr_err("cannot probe %s (error %d)\n", symbol, err);
		threads_stop();
	}
	return err;
}

static void __exit contend_exit(void)
{
	if (entry)
		unregister_kprobe(&at_entry);
	else
		unregister_kretprobe(&at_return);
	threads_stop();
}

module_init(contend_init);
module_exit(contend_exit);
MODULE_DESCRIPTION("Test: takes the page-table lock when another module's probe handlers run");
MODULE_LICENSE("GPL");
