/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way down to the slot of an entry. Reads only, with inline helpers, none of
 * which writes on finding a bad entry.
 */
#ifndef UFFDWP_TABLE_H
#define UFFDWP_TABLE_H

#include <linux/hugetlb.h>
#include <linux/mm.h>

/*
 * Does the slot of a pud or pmd point to a table? All else is not followed: none, a leaf, an
 * entry that is not present, what is damaged. The kernel makes them of _PAGE_TABLE on all
 * levels, which guard_needs_met() has seen that this takes. (Memory encryption's bit is one of
 * the address.) Much as pmd_bad(), whose masks are put together from variables each time, and
 * stricter than pud_bad().
 */
static __always_inline bool guard_sound_table(u64 val)
{
	const u64 address = GENMASK_ULL(51, PAGE_SHIFT);

	return (val & ~(address | _PAGE_USER | _PAGE_ACCESSED)) ==
	       (_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY);
}

/* The table that an entry of a table above points to. */
static __always_inline void *guard_table_at(u64 val)
{
	return __va(val & PTE_PFN_MASK);
}

/* The pud slot that covers @addr, NULL if there is none yet. */
static __always_inline pud_t *guard_find_pud(struct mm_struct *mm,
					     unsigned long addr)
{
	pgd_t *pgdp = pgd_offset(mm, addr), pgd;
	p4d_t *p4dp = (p4d_t *)pgdp, p4d;

	if (pgtable_l5_enabled()) {
		pgd = READ_ONCE(*pgdp);
		if (pgd_none(pgd))
			return NULL;
		p4dp = (p4d_t *)guard_table_at(pgd_val(pgd)) + p4d_index(addr);
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
 * A leaf above the pmd is device memory or hugetlb; no entry there carries a mark but hugetlb's
 * (guard_find_huge_pte()), and mprotect() splits the others first.
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
	if (!guard_sound_table(native_pud_val(pud)))
		return NULL;
	return (pmd_t *)guard_table_at(pud_val(pud)) + pmd_index(addr);
}

/**
 * guard_pud_damaged() - is there a pud that neither points to a table nor maps, nor is none?
 * @mm: the address space
 * @addr: the address, where guard_find_pmd() found nothing
 *
 * Context: as guard_find_pmd(). A table may have been hung there meanwhile: that is sound.
 *
 * Return: true if so.
 */
static inline bool guard_pud_damaged(struct mm_struct *mm, unsigned long addr)
{
	pud_t *pudp = guard_find_pud(mm, addr), pud;

	if (!pudp)
		return false;
	pud = READ_ONCE(*pudp);
	return !pud_none(pud) && !pud_leaf(pud) &&
	       !guard_sound_table(native_pud_val(pud));
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
