// SPDX-License-Identifier: GPL-2.0
/*
 * Protect pages at the last moment before they are collapsed, and have that lose the marks,
 * as a kernel would that does not look for them.
 *
 *   insmod collapse.ko [every=N] [keep=1]
 *   echo "PID START END" > /sys/module/collapse/parameters/range	(0 0 0: no more)
 *
 * When pmdp_collapse_flush() is entered to take out a page table with entries in the range,
 * every Nth of its present entries there that has no mark gets one, and no write access. With
 * keep=1 that is all, and collapse has to give up. Without it they lose it again when the
 * function returns.
 *
 * Entry handlers run in the opposite order of registration: load it after the guard.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "walk.h"

static unsigned int every = 1;
module_param(every, uint, 0444);
MODULE_PARM_DESC(every, "protect the last one of so many");

static bool keep;
module_param(keep, bool, 0444);
MODULE_PARM_DESC(keep, "do not take the marks off again");

/* Of the table that was taken last: a collapse that finds a page in use is begun again. */
static unsigned long taken, marked, dropped;
module_param(taken, ulong, 0444);
MODULE_PARM_DESC(taken, "tables that were taken out (read only)");
module_param(marked, ulong, 0444);
MODULE_PARM_DESC(marked, "entries that had the mark then (read only)");
module_param(dropped, ulong, 0444);
MODULE_PARM_DESC(dropped, "entries that lost it again (read only)");

/* Written with the probe disarmed. */
static struct mm_struct *range_mm;
static unsigned long range_start, range_end;

struct call {
	DECLARE_BITMAP(marked, PTRS_PER_PTE);
};

static bool is_wanted(unsigned long addr)
{
	return addr >= range_start && addr < range_end &&
	       ((addr - range_start) >> PAGE_SHIFT) % every == every - 1;
}

/* Who runs it holds mmap_lock for writing and the pmd's lock: nobody else is at the table. */
static int table_taken(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 0);
	unsigned long start = regs_get_kernel_argument(regs, 1);
	pmd_t pmd = READ_ONCE(*(pmd_t *)regs_get_kernel_argument(regs, 2));
	pte_t *ptep = pte_offset_kernel(&pmd, start);
	struct call *call = (struct call *)ri->data;
	unsigned int i;

	if (vma->vm_mm != range_mm)
		return 1;
	taken++;
	marked = 0;
	dropped = 0;
	bitmap_zero(call->marked, PTRS_PER_PTE);
	for (i = 0; i < PTRS_PER_PTE; i++) {
		if (!is_wanted(start + i * PAGE_SIZE) || !pte_present(ptep[i]))
			continue;
		marked++;
		if (test_pte_marked(ptep[i]))
			continue;
		WRITE_ONCE(ptep[i], pte_wrprotect(test_pte_mark(ptep[i])));
		__set_bit(i, call->marked);
	}
	return keep;
}

static int table_out(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	pmd_t pmd = __pmd(regs_return_value(regs));
	pte_t *ptep = pte_offset_kernel(&pmd, 0);
	unsigned int i;

	for_each_set_bit(i, call->marked, PTRS_PER_PTE) {
		WRITE_ONCE(ptep[i], test_pte_unmark(ptep[i]));
		dropped++;
	}
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "pmdp_collapse_flush",
	.kp.flags = KPROBE_FLAG_DISABLED,
	.entry_handler = table_taken,
	.handler = table_out,
	.data_size = sizeof(struct call),
	.maxactive = 64,
};

static void range_forget(void)
{
	if (!range_mm)
		return;
	disable_kretprobe(&probe);
	synchronize_rcu();
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
	return enable_kretprobe(&probe);
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"PID START END\" (write only)");

static int __init collapse_init(void)
{
	if (!every) {
		pr_err("every=0: it has to be at least 1\n");
		return -EINVAL;
	}
	return register_kretprobe(&probe);
}

static void __exit collapse_exit(void)
{
	range_forget();
	unregister_kretprobe(&probe);
}

module_init(collapse_init);
module_exit(collapse_exit);

MODULE_DESCRIPTION("Test: pages that are protected while they are collapsed");
MODULE_LICENSE("GPL");
