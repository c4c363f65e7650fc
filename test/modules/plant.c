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
 *   readable   uffd-wp mark, and read access instead of none
 *   device     instead of a page's entry, a writable one of device-private memory with the
 *              mark. There is no such memory: nobody may touch the page, until "back"
 *   exclusive  the same of a base page that a device has to itself, of the one sort that
 *              there is since 6.15
 *   back       puts it back: present, with the mark, read-only
 *   unstable   the process counts as one whose fork has failed: ADDRESS does not matter.
 *              Its faults may fail, until
 *   stable     undoes that
 *
 * A "writable" entry becomes a *writable migration entry with the mark* when
 * its page is migrated next: try_to_migrate() takes both over from the entry.
 *
 * The entry may be of any level: a base page's, a transparent huge page's, a hugetlb
 * page's. -EINVAL malformed, -ESRCH no such process, -ENOENT no such entry there to
 * change, -EAGAIN the page table changed meanwhile, -EOPNOTSUPP no device memory on this
 * kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hugetlb.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/sched/coredump.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include <asm/tlbflush.h>

#include "find.h"
#include "walk.h"

enum plant_kind {
	PLANT_WRITABLE,
	PLANT_MARK,
	PLANT_UNMARK,
	PLANT_READABLE,
	PLANT_DEVICE,
	PLANT_EXCLUSIVE,
	PLANT_BACK,
	PLANT_UNSTABLE,
	PLANT_STABLE,
};

static const char * const kind_names[] = {
	[PLANT_WRITABLE]	= "writable",
	[PLANT_MARK]		= "mark",
	[PLANT_UNMARK]		= "unmark",
	[PLANT_READABLE]	= "readable",
	[PLANT_DEVICE]		= "device",
	[PLANT_EXCLUSIVE]	= "exclusive",
	[PLANT_BACK]		= "back",
	[PLANT_UNSTABLE]	= "unstable",
	[PLANT_STABLE]		= "stable",
};

static void no_flush(struct mm_struct *mm, unsigned long start, unsigned long end,
		     unsigned int stride_shift, bool freed_tables)
{
}

/* Not exported. A static call is a direct call, so that IBT does not mind. */
DEFINE_STATIC_CALL(plant_flush, no_flush);

/* Of kernels that have device memory, those that Debian configures so have this one. */
#if defined(CONFIG_DEVICE_PRIVATE) && defined(SWP_DEVICE_EXCLUSIVE)
static pte_t device_entry(pte_t pte, unsigned long type)
{
	return test_pte_swp_mark(swp_entry_to_pte(swp_entry(type, pte_pfn(pte))));
}

static bool of_device(unsigned long type)
{
	return type == SWP_DEVICE_WRITE || type == SWP_DEVICE_READ ||
	       type == SWP_DEVICE_EXCLUSIVE;
}

/* @pte, which is not present, or an empty one if it is no entry of device memory. */
static pte_t device_entry_back(struct vm_area_struct *vma, pte_t pte, bool huge_pmd)
{
	swp_entry_t entry = __pte_to_swp_entry(pte_swp_clear_flags(pte));

	if (!of_device(__swp_type(entry)))
		return __pte(0);
	pte = pte_wrprotect(test_pte_mark(pfn_pte(__swp_offset(entry), vma->vm_page_prot)));
	return huge_pmd ? pte_set_flags(pte, _PAGE_PSE) : pte;
}

#define HAS_DEVICE_ENTRIES	true
#else
#define SWP_DEVICE_WRITE	0
#define SWP_DEVICE_EXCLUSIVE	0

static pte_t device_entry(pte_t pte, unsigned long type)
{
	return pte;
}

static pte_t device_entry_back(struct vm_area_struct *vma, pte_t pte, bool huge_pmd)
{
	return __pte(0);
}

#define HAS_DEVICE_ENTRIES	false
#endif

static void set_unstable(struct mm_struct *mm, bool unstable)
{
	/* The flags of an mm have accessors where they are a bitmap. */
#ifdef NUM_MM_FLAG_BITS
	if (unstable)
		mm_flags_set(MMF_UNSTABLE, mm);
	else
		mm_flags_clear(MMF_UNSTABLE, mm);
#else
	if (unstable)
		set_bit(MMF_UNSTABLE, &mm->flags);
	else
		clear_bit(MMF_UNSTABLE, &mm->flags);
#endif
}

