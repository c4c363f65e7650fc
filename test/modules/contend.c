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
 * preempted by the hog, of a higher priority, until the witness has run. Handlers of one
 * hit run with preemption off, so that is when the last of them has returned. The calls have
 * to be made on the first CPU, where the witness lives; the others live on the last one.
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

enum { IDLE, ASKING, ASKED, HELD, OVER };

/* ASKING and ASKED by a handler, HELD by the hog, OVER by the witness, IDLE again by the holder. */
static atomic_t state = ATOMIC_INIT(IDLE);
/* From ASKING to OVER. Who frees the table empties it first, under this lock. */
static spinlock_t *asked_ptl;
static struct task_struct *holder, *hog, *witness;
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

/* Not while a hold of another table comes to its end. */
static bool ask(spinlock_t *ptl)
{
	if (atomic_cmpxchg(&state, IDLE, ASKING) != IDLE)
		return false;
	asked_ptl = ptl;
	atomic_set_release(&state, ASKED);
	wake_up_process(holder);
	return true;
}

/* The holder and the hog need nothing of this CPU but, when all is over, the witness's run. */
static bool have_it_taken(spinlock_t *ptl)
{
	bool asked = false;
	unsigned int ms;

	if (!ptl || task_cpu(witness) != raw_smp_processor_id())
		return false;
	for (ms = 0; ms < WAIT_MS; ms++) {
		asked = asked || ask(ptl);
		if (asked && atomic_read_acquire(&state) == HELD)
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
	while (atomic_read_acquire(&state) != OVER)
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
		wake_up_process(witness);
		while (atomic_read_acquire(&state) != OVER)
			cpu_relax();
	}
	return 0;
}

static int witness_main(void *unused)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		sleep_until(atomic_read_acquire(&state) == HELD);
		atomic_cmpxchg(&state, HELD, OVER);
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

static struct task_struct *thread_start(int (*run)(void *), const char *name, unsigned int cpu)
{
	struct task_struct *thread = kthread_create(run, NULL, "contend/%s", name);

	if (!IS_ERR(thread))
		kthread_bind(thread, cpu);
	return thread;
}

static void threads_stop(void)
{
	if (!IS_ERR_OR_NULL(holder))
		kthread_stop(holder);
	if (!IS_ERR_OR_NULL(hog))
		kthread_stop(hog);
	if (!IS_ERR_OR_NULL(witness))
		kthread_stop(witness);
}

static int threads_start(void)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int last = cpumask_last(cpu_online_mask);

	if (first == last) {
		pr_err("this needs two CPUs\n");
		return -EINVAL;
	}
	witness = thread_start(witness_main, "witness", first);
	hog = thread_start(hog_main, "hog", last);
	holder = thread_start(holder_main, "holder", last);
	if (IS_ERR(witness) || IS_ERR(hog) || IS_ERR(holder)) {
		threads_stop();
		return -ENOMEM;
	}
	sched_set_fifo(witness);
	sched_set_fifo(hog);
	sched_set_fifo_low(holder);
	wake_up_process(witness);
	wake_up_process(hog);
	wake_up_process(holder);
	return 0;
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
