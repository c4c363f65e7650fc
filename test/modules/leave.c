// SPDX-License-Identifier: GPL-2.0
/*
 * Make a path leave its entries writable under the mark, as a broken kernel would.
 *
 *   insmod leave.ko symbol=FUNCTION at=N [to=M] [vmf=1] [table=1 [beside=1]] [marks=1]
 *	    [closing=FUNCTION]
 *   insmod leave.ko symbol=FUNCTION vma=N whole=1
 *   echo "PID START END" > /sys/module/leave/parameters/range	(0 0 0: no more)
 *   insmod leave.ko symbol=FUNCTION vma=N flags=M
 *
 * When the function returns, or when the same task enters the closing one, entries in
 * the range that are present and marked get the write bit: the one at the address that
 * was argument N (from 0 on; with vmf=1 that of the vm_fault), or all of its page table
 * (with beside=1 but that one, if it is one), or all up to argument M if the process itself
 * ran it, or, with whole=1, all of the VMA that is argument N. That may be another process's:
 * of a fork it is the child's. It works for all memory, entries of every level, and on all
 * kernels, whether or not the kernel's own bug can be reopened there.
 *
 * With marks=1 it is the writable entries that get the mark, as if a write fault had
 * forgotten to take it off. Of an entry it does that once in a row: the guard may take the
 * write bit away, and then the same fault comes again.
 *
 * A fault that returns VM_FAULT_RETRY is passed over, for it comes again; with retry=1 not.
 *
 * With drop=1 the entries lose the mark instead, and stay as closed as they are, and so does
 * what the vm_fault says that it has stored. With
 * access=1 those that give no access at all, for the mark is against any, can be read; thp=1
 * says that they map transparent huge pages. With marks=1, too, it is those that can be read
 * that get the mark.
 *
 * With vma= no range is given: argument N is the VMA, the next two are the range, and
 * entries of base pages in every writable VMA registered for uffd-wp are left writable,
 * unless argument M says that the call is to protect, to resolve or for NUMA balancing.
 * (A guard looks at huge entries deeper down, before such a function returns.)
 *
 * Return handlers of one function run in the order of registration, entry handlers
 * in the opposite one: load it before the guard, but with closing= after it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/userfaultfd_k.h>

#include "walk.h"

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "the function that is to leave entries writable");

static char *closing;
module_param(closing, charp, 0444);
MODULE_PARM_DESC(closing, "do it not at its return, but when this is entered");

static int at = -1;
module_param(at, int, 0444);
MODULE_PARM_DESC(at, "which argument is the address of the entry");

static int to = -1;
module_param(to, int, 0444);
MODULE_PARM_DESC(to, "which argument is the end of the entries (one entry)");

static bool vmf;
module_param(vmf, bool, 0444);
MODULE_PARM_DESC(vmf, "that argument is a vm_fault, which has the address");

static bool table;
module_param(table, bool, 0444);
MODULE_PARM_DESC(table, "all entries of its page table");

static bool beside;
module_param(beside, bool, 0444);
MODULE_PARM_DESC(beside, "all but that at the address itself");

static bool marks;
module_param(marks, bool, 0444);
MODULE_PARM_DESC(marks, "writable entries get the mark");

static int vma_arg = -1;
module_param_named(vma, vma_arg, int, 0444);
MODULE_PARM_DESC(vma, "which argument is the VMA, before start and end");

static int flags_arg = -1;
module_param_named(flags, flags_arg, int, 0444);
MODULE_PARM_DESC(flags, "which argument has change_protection()'s flags");

static bool whole;
module_param(whole, bool, 0444);
MODULE_PARM_DESC(whole, "all of that VMA, if the process in range runs it");

static bool retry;
module_param(retry, bool, 0444);
MODULE_PARM_DESC(retry, "also if a fault returns because it has to be begun again");

static bool drop;
module_param(drop, bool, 0444);
MODULE_PARM_DESC(drop, "take the mark away instead");

static bool access;
module_param(access, bool, 0444);
MODULE_PARM_DESC(access, "give read access to entries that have the mark and no access");

static bool thp;
module_param(thp, bool, 0444);
MODULE_PARM_DESC(thp, "they are those of transparent huge pages");

/* Written with the probe disarmed. */
static struct mm_struct *range_mm;
static unsigned long range_start, range_end;

static unsigned long left;
module_param(left, ulong, 0444);
MODULE_PARM_DESC(left, "entries left writable, or without the mark (read only)");

/*
 * As hardware sets a bit: in one atomic operation, with no lock held, so that it can
 * be done anywhere.
 */
