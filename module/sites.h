/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files with carriers of the table of sites share: sites.c has the table, migration
 * and hinting faults, protect_sites.c mprotect, huge_sites.c huge entries, merge_sites.c KSM,
 * collapse_sites.c collapse, fault_sites.c faults, more_sites.c all else.
 */
#ifndef UFFDWP_SITES_H
#define UFFDWP_SITES_H

#include <linux/mm.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

static inline unsigned long arg(struct pt_regs *regs, unsigned int n)
{
	return regs_get_kernel_argument(regs, n);
}

/* remove_migration_pte(), mpol_misplaced(), change_*(): the VMA is second. */
#define VMA_FIRST		GUARD_VMA_IN(di)
#define VMA_SECOND		GUARD_VMA_IN(si)
#define VMA_OF_VMF_FIRST	GUARD_VMA_OF(di, struct vm_fault)
#define VMA_OF_VMF_SECOND	GUARD_VMA_OF(si, struct vm_fault)

/*
 * @nr entries from @addr, which may be the middle of what the path touches: only
 * the VMA bounds the span. Looking at a neighbour more does no harm.
 */
static inline void span_around(struct guard_span *span, unsigned long addr,
			       unsigned long before, unsigned long after)
{
	struct vm_area_struct *vma = span->vma;
	unsigned long start = addr - min(before << PAGE_SHIFT, addr);
	unsigned long end = addr + (after << PAGE_SHIFT);

	span->start = max(start, vma->vm_start);
	span->end = min(end, vma->vm_end);
}

/* The entries of one page table, or the huge one in its place. */
static inline void span_of_table(struct guard_span *span, unsigned long addr)
{
	unsigned long table = addr & PMD_MASK;

	span->start = max(table, span->vma->vm_start);
	span->end = min(table + PMD_SIZE, span->vma->vm_end);
}

/*
 * With VM_FAULT_RETRY or VM_FAULT_COMPLETED the lock is gone and the VMA may be
 * freed. What rebuilds the entry after a hinting fault never returns either.
 */
static inline bool fault_kept_vma(unsigned long retval)
{
	vm_fault_t fault = (__force vm_fault_t)retval;

	return !(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED));
}

/*
 * Who wrote to a file was given access, and then waited without the lock. Before 6.0 it
 * was told to begin again, but such files can be protected only since 6.7.
 */
static inline bool fault_completed(unsigned long retval)
{
	return (__force vm_fault_t)retval & VM_FAULT_COMPLETED;
}

/*
 * For paths with more in them: an entry was made, and the write to it waits. Not all that
 * are to begin again do: a signal can end them.
 */
static inline bool fault_may_have_changed(unsigned long retval)
{
	return true;
}

/* sites.c */
extern const struct guard_prototype guard_userfaultfd_ioctl_takes;

/*
 * change_protection() and what it calls: mprotect() has flags of neither userfaultfd nor
 * NUMA balancing, and holds mmap_lock for writing. Whoever else changes protection
 * holds it for reading, or another lock that lets others at the marks.
 */
static inline enum guard_ask ask_by_flags(unsigned long flags)
{
	if (flags & (MM_CP_UFFD_WP_RESOLVE | MM_CP_UFFD_RWP_RESOLVE))
		return GUARD_ASK_RESOLVE;
	if (flags & (MM_CP_UFFD_WP | MM_CP_UFFD_RWP | MM_CP_PROT_NUMA))
		return GUARD_ASK_ELSE;
	return GUARD_ASK_TO_KEEP;
}

/* merge_sites.c */
extern const struct guard_carrier try_to_merge_one_page_carriers[1];

/* collapse_sites.c */
extern const struct guard_prototype guard_pmdp_collapse_flush_takes;
extern const struct guard_carrier collapse_huge_page_carriers[1];

/* protect_sites.c */
extern const struct guard_carrier change_pte_range_carriers[2];

/* huge_sites.c */
extern const struct guard_carrier hugetlb_change_protection_carriers[1];
extern const struct guard_carrier hugetlb_fault_carriers[1];
extern const struct guard_carrier change_huge_pmd_carriers[1];
extern const struct guard_carrier do_huge_pmd_numa_page_carriers[1];

/* fault_sites.c */
extern const struct guard_carrier do_swap_page_carriers[1];
extern const struct guard_carrier do_wp_page_carriers[1];
extern const struct guard_carrier do_huge_pmd_wp_page_carriers[1];
extern const struct guard_carrier finish_fault_carriers[1];
extern const struct guard_carrier handle_mm_fault_carriers[1];

/* more_sites.c */
extern const struct guard_carrier copy_page_range_carriers[1];
extern const struct guard_carrier move_page_tables_carriers[1];
extern const struct guard_carrier split_huge_pmd_carriers[1];
extern const struct guard_carrier unuse_pte_range_carriers[1];
extern const struct guard_carrier mfill_atomic_install_pte_carriers[1];
extern const struct guard_carrier hugetlb_mfill_atomic_pte_carriers[1];
extern const struct guard_carrier clear_refs_pte_range_carriers[1];
extern const struct guard_carrier pagemap_scan_pmd_entry_carriers[1];
extern const struct guard_carrier pagemap_scan_hugetlb_entry_carriers[1];

#endif /* UFFDWP_SITES_H */
