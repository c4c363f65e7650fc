// SPDX-License-Identifier: GPL-2.0
/*
 * Have whoever looks when finish_fault() returns find a huge page in the place of the page
 * table, as if it had come there since the fault was begun.
 *
 *   insmod supplant.ko		before the guard
 *   echo "PID START END" > /sys/module/supplant/parameters/range	after it (0 0 0: no more)
 *
 * It begins with the page that is faulted in. Its pmd gives no access, so that no TLB takes it
 * for true. Return handlers of one function run in the order of registration: one puts it there,
 * the guard looks, and another puts the table back. All run with preemption off, in one task's
 * return, and no other thread of the process may use that memory meanwhile. Entry handlers run
 * in the opposite order: a call whose table nobody would put back keeps it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "walk.h"

static unsigned long supplanted;
module_param(supplanted, ulong, 0444);
MODULE_PARM_DESC(supplanted, "how often a table of that range was out of its place (read only)");

/* Written with the probes disarmed. */
static struct mm_struct *range_mm;
static unsigned long range_start, range_end;

/* False from when on no table is to be taken away: that of a call under way would stay so. */
static bool live;

/* Whose call the one that puts the table back has taken. */
static struct task_struct *expected;

struct call {
	struct vm_fault *fault;
};

static struct {
	pmd_t *where;
	pmd_t table;
} away;

static struct vm_fault *fault_in_range(struct pt_regs *regs)
{
	struct vm_fault *fault = (void *)regs_get_kernel_argument(regs, 0);

	if (fault->vma->vm_mm != range_mm || fault->address < range_start ||
	    fault->address >= range_end || !fault->page)
		return NULL;
	return fault;
}

static int expect(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (!fault_in_range(regs))
		return 1;
	WRITE_ONCE(expected, current);
	return 0;
}

static int fault_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct vm_fault *fault = fault_in_range(regs);

	if (!fault || READ_ONCE(expected) != current)
		return 1;
	WRITE_ONCE(expected, NULL);
	((struct call *)ri->data)->fault = fault;
	return 0;
}

static int table_away(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct vm_fault *fault = ((struct call *)ri->data)->fault;

	if ((unsigned int)regs_return_value(regs) || !READ_ONCE(live))
		return 0;
	away.where = fault->pmd;
	away.table = READ_ONCE(*fault->pmd);
	WRITE_ONCE(*fault->pmd, pmd_mkhuge(pfn_pmd(page_to_pfn(fault->page), PAGE_NONE)));
	supplanted++;
	return 0;
}

static int table_back(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (away.where)
		WRITE_ONCE(*away.where, away.table);
	away.where = NULL;
	return 0;
}

static struct kretprobe before = {
	.kp.symbol_name = "finish_fault",
	.kp.flags = KPROBE_FLAG_DISABLED,
	.entry_handler = fault_entered,
	.handler = table_away,
	.data_size = sizeof(struct call),
	.maxactive = 64,
};

static struct kretprobe after;

/* Anew each time, to be the last. */
static int probes_on(void)
{
	int err;

	after = (struct kretprobe){
		.kp.symbol_name = "finish_fault",
		.entry_handler = expect,
		.handler = table_back,
		.maxactive = 64,
	};
	err = register_kretprobe(&after);
	if (err)
		return err;
	expected = NULL;
	err = enable_kretprobe(&before);
	if (err)
		unregister_kretprobe(&after);
	else
		WRITE_ONCE(live, true);
	return err;
}

static void range_forget(void)
{
	if (!range_mm)
		return;
	/* Both handlers of a return run without preemption: after this each table is back. */
	WRITE_ONCE(live, false);
	disable_kretprobe(&before);
	synchronize_rcu();
	unregister_kretprobe(&after);
	mmdrop(range_mm);
	range_mm = NULL;
}

static int range_set(const char *val, const struct kernel_param *kp)
{
	struct test_range range;
	int err = test_range_grab(val, &range);

	if (err)
		return err;
	range_forget();
	if (!range.mm)
		return 0;
	range_mm = range.mm;
	range_start = range.start;
	range_end = range.end;
	supplanted = 0;
	err = probes_on();
	if (err) {
		mmdrop(range_mm);
		range_mm = NULL;
	}
	return err;
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"PID START END\" (write only)");

static int __init supplant_init(void)
{
	return register_kretprobe(&before);
}

static void __exit supplant_exit(void)
{
	range_forget();
	unregister_kretprobe(&before);
}

module_init(supplant_init);
module_exit(supplant_exit);

MODULE_DESCRIPTION("Test: a huge page in the place of a page table");
MODULE_LICENSE("GPL");