static void leave_marked(pte_t *ptep)
{
	static pte_t *last;
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte) || pte_protnone(pte) || ptep == last ||
	    (!access && !pte_write(pte)))
		return;
	if (test_and_set_bit(__ffs(pte_val(test_pte_mark(__pte(0)))), (unsigned long *)&ptep->pte))
		return;
	last = ptep;
	left++;
}

static void leave_writable(pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte) || pte_protnone(pte) || !test_pte_marked(pte) ||
	    pte_write(pte))
		return;
	if (!test_and_set_bit(_PAGE_BIT_RW, (unsigned long *)&ptep->pte))
		left++;
}

static void drop_mark(pte_t *ptep)
{
	pte_t pte = ptep_get(ptep), old;

	if (!pte_present(pte) || !test_pte_marked(pte))
		return;
	do {
		old = pte;
		pte.pte = cmpxchg(&ptep->pte, old.pte, test_pte_unmark(old).pte);
	} while (pte.pte != old.pte);
	left++;
}

static void leave_readable(pte_t *ptep)
{
	pte_t pte = ptep_get(ptep), new;

	if (!pte_present(pte) || !pte_protnone(pte) || !test_pte_marked(pte))
		return;
	new = test_pte_readable(pte, thp ? PHYSICAL_PMD_PAGE_MASK : PTE_PFN_MASK);
	if (cmpxchg(&ptep->pte, pte.pte, new.pte) == pte.pte)
		left++;
}

static void leave_entry(pte_t *ptep)
{
	if (drop)
		drop_mark(ptep);
	else if (marks)
		leave_marked(ptep);
	else if (access)
		leave_readable(ptep);
	else
		leave_writable(ptep);
}

/*
 * Whoever runs the path keeps VMA and tables. A table that is about to be freed may
 * get a bit that nobody sees.
 */
static void leave_range(struct mm_struct *mm, unsigned long addr, unsigned long end,
			bool huge)
{
	rcu_read_lock();
	while (addr < end) {
		struct test_entry entry = test_entry_of(mm, addr);

		if (entry.ptep && (huge || entry.size == PAGE_SIZE))
			leave_entry(entry.ptep);
		addr = (addr & ~(entry.size - 1)) + entry.size;
	}
	rcu_read_unlock();
}

static void leave_between(unsigned long addr, unsigned long end)
{
	if (to >= 0 && current->mm != range_mm)
		return;
	leave_range(range_mm, max(addr, range_start), min(end, range_end), true);
}

static unsigned long address(struct pt_regs *regs)
{
	unsigned long arg = regs_get_kernel_argument(regs, at);

	return (vmf ? ((struct vm_fault *)arg)->address : arg) & PAGE_MASK;
}

struct call {
	struct vm_fault *fault;	/* with vmf=1 only */
	struct mm_struct *mm;	/* with vma= only; the caller keeps it */
	unsigned long addr;
	unsigned long end;
};

static void leave_around(unsigned long addr)
{
	unsigned long start = addr & PMD_MASK, end = start + PMD_SIZE;

	if (!table) {
		leave_between(addr, addr + PAGE_SIZE);
	} else if (!beside) {
		leave_between(start, end);
	} else {
		leave_between(start, addr);
		leave_between(addr + PAGE_SIZE, end);
	}
}

/* As swap-in keeps there what it makes of an entry before it stores that. */
static void drop_from_fault(struct call *call)
{
	if (call->fault->vma->vm_mm != range_mm || call->addr < range_start ||
	    call->addr >= range_end)
		return;
	if (pte_present(call->fault->orig_pte) && test_pte_marked(call->fault->orig_pte))
		call->fault->orig_pte = test_pte_unmark(call->fault->orig_pte);
}

/* What the arguments say without a VMA. */
static int entered_at(struct call *call, struct pt_regs *regs)
{
	call->mm = NULL;
	if (vmf)
		call->fault = (struct vm_fault *)regs_get_kernel_argument(regs, at);
	call->addr = address(regs);
	call->end = to < 0 ? 0 : regs_get_kernel_argument(regs, to);
	return 0;
}

static int entered_with(struct call *call, struct vm_area_struct *vma)
{
	if (current->mm != range_mm)
		return 1;
	call->mm = vma->vm_mm;
	call->addr = max(vma->vm_start, range_start);
	call->end = min(vma->vm_end, range_end);
	return 0;
}

