// SPDX-License-Identifier: GPL-2.0
/*
 * Let another module's probe handlers find interrupts off and, on request, the
 * page-table lock taken.
 *
 *   insmod irqoff.ko symbol=FUNCTION [hold=1] [entry=1]
 *   insmod the other module, which has its return probe on FUNCTION
 *   echo 1 > /sys/module/irqoff/parameters/armed
 *
 * Return handlers of one function run in the order of registration, entry handlers
 * in the opposite one. So the probes that are registered at insmod and those
 * registered when armed enclose the other module's on both ways. Only calls for
 * VMAs registered for uffd-wp are acted upon.
 *
 * With hold=1 the lock is that of the page table over the first address, and it is
 * taken on the CPU that runs the handler: who waits for it there waits for ever.
 *
 * What is off must come on again, so the first of a pair of handlers acts only if
 * the second is certain to run:
 *  - return: the second's instance for this very call is known, and from the first
 *    instance that was lost on, nothing is done any more;
 *  - entry: plain kprobes, which have no instances, in one walk over a list;
 *  - disarming waits for handlers that run before it takes any probe away, and can
 *    be done once, so that no call meets the probes of another arming.
 *
 * Up to 5.17 return handlers find interrupts off anyway.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/userfaultfd_k.h>

#include "target.h"
#include "walk.h"

/* One call of the function. All handlers of a return, or of an entry, run on one CPU. */
struct irqoff_call {
	struct vm_area_struct *vma;	/* kept by the function's own locks */
	unsigned long addr;
	unsigned long flags;
	spinlock_t *ptl;		/* of the page table; held if not NULL */
	bool off;
	bool over;			/* the handler that undoes has run */
};

static unsigned int target;

static char *symbol = "change_protection";
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "function to act upon (at load only)");

static bool hold;
module_param(hold, bool, 0444);
MODULE_PARM_DESC(hold, "also take the page-table lock (at load only)");

static bool entry;
module_param(entry, bool, 0444);
MODULE_PARM_DESC(entry, "act around entry handlers, not return handlers (at load only)");

static bool armed;
static bool used;			/* irqoff_mutex */
static bool live;			/* irqoff_mutex; parameters outlive both ends */
static DEFINE_MUTEX(irqoff_mutex);

static atomic_long_t acted = ATOMIC_LONG_INIT(0);
static atomic_long_t failed = ATOMIC_LONG_INIT(0);

/* The call whose entry handlers run on this CPU. */
static DEFINE_PER_CPU(struct irqoff_call *, entering);
/* The same for entry=1, where nothing outlives the entry. */
static DEFINE_PER_CPU(struct irqoff_call, entered);

static bool call_read(struct irqoff_call *call, struct pt_regs *regs)
{
	*call = (struct irqoff_call){
		.vma = (void *)regs_get_kernel_argument(regs, targets[target].vma),
		.addr = regs_get_kernel_argument(regs, targets[target].addr),
	};
	return userfaultfd_wp(call->vma);
}

NOKPROBE_SYMBOL(call_read);

/* The table's lock, taken; NULL if there is no table. The function's locks keep it. */
static spinlock_t *lock_table(const struct irqoff_call *call)
{
	struct mm_struct *mm = call->vma->vm_mm;
	pmd_t *pmd, pmdval = test_pmd_of(mm, call->addr, &pmd);
	spinlock_t *ptl;	/* the page table's own */

	if (pmd_none(pmdval))
		return NULL;
	ptl = pte_lockptr(mm, &pmdval);
	spin_lock(ptl);
	if (pmd_same(pmdval, READ_ONCE(*pmd)))
		return ptl;
	spin_unlock(ptl);
	return NULL;
}

NOKPROBE_SYMBOL(lock_table);

/* The lock is waited for while interrupts are still as the function has them. */
static void irqs_off(struct irqoff_call *call)
{
	if (call->over) {
		atomic_long_inc(&failed);
		return;
	}
	if (hold) {
		call->ptl = lock_table(call);
		if (!call->ptl) {
			atomic_long_inc(&failed);
			return;
		}
	}
	local_irq_save(call->flags);
	call->off = true;
}

NOKPROBE_SYMBOL(irqs_off);

static void irqs_on(struct irqoff_call *call)
{
	call->over = true;
	if (!call->off)
		return;
	call->off = false;
	if (irqs_disabled())
		atomic_long_inc(&acted);
	else
		atomic_long_inc(&failed);
	local_irq_restore(call->flags);
	if (call->ptl)
		spin_unlock(call->ptl);
}

NOKPROBE_SYMBOL(irqs_on);

static struct kretprobe old_return, new_return;
static struct kprobe old_entry, new_entry;

static unsigned long instances_lost(void)
{
	return READ_ONCE(old_return.nmissed) + READ_ONCE(new_return.nmissed);
}

/* A call for another VMA leaves nothing behind that could be taken for this one. */
static int new_return_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct irqoff_call *call = (void *)ri->data;

	if (!call_read(call, regs))
		call = NULL;
	this_cpu_write(entering, call);
	return !call;
}

NOKPROBE_SYMBOL(new_return_entered);

