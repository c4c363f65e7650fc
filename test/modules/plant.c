// SPDX-License-Identifier: GPL-2.0
/*
 * Plant a page-table entry in a process.
 *
 *   echo "PID ADDRESS KIND" > /sys/module/plant/parameters/plant
 *
 * KIND is one of
 *   writable   uffd-wp mark and write bit: the violation itself
 *   mark       uffd-wp mark, no write bit: what a sound protected entry is
 *   unmark     no mark, write bit as it was
 *
 * A "writable" entry becomes a *writable migration entry with the mark* when
 * its page is migrated next: try_to_migrate() takes both over from the entry.
 *
 * -EINVAL malformed, -ESRCH no such process, -ENOENT no present base-page entry
 * there, -EAGAIN the page table changed meanwhile.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include <asm/tlbflush.h>

#include "walk.h"

enum plant_kind { PLANT_WRITABLE, PLANT_MARK, PLANT_UNMARK };

static const char * const kind_names[] = {
	[PLANT_WRITABLE]	= "writable",
	[PLANT_MARK]		= "mark",
	[PLANT_UNMARK]		= "unmark",
};

static void no_flush(struct mm_struct *mm, unsigned long start, unsigned long end,
		     unsigned int stride_shift, bool freed_tables)
{
}

/* Not exported. A static call is a direct call, so that IBT does not mind. */
DEFINE_STATIC_CALL(plant_flush, no_flush);

static pte_t planted(pte_t pte, enum plant_kind kind)
{
	switch (kind) {
	case PLANT_WRITABLE:
		/* In this order: since 6.3 setting the mark write-protects. */
		return pte_set_flags(test_pte_mark(pte), _PAGE_RW);
	case PLANT_MARK:
		return pte_wrprotect(test_pte_mark(pte));
	case PLANT_UNMARK:
		return test_pte_unmark(pte);
	}
	return pte;
}

/* The mmap lock is held for reading; that keeps the VMA, RCU keeps the table. */
static int plant_locked(struct mm_struct *mm, unsigned long addr, enum plant_kind kind)
{
	pmd_t *pmd, pmdval = test_pmd_of(mm, addr, &pmd);
	spinlock_t *ptl;	/* the page table's own */
	pte_t *ptep;
	int err = 0;

	if (pmd_none(pmdval))
		return -ENOENT;
	ptep = pte_offset_kernel(&pmdval, addr);
	ptl = pte_lockptr(mm, &pmdval);
	spin_lock(ptl);
	if (!pmd_same(pmdval, READ_ONCE(*pmd)))
		err = -EAGAIN;
	else if (!pte_present(ptep_get(ptep)))
		err = -ENOENT;
	else
		/* Cleared first, or an accessed or dirty bit set by a CPU is lost. */
		set_pte_at(mm, addr, ptep,
			   planted(ptep_get_and_clear(mm, addr, ptep), kind));
	spin_unlock(ptl);
	return err;
}

static int plant(pid_t nr, unsigned long addr, enum plant_kind kind)
{
	struct mm_struct *mm = test_mm_of(nr);
	struct vm_area_struct *vma;
	int err = -ENOENT;

	if (!mm)
		return -ESRCH;
	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr) {
		rcu_read_lock();
		err = plant_locked(mm, addr, kind);
		rcu_read_unlock();
	}
	mmap_read_unlock(mm);
	/*
	 * Only "mark" takes permission away. A CPU with a stale read-only
	 * entry of the other kinds faults once and finds the new one.
	 */
	if (!err)
		static_call(plant_flush)(mm, addr, addr + PAGE_SIZE, PAGE_SHIFT, false);
	mmput(mm);
	return err;
}

static int plant_set(const char *val, const struct kernel_param *kp)
{
	unsigned long addr;
	char name[16];
	int nr, kind, used = 0;

	if (sscanf(val, "%d %li %15s %n", &nr, &addr, name, &used) != 3 || val[used])
		return -EINVAL;
	if (nr <= 0 || !PAGE_ALIGNED(addr))
		return -EINVAL;
	kind = match_string(kind_names, ARRAY_SIZE(kind_names), name);
	if (kind < 0)
		return -EINVAL;
	return plant(nr, addr, kind);
}

static const struct kernel_param_ops plant_ops = {
	.set = plant_set,
};
module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "\"PID ADDRESS KIND\": writable, mark or unmark (write only)");

static int __init plant_init(void)
{
	struct kprobe finder = { .symbol_name = "flush_tlb_mm_range" };
	int err = register_kprobe(&finder);

	if (err) {
		pr_err("cannot find %s (error %d)\n", finder.symbol_name, err);
		return err;
	}
	static_call_update(plant_flush, (typeof(no_flush) *)finder.addr);
	unregister_kprobe(&finder);
	return 0;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Test: plants a page-table entry in a process");
MODULE_LICENSE("GPL");
