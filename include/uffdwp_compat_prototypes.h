/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which prototypes the probed functions have on this kernel: part of uffdwp_compat.h.
 */
#ifndef UFFDWP_COMPAT_PROTOTYPES_H
#define UFFDWP_COMPAT_PROTOTYPES_H

#include <linux/hugetlb.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/rmap.h>
#include <linux/version.h>

/*
 * Where a header declares a probed function, its prototype tells how to read the
 * arguments, and an unknown prototype is noticed when the module is built.
 */
#define GUARD_PROTOTYPE(fn, ret, ...) \
	__builtin_types_compatible_p(typeof(fn), ret(__VA_ARGS__))

/* change_protection() got its mmu_gather in 5.19, commit 4a18419f71cd. */
#define GUARD_CHANGE_PROTECTION_TLB \
	(GUARD_PROTOTYPE(change_protection, long, struct mmu_gather *, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, unsigned long) || \
	 GUARD_PROTOTYPE(change_protection, long, struct mmu_gather *, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, pgprot_t, unsigned long) || \
	 GUARD_PROTOTYPE(change_protection, unsigned long, \
			 struct mmu_gather *, struct vm_area_struct *, \
			 unsigned long, unsigned long, pgprot_t, \
			 unsigned long))
#define GUARD_CHANGE_PROTECTION_NO_TLB \
	GUARD_PROTOTYPE(change_protection, unsigned long, \
			struct vm_area_struct *, unsigned long, \
			unsigned long, pgprot_t, unsigned long)

/* As change_protection(): its mmu_gather came in 5.19, commit 4a18419f71cd. */
#define GUARD_CHANGE_HUGE_PMD_TLB \
	GUARD_PROTOTYPE(change_huge_pmd, int, struct mmu_gather *, \
			struct vm_area_struct *, pmd_t *, unsigned long, \
			pgprot_t, unsigned long)
#define GUARD_CHANGE_HUGE_PMD_NO_TLB \
	GUARD_PROTOTYPE(change_huge_pmd, int, struct vm_area_struct *, \
			pmd_t *, unsigned long, pgprot_t, unsigned long)

/* Which argument of each has the flags, if there are any. */
#define GUARD_CHANGE_PROTECTION_FLAGS \
	(GUARD_PROTOTYPE(change_protection, long, struct mmu_gather *, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, unsigned long) || \
	 GUARD_CHANGE_PROTECTION_NO_TLB ? 4 : 5)
#define GUARD_CHANGE_HUGE_PMD_FLAGS	(GUARD_CHANGE_HUGE_PMD_TLB ? 5 : 4)

/* The pmd went from its arguments in 5.15, commit 5db4f15c4fd7. */
#define GUARD_KNOWN_DO_HUGE_PMD_NUMA_PAGE \
	(GUARD_PROTOTYPE(do_huge_pmd_numa_page, vm_fault_t, \
			 struct vm_fault *) || \
	 GUARD_PROTOTYPE(do_huge_pmd_numa_page, vm_fault_t, \
			 struct vm_fault *, pmd_t))

/* cp_flags came with uffd-wp for hugetlb, 5.19, commit 5a90d5a103c2. */
#define GUARD_KNOWN_HUGETLB_CHANGE_PROTECTION \
	(GUARD_PROTOTYPE(hugetlb_change_protection, long, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, pgprot_t, unsigned long) || \
	 GUARD_PROTOTYPE(hugetlb_change_protection, unsigned long, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, pgprot_t, unsigned long) || \
	 GUARD_PROTOTYPE(hugetlb_change_protection, unsigned long, \
			 struct vm_area_struct *, unsigned long, \
			 unsigned long, pgprot_t))
#define GUARD_HUGETLB_CHANGE_PROTECTION_FLAGS \
	(!GUARD_PROTOTYPE(hugetlb_change_protection, unsigned long, \
			  struct vm_area_struct *, unsigned long, \
			  unsigned long, pgprot_t))
#define GUARD_KNOWN_HUGETLB_FAULT \
	GUARD_PROTOTYPE(hugetlb_fault, vm_fault_t, struct mm_struct *, \
			struct vm_area_struct *, unsigned long, unsigned int)

/*
 * What fills an entry for userfaultfd took the mm, too, before the VMA up to 6.3,
 * commit 61c5004022f5; and that for hugetlb had another name.
 */
#define GUARD_MFILL_MM		(LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0))

/*
 * No header has collapse_huge_page(). It tells what came of it since 6.1, as an enum since
 * 7.0 ("mm/khugepaged: use enum scan_result for result variables and return types"), and
 * makes folios of any order since 7.2. Where a version is not enough, BTF knows.
 */
#define GUARD_COLLAPSE_TELLS	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0))
#define GUARD_COLLAPSE_ENUM	(LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))
#define GUARD_COLLAPSE_BY_ORDER	(LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0))

/* mpol_misplaced() takes the vm_fault since 6.10, commit f8fd525ba3a2. */
#define GUARD_MPOL_MISPLACED_VMF \
	(GUARD_PROTOTYPE(mpol_misplaced, int, struct folio *, \
			 struct vm_fault *, unsigned long))
#define GUARD_MPOL_MISPLACED_VMA \
	GUARD_PROTOTYPE(mpol_misplaced, int, struct folio *, \
			struct vm_area_struct *, unsigned long)
#define GUARD_MPOL_MISPLACED_PAGE \
	GUARD_PROTOTYPE(mpol_misplaced, int, struct page *, \
			struct vm_area_struct *, unsigned long)

/* remove_migration_pte() is what rmap_walk() calls: folios since 5.18. */
#define GUARD_RMAP_ONE(type) \
	GUARD_PROTOTYPE(*((struct rmap_walk_control *)0)->rmap_one, bool, \
			type, struct vm_area_struct *, unsigned long, void *)
#define GUARD_RMAP_ONE_FOLIO	GUARD_RMAP_ONE(struct folio *)
#define GUARD_RMAP_ONE_PAGE	GUARD_RMAP_ONE(struct page *)

#endif /* UFFDWP_COMPAT_PROTOTYPES_H */