/* Runs after new_return_entered(), on the same CPU, if that ran. */
static int old_return_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct irqoff_call **call = (void *)ri->data;

	*call = this_cpu_read(entering);
	this_cpu_write(entering, NULL);
	return !*call || instances_lost();
}

NOKPROBE_SYMBOL(old_return_entered);

static int old_return_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct irqoff_call **call = (void *)ri->data;

	if (READ_ONCE(armed) && !entry)
		irqs_off(*call);
	return 0;
}

NOKPROBE_SYMBOL(old_return_handler);

static int new_return_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	irqs_on((void *)ri->data);
	return 0;
}

NOKPROBE_SYMBOL(new_return_handler);

static int new_entry_handler(struct kprobe *p, struct pt_regs *regs)
{
	struct irqoff_call *call = this_cpu_ptr(&entered);

	if (call_read(call, regs) && READ_ONCE(armed) && entry)
		irqs_off(call);
	return 0;
}

NOKPROBE_SYMBOL(new_entry_handler);

static int old_entry_handler(struct kprobe *p, struct pt_regs *regs)
{
	irqs_on(this_cpu_ptr(&entered));
	return 0;
}

NOKPROBE_SYMBOL(old_entry_handler);

static struct kretprobe old_return = {
	.entry_handler	= old_return_entered,
	.handler	= old_return_handler,
	.data_size	= sizeof(struct irqoff_call *),
	.maxactive	= 128,
};

static struct kretprobe new_return = {
	.entry_handler	= new_return_entered,
	.handler	= new_return_handler,
	.data_size	= sizeof(struct irqoff_call),
	.maxactive	= 64,
};

static struct kprobe old_entry = {
	.pre_handler	= old_entry_handler,
};

static struct kprobe new_entry = {
	.pre_handler	= new_entry_handler,
};

static int register_both(struct kretprobe *rp, struct kprobe *kp)
{
	int err;

	rp->kp.symbol_name = symbol;
	kp->symbol_name = symbol;
	err = register_kretprobe(rp);
	if (err)
		return err;
	err = register_kprobe(kp);
	if (err)
		unregister_kretprobe(rp);
	return err;
}

static void unregister_both(struct kretprobe *rp, struct kprobe *kp)
{
	unregister_kprobe(kp);
	unregister_kretprobe(rp);
}

static int arm(void)
{
	int err;

	if (!live)
		return -ENODEV;
	if (used)
		return -EBUSY;
	err = register_both(&new_return, &new_entry);
	if (err)
		return err;
	used = true;
	WRITE_ONCE(armed, true);
	return 0;
}

static void disarm(void)
{
	if (!armed)
		return;
	WRITE_ONCE(armed, false);
	/* Who saw it armed has preemption off until all is on again. */
	synchronize_rcu();
	unregister_both(&new_return, &new_entry);
}

static int armed_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(val, &on);

	if (err)
		return err;
	mutex_lock(&irqoff_mutex);
	if (on)
		err = arm();
	else
		disarm();
	mutex_unlock(&irqoff_mutex);
	return err;
}

static const struct kernel_param_ops armed_ops = {
	.set = armed_set,
	.get = param_get_bool,
};
module_param_cb(armed, &armed_ops, &armed, 0644);
MODULE_PARM_DESC(armed, "1, once: act from now on; 0: never again");

static int never_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(&acted));
}

static const struct kernel_param_ops count_ops = {
	.set = never_set,
	.get = count_get,
};
module_param_cb(count, &count_ops, NULL, 0444);
MODULE_PARM_DESC(count, "times interrupts were off from the first handler to the last (read only)");

static int failed_get(char *buffer, const struct kernel_param *kp)
{
	unsigned long lost = instances_lost() +
			     old_return.kp.nmissed + new_return.kp.nmissed +
			     old_entry.nmissed + new_entry.nmissed;

	return sysfs_emit(buffer, "%lu\n", lost + atomic_long_read(&failed));
}

static const struct kernel_param_ops failed_ops = {
	.set = never_set,
	.get = failed_get,
};
module_param_cb(failed, &failed_ops, NULL, 0444);
MODULE_PARM_DESC(failed, "times they were not: calls lost, no table to lock, wrong order, or put on in between (read only)");

static int __init irqoff_init(void)
{
	int err;

	for (target = 0; target < ARRAY_SIZE(targets); target++)
		if (!strcmp(symbol, targets[target].symbol))
			break;
	if (target == ARRAY_SIZE(targets)) {
		pr_err("the arguments of %s are not known\n", symbol);
		return -EINVAL;
	}
	err = register_both(&old_return, &old_entry);
	if (err) {
		pr_err("cannot probe %s (error %d)\n", symbol, err);
		return err;
	}
	mutex_lock(&irqoff_mutex);
	live = true;
	mutex_unlock(&irqoff_mutex);
	return 0;
}

static void __exit irqoff_exit(void)
{
	mutex_lock(&irqoff_mutex);
	live = false;
	disarm();
	mutex_unlock(&irqoff_mutex);
	unregister_both(&old_return, &old_entry);
}

module_init(irqoff_init);
module_exit(irqoff_exit);
MODULE_DESCRIPTION("Test: turns interrupts off around another module's probe handlers");
MODULE_LICENSE("GPL");
