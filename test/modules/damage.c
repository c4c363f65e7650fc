// SPDX-License-Identifier: GPL-2.0
/*
 * Damage the entry that points to a page table, and mend it.
 *
 *   echo "PID ADDRESS LEVEL" > /sys/module/damage/parameters/damage
 *
 * LEVEL is pmd (the entry that points to the table of the page's pte) or pud (one higher). It gets
 * a bit that hardware ignores and the kernel never sets there, or loses it again. Where
 * the kernel meets such an entry it complains and drops the table, so nobody may
 * protect, discard or unmap anything near meanwhile. -EINVAL malformed, -ESRCH no such process,
 * -ENOENT no such entry.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/string.h>

#include "walk.h"

/* 52 to 62 are ignored in an entry that points to a table. */
#define DAMAGE	BIT_ULL(52)

static const char * const level_names[] = { "pmd", "pud" };

/* The slot of the entry, NULL if there is no table. mmap_lock keeps it: nobody unmaps. */
static u64 *slot_of(struct mm_struct *mm, unsigned long addr, bool is_pud)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud) || pud_leaf(*pud))
		return NULL;
	if (is_pud)
		return (u64 *)pud;
	pmd = pmd_offset(pud, addr);
	return pmd_present(*pmd) && !pmd_leaf(*pmd) ? (u64 *)pmd : NULL;
}

static int damage_set(const char *val, const struct kernel_param *kp)
{
	struct mm_struct *mm;
	unsigned long addr;
	char name[8];
	int nr, level, used = 0;
	u64 *slot;

	if (sscanf(val, "%d %li %7s %n", &nr, &addr, name, &used) != 3 || val[used])
		return -EINVAL;
	level = match_string(level_names, ARRAY_SIZE(level_names), name);
	if (nr <= 0 || level < 0)
		return -EINVAL;
	mm = test_mm_of(nr);
	if (!mm)
		return -ESRCH;
	mmap_write_lock(mm);
	slot = slot_of(mm, addr, level);
	if (slot)
		WRITE_ONCE(*slot, *slot ^ DAMAGE);
	mmap_write_unlock(mm);
	mmput(mm);
	return slot ? 0 : -ENOENT;
}

static const struct kernel_param_ops damage_ops = {
	.set = damage_set,
};
module_param_cb(damage, &damage_ops, NULL, 0200);
MODULE_PARM_DESC(damage, "\"PID ADDRESS LEVEL\": pmd or pud (write only)");

MODULE_DESCRIPTION("Test: damages the entry that points to a page table");
MODULE_LICENSE("GPL");
