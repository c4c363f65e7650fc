/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way down to the slot of an entry. Reads only, with inline helpers, none of
 * which writes on finding a bad entry.
 */
#ifndef UFFDWP_TABLE_H
#define UFFDWP_TABLE_H

#include <linux/hugetlb.h>
#include <linux/mm.h>

/* The table that an entry of a table above points to. */
static __always_inline void *guard_table_at(u64 val)
{
	return __va(val & PTE_PFN_MASK);
}

/* The pud slot that covers @addr, NULL if there is none yet. */
static __always_inline pud_t *guard_find_pud(struct mm_struct *mm,
					     unsigned long addr)
{
	p4d_t *p4dp = (p4d_t *)pgd_offset(mm, addr), p4d;

	if (pgtable_l5_enabled()) {
		if (pgd_none(READ_ONCE(*(pgd_t *)p4dp)))
			return NULL;
		p4dp = p4d_offset((pgd_t *)p4dp, addr);
	}
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return NULL;
	return (pud_t *)guard_table_at(p4d_val(p4d)) + pud_index(addr);
}

/**
 * guard_find_pmd() - the pmd slot that covers an address
 * @mm: the address space
 * @addr: the address
 *
 * A leaf above the pmd is device memory, which userfaultfd does not register.
 *
 * Context: any; the caller keeps the page tables, see part.c.
 *
 * Return: the slot, NULL if nothing is mapped there by a pmd.
 */
static __always_inline pmd_t *guard_find_pmd(struct mm_struct *mm,
					     unsigned long addr)
{
	pud_t *pudp = guard_find_pud(mm, addr), pud;

	if (!pudp)
		return NULL;
	pud = READ_ONCE(*pudp);
	/* A leaf is bad, too. What is damaged is not followed. */
	if (!pud_present(pud) || pud_bad(pud))
		return NULL;
	return (pmd_t *)guard_table_at(pud_val(pud)) + pmd_index(addr);
}

/**
 * guard_find_huge_pte() - the slot of a hugetlb entry
 * @mm: the address space
 * @addr: the address, aligned to @size
 * @size: of the huge page, in bytes
 *
 * It is found without a lock and goes away only with the VMA: page tables that
 * hugetlb shares between processes are unshared when uffd-wp is registered (commit
 * 6dfeaff93be1).
 *
 * Context: any; the caller keeps the page tables, see part.c.
 *
 * Return: the slot, NULL if there is none yet.
 */
static inline pte_t *guard_find_huge_pte(struct mm_struct *mm,
					 unsigned long addr, unsigned long size)
{
	pud_t *pudp = guard_find_pud(mm, addr);

	if (pudp && size == PUD_SIZE)
		return (pte_t *)pudp;
	return (pte_t *)guard_find_pmd(mm, addr);
}

#endif /* UFFDWP_TABLE_H */