static int path_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	struct vm_area_struct *vma;

	call->fault = NULL;
	if (vma_arg < 0)
		return entered_at(call, regs);
	vma = (struct vm_area_struct *)regs_get_kernel_argument(regs, vma_arg);
	if (!test_vma_protected(vma))
		return 1;
	if (whole)
		return entered_with(call, vma);
	if (!(vma->vm_flags & VM_WRITE))
		return 1;
	if (flags_arg >= 0 && regs_get_kernel_argument(regs, flags_arg) &
			      (MM_CP_UFFD_WP_ALL | MM_CP_PROT_NUMA))
		return 1;
	call->mm = vma->vm_mm;
	call->addr = regs_get_kernel_argument(regs, vma_arg + 1);
	call->end = regs_get_kernel_argument(regs, vma_arg + 2);
	return 0;
}

static int path_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;

	/* A fault that waited for its tracker, and comes again. */
	if (vmf && !retry && (regs_return_value(regs) & (__force unsigned int)VM_FAULT_RETRY))
		return 0;
	if (drop && call->fault)
		drop_from_fault(call);
	if (call->mm)
		leave_range(call->mm, call->addr, call->end, whole);
	else if (to < 0)
		leave_around(call->addr);
	else
		leave_between(call->addr, call->end);
	return 0;
}

static struct kretprobe probe = {
	.entry_handler = path_entered,
	.handler = path_returned,
	.data_size = sizeof(struct call),
	.maxactive = 64,
};

/* What a task was given by the opening function. Whoever collides comes too late. */
static struct {
	struct task_struct *task;
	struct call call;
} opened[256];

static int path_opened(struct kprobe *p, struct pt_regs *regs)
{
	unsigned int slot = hash_ptr(current, ilog2(ARRAY_SIZE(opened)));

	opened[slot].call.fault = NULL;
	entered_at(&opened[slot].call, regs);
	WRITE_ONCE(opened[slot].task, current);
	return 0;
}

static int path_closed(struct kprobe *p, struct pt_regs *regs)
{
	unsigned int slot = hash_ptr(current, ilog2(ARRAY_SIZE(opened)));

	if (READ_ONCE(opened[slot].task) == current) {
		if (drop && opened[slot].call.fault)
			drop_from_fault(&opened[slot].call);
		leave_around(opened[slot].call.addr);
		opened[slot].task = NULL;
	}
	return 0;
}

static struct kprobe opening_probe = { .pre_handler = path_opened };
static struct kprobe closing_probe = { .pre_handler = path_closed };

static int probes_on(void)
{
	int err;

	if (!closing)
		return enable_kretprobe(&probe);
	err = enable_kprobe(&closing_probe);
	return err ?: enable_kprobe(&opening_probe);
}

static void probes_off(void)
{
	if (!closing) {
		disable_kretprobe(&probe);
	} else {
		disable_kprobe(&opening_probe);
		disable_kprobe(&closing_probe);
	}
	synchronize_rcu();
}

static void range_forget(void)
{
	if (!range_mm)
		return;
	probes_off();
	mmdrop(range_mm);
	range_mm = NULL;
}

static int range_set(const char *val, const struct kernel_param *kp)
{
	struct test_range range;
	int err;

	if (vma_arg >= 0 && !whole)
		return -EINVAL;
	err = test_range_grab(val, &range);
	if (err)
		return err;
	range_forget();
	if (!range.mm)
		return 0;
	range_mm = range.mm;
	range_start = range.start;
	range_end = range.end;
	return probes_on();
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"PID START END\" (write only)");

static int register_pair(void)
{
	int err;

	closing_probe.symbol_name = closing;
	closing_probe.flags = KPROBE_FLAG_DISABLED;
	err = register_kprobe(&closing_probe);
	if (err)
		return err;
	opening_probe.symbol_name = symbol;
	opening_probe.flags = KPROBE_FLAG_DISABLED;
	err = register_kprobe(&opening_probe);
	if (err)
		unregister_kprobe(&closing_probe);
	return err;
}

static int __init leave_init(void)
{
	int err;

	if (!symbol || (at < 0 && vma_arg < 0)) {
		pr_err("say which function, and where its address is: symbol=NAME at=N\n");
		return -EINVAL;
	}
	probe.kp.symbol_name = symbol;
	if (vma_arg < 0 || whole)
		probe.kp.flags = KPROBE_FLAG_DISABLED;
	err = closing ? register_pair() : register_kretprobe(&probe);
	if (err)
		pr_err("cannot probe %s: error %d\n", symbol, err);
	return err;
}

static void __exit leave_exit(void)
{
	range_forget();
	if (closing) {
		unregister_kprobe(&opening_probe);
		unregister_kprobe(&closing_probe);
	} else {
		unregister_kretprobe(&probe);
	}
}

module_init(leave_init);
module_exit(leave_exit);
MODULE_DESCRIPTION("Test: makes a path leave its entries writable under the mark");
MODULE_LICENSE("GPL");
