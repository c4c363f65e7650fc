// SPDX-License-Identifier: GPL-2.0
/*
 * The way down to the slot of an entry. Reads only, with inline helpers, none of
 * which writes on finding a bad entry.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>

#include "uffdwp_guard.h"

/* The pud slot that covers @addr, NULL if there is none yet. */
static __always_inline pud_t *find_pud(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgdp = pgd_offset(mm, addr);
	p4d_t *p4dp;

	if (pgd_none(READ_ONCE(*pgdp)))
		return NULL;
	p4dp = p4d_offset(pgdp, addr);
	if (p4d_none(READ_ONCE(*p4dp)))
		return NULL;
	return pud_offset(p4dp, addr);
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
pmd_t *guard_find_pmd(struct mm_struct *mm, unsigned long addr)
{
	pud_t *pudp = find_pud(mm, addr);
	pud_t pud = pudp ? READ_ONCE(*pudp) : __pud(0);

	/* A leaf is bad, too. */
	if (!pud_present(pud) || pud_bad(pud))
		return NULL;
	return pmd_offset(pudp, addr);
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
pte_t *guard_find_huge_pte(struct mm_struct *mm, unsigned long addr,
			   unsigned long size)
{
	pud_t *pudp = find_pud(mm, addr);

	if (pudp && size == PUD_SIZE)
		return (pte_t *)pudp;
	return (pte_t *)guard_find_pmd(mm, addr);
}
