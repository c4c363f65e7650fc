// SPDX-License-Identifier: GPL-2.0
/*
 * Marks put back and taken off. Entries are exchanged in one step: never empty in
 * between, for there are those who look without the lock, and no bit is lost that the
 * hardware sets meanwhile.
 */
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>

#include "remark.h"
#include "uffdwp_guard.h"
#include "uffdwp_invariant.h"
#include "uffdwp_vma.h"

static pte_t marked_again(struct vm_area_struct *vma, pte_t old)
{
	pte_t pte;

	if (!pte_present(old)) {
		pte = pte_swp_mkuffd(old);
		return guard_judge_pte(pte, false) == GUARD_INTACT ?
		       pte : guard_readable_pte(old);
	}
	pte = pte_wrprotect(pte_mkuffd(old));
	return guard_vma_rwp(vma) ?
	       guard_pte_mknone(pte) : pte;
}

/**
 * guard_mark_pte() - put a lost mark back, along with what it promises
 * @vma: the VMA of the entry
 * @ptep: the entry
 *
 * Context: the entry's lock is held.
 *
 * Return: the entry as it is now.
 */
pte_t guard_mark_pte(struct vm_area_struct *vma, pte_t *ptep)
{
	pte_t old = ptep_get(ptep), pte;

	do {
		pte = marked_again(vma, old);
	} while (!try_cmpxchg(&ptep->pte, &old.pte, pte.pte));
	return pte;
}

static pmd_t huge_marked_again(struct vm_area_struct *vma, pmd_t old)
{
	pmd_t pmd;

	if (!pmd_present(old)) {
		pmd = pmd_swp_mkuffd(old);
		return guard_judge_pmd(pmd, false) == GUARD_INTACT ?
		       pmd : guard_readable_pmd(old);
	}
	pmd = pmd_wrprotect(pmd_mkuffd(old));
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (guard_vma_rwp(vma))
		pmd = guard_pmd_mknone(pmd);
#endif
	return pmd;
}

/**
 * guard_mark_pmd() - the same for a huge entry
 * @vma: the VMA of the entry
 * @pmdp: the entry
 *
 * Context: the entry's lock is held.
 *
 * Return: the entry as it is now.
 */
pmd_t guard_mark_pmd(struct vm_area_struct *vma, pmd_t *pmdp)
{
	pmd_t old = READ_ONCE(*pmdp), pmd;

	do {
		pmd = huge_marked_again(vma, old);
	} while (!try_cmpxchg(&pmdp->pmd, &old.pmd, pmd.pmd));
	return pmd;
}

/**
 * guard_unmark_pte() - take a stale mark off; the entry gives what access it gave
 * @ptep: the entry
 *
 * Neither a TLB nor a secondary MMU knows the mark: there is nothing for them to forget.
 *
 * Context: the entry's lock is held.
 *
 * Return: the entry as it is now.
 */
pte_t guard_unmark_pte(pte_t *ptep)
{
	pte_t old = ptep_get(ptep), pte;

	do {
		pte = pte_present(old) ? pte_clear_uffd(old) :
					 pte_swp_clear_uffd(old);
	} while (!try_cmpxchg(&ptep->pte, &old.pte, pte.pte));
	return pte;
}

/**
 * guard_unmark_pmd() - the same for a huge entry
 * @pmdp: the entry
 *
 * Context: the entry's lock is held.
 *
 * Return: the entry as it is now.
 */
pmd_t guard_unmark_pmd(pmd_t *pmdp)
{
	pmd_t old = READ_ONCE(*pmdp), pmd;

	do {
		pmd = pmd_present(old) ? pmd_clear_uffd(old) :
					 pmd_swp_clear_uffd(old);
	} while (!try_cmpxchg(&pmdp->pmd, &old.pmd, pmd.pmd));
	return pmd;
}