/* What is to replace @pte, or an empty one. */
static pte_t planted(struct vm_area_struct *vma, pte_t pte, enum plant_kind kind,
		     bool huge_pmd)
{
	bool present = pte_present(pte), wanted = kind != PLANT_BACK;

	if (pte_none(pte) || present != wanted)
		return __pte(0);
	switch (kind) {
	case PLANT_WRITABLE:
		/* In this order: since 6.3 setting the mark write-protects. */
		return pte_set_flags(test_pte_mark(pte), _PAGE_RW);
	case PLANT_MARK:
		return pte_wrprotect(test_pte_mark(pte));
	case PLANT_READABLE:
		return test_pte_readable(test_pte_mark(pte), huge_pmd ?
					 PHYSICAL_PMD_PAGE_MASK : PTE_PFN_MASK);
	case PLANT_UNMARK:
		return test_pte_unmark(pte);
	case PLANT_DEVICE:
		return device_entry(pte, SWP_DEVICE_WRITE);
	case PLANT_EXCLUSIVE:
		return device_entry(pte, SWP_DEVICE_EXCLUSIVE);
	case PLANT_BACK:
		return device_entry_back(vma, pte, huge_pmd);
	default:
		break;
	}
	return pte;
}

static spinlock_t *lock_of(struct vm_area_struct *vma, struct test_entry *entry)
{
	if (is_vm_hugetlb_page(vma))
		return huge_pte_lockptr(hstate_vma(vma), vma->vm_mm, entry->ptep);
	if (entry->size == PAGE_SIZE)
		return pte_lockptr(vma->vm_mm, &entry->pmd);
	return pmd_lockptr(vma->vm_mm, (pmd_t *)entry->ptep);
}

/* Is the lock that is held still the entry's, and the entry still of its level? */
static bool unmoved(struct vm_area_struct *vma, struct test_entry *entry)
{
	pmd_t pmd;

	if (is_vm_hugetlb_page(vma))
		return true;
	if (entry->size == PAGE_SIZE)
		return pmd_same(entry->pmd, READ_ONCE(*entry->pmdp));
	pmd = READ_ONCE(*(pmd_t *)entry->ptep);
	return !pmd_present(pmd) || pmd_leaf(pmd);
}

/* In one step: hardware may set a bit of the entry at any time. */
static int plant_entry(struct vm_area_struct *vma, struct test_entry *entry,
		       enum plant_kind kind)
{
	bool huge_pmd = entry->size == PMD_SIZE && !is_vm_hugetlb_page(vma);
	pte_t *ptep = entry->ptep, old, new;

	do {
		old = ptep_get(ptep);
		new = planted(vma, old, kind, huge_pmd);
		if (pte_none(new))
			return -ENOENT;
	} while (cmpxchg(&ptep->pte, old.pte, new.pte) != old.pte);
	return 0;
}

/*
 * The mmap lock is held for reading; that keeps the VMA, RCU keeps the table. Returns
 * the size of what the entry maps.
 */
static long plant_locked(struct vm_area_struct *vma, unsigned long addr,
			 enum plant_kind kind)
{
	struct test_entry entry = test_entry_of(vma->vm_mm, addr);
	spinlock_t *ptl;	/* the entry's own */
	int err;

	if (!entry.ptep || (kind >= PLANT_DEVICE && is_vm_hugetlb_page(vma)) ||
	    (kind == PLANT_EXCLUSIVE && entry.size != PAGE_SIZE))
		return -ENOENT;
	ptl = lock_of(vma, &entry);
	spin_lock(ptl);
	err = unmoved(vma, &entry) ? plant_entry(vma, &entry, kind) : -EAGAIN;
	spin_unlock(ptl);
	return err ?: (long)entry.size;
}

static int plant(pid_t nr, unsigned long addr, enum plant_kind kind)
{
	struct mm_struct *mm = test_mm_of(nr);
	struct vm_area_struct *vma;
	long size = -ENOENT;

	if (!mm)
		return -ESRCH;
	if (kind >= PLANT_UNSTABLE) {
		set_unstable(mm, kind == PLANT_UNSTABLE);
		mmput(mm);
		return 0;
	}
	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr) {
		rcu_read_lock();
		size = plant_locked(vma, addr, kind);
		rcu_read_unlock();
	}
	mmap_read_unlock(mm);
	/*
	 * Only "mark" takes permission away. A CPU with a stale read-only
	 * entry of the other kinds faults once and finds the new one.
	 */
	if (size > 0)
		static_call(plant_flush)(mm, addr, addr + size, ilog2(size), false);
	mmput(mm);
	return min(size, 0L);
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
	if (kind >= PLANT_DEVICE && kind < PLANT_UNSTABLE && !HAS_DEVICE_ENTRIES)
		return -EOPNOTSUPP;
	return plant(nr, addr, kind);
}

static const struct kernel_param_ops plant_ops = {
	.set = plant_set,
};
module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "\"PID ADDRESS KIND\": writable, mark, unmark, readable, device, exclusive, back, unstable or stable (write only)");

static int __init plant_init(void)
{
	typeof(no_flush) *flush = test_address_of("flush_tlb_mm_range");

	if (!flush)
		return -ENOENT;
	static_call_update(plant_flush, flush);
	return 0;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Test: plants a page-table entry in a process");
MODULE_LICENSE("GPL");
