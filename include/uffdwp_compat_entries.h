/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What older kernels call the marks and the kinds of entries: part of uffdwp_compat.h.
 */
#ifndef UFFDWP_COMPAT_ENTRIES_H
#define UFFDWP_COMPAT_ENTRIES_H

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <linux/version.h>

/* 7.3 renamed the mark, which serves read-write protection too since then. */
#ifndef pgtable_supports_uffd
#define pte_uffd		pte_uffd_wp
#define pte_mkuffd		pte_mkuffd_wp
#define pte_clear_uffd		pte_clear_uffd_wp
#define pte_swp_clear_uffd	pte_swp_clear_uffd_wp
#define pte_swp_uffd		pte_swp_uffd_wp
#define pte_swp_mkuffd		pte_swp_mkuffd_wp
#define pmd_uffd		pmd_uffd_wp
#define pmd_mkuffd		pmd_mkuffd_wp
#define pmd_clear_uffd		pmd_clear_uffd_wp
#define pmd_swp_clear_uffd	pmd_swp_clear_uffd_wp
#define pmd_swp_uffd		pmd_swp_uffd_wp
#define pmd_swp_mkuffd		pmd_swp_mkuffd_wp

#define VM_UFFD_RWP		VM_NONE
#endif

/*
 * 6.19 gave entries that are not present names and types of their own, in a
 * header that <linux/userfaultfd_k.h> includes.
 */
#ifndef _LINUX_LEAFOPS_H
#define softleaf_t	swp_entry_t

/* Stable 6.12 has taken over these two. */
#ifndef softleaf_from_pte
#define softleaf_from_pte(pte)			pte_to_swp_entry(pte)
#define softleaf_to_pfn(entry)			swp_offset_pfn(entry)
#endif
#define softleaf_from_pmd(pmd)			pmd_to_swp_entry(pmd)
#define softleaf_to_pte(entry)			swp_entry_to_pte(entry)
#define softleaf_to_pmd(entry)			swp_entry_to_pmd(entry)
#define softleaf_is_migration(entry)		is_migration_entry(entry)
#define softleaf_is_migration_write(entry)	is_writable_migration_entry(entry)

/* That for a pmd was added in 7.3 only. */
#elif LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#define softleaf_to_pmd(entry)			swp_entry_to_pmd(entry)
#endif

/*
 * 5.19 put markers where a page of shared memory would be that carries the mark (commit
 * 1db9dbc2ef05), and 6.19 gave the question another name.
 */
#ifdef _LINUX_LEAFOPS_H
#define guard_pte_is_marker(pte)	pte_is_uffd_wp_marker(pte)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
#define guard_pte_is_marker(pte)	pte_marker_uffd_wp(pte)
#else
#define guard_pte_is_marker(pte)	false
#endif

/*
 * Entries of memory that a device has: writable ones are what the kernel's own page
 * table check counts as open, with migration entries. Device-private ones know write
 * access on all kernels, device-exclusive ones from 5.14 to 6.14.
 */
#ifdef _LINUX_LEAFOPS_H
#define guard_device_private_write(entry) \
	softleaf_is_device_private_write(entry)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#define guard_device_private_write(entry) \
	is_writable_device_private_entry(entry)
#else
#define guard_device_private_write(entry) \
	is_write_device_private_entry(entry)
static inline swp_entry_t make_readable_device_private_entry(pgoff_t offset)
{
#ifdef CONFIG_DEVICE_PRIVATE
	return swp_entry(SWP_DEVICE_READ, offset);
#else
	return swp_entry(0, 0);
#endif
}
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define guard_device_exclusive_write(entry) \
	is_writable_device_exclusive_entry(entry)
#else
#define guard_device_exclusive_write(entry)		false
#define make_readable_device_exclusive_entry(offset)	swp_entry(0, 0)
#endif

/* A migration entry holds nothing but the page frame number up to 6.0. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define swp_offset_pfn(entry)			swp_offset(entry)
#endif

/* Exclusiveness of anonymous pages came with 5.19, commit 6c287605fd56. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
#define make_readable_exclusive_migration_entry(offset) \
	make_readable_migration_entry(offset)
#endif

/* Migration entries were made from pages up to 5.13, commit 4dd845b5a3e5. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define is_writable_migration_entry(entry)	is_write_migration_entry(entry)
#define make_readable_migration_entry(offset) \
	swp_entry(SWP_MIGRATION_READ, offset)
#define make_writable_migration_entry(offset) \
	swp_entry(SWP_MIGRATION_WRITE, offset)
#endif

/*
 * pte_modify() and pmd_modify() with PAGE_NONE, which modules cannot use: they need
 * cc_mask, which is not exported. Without these four bits and with that of PROT_NONE an
 * entry is what they make of it; its page frame number is inverted against L1TF.
 */
#define GUARD_ACCESS_BITS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_NX)

static inline pte_t guard_pte_mknone(pte_t pte)
{
	u64 old = pte_val(pte_wrprotect(pte));
	u64 val = (old & ~GUARD_ACCESS_BITS) | _PAGE_PROTNONE;

	return __pte(flip_protnone_guard(old, val, PTE_PFN_MASK));
}

/* The mark of a present entry, and of one that is not. */
#ifdef _PAGE_BIT_UFFD
#define GUARD_PTE_MARK		_PAGE_UFFD
#define GUARD_PTE_SWP_MARK	_PAGE_SWP_UFFD
#else
#define GUARD_PTE_MARK		_PAGE_UFFD_WP
#define GUARD_PTE_SWP_MARK	_PAGE_SWP_UFFD_WP
#endif

/* Without these, pte_write() is false. Dirty alone can mean a shadow stack since 6.6. */
#ifdef _PAGE_SAVED_DIRTY
#define GUARD_PTE_WRITE		(_PAGE_RW | _PAGE_DIRTY)
#else
#define GUARD_PTE_WRITE		_PAGE_RW
#endif

/* The bits of an entry, but for its page frame number as the hardware has them. */
static inline u64 guard_pte_bits(const pte_t *ptep)
{
	return native_pte_val(READ_ONCE(*ptep));
}

/*
 * Is it a migration entry, and not a writable one? What softleaf_from_pte() would tell, of one
 * that is not present, from nothing but the bits that hold the type.
 */
static inline bool guard_pte_migrates_readable(pte_t pte)
{
#ifdef CONFIG_MIGRATION
	unsigned long type = __swp_type(__pte_to_swp_entry(pte));

	return type >= SWP_MIGRATION_READ && type < SWP_MIGRATION_WRITE;
#else
	return false;
#endif
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
static inline pmd_t guard_pmd_mknone(pmd_t pmd)
{
	u64 old = pmd_val(pmd_wrprotect(pmd));
	u64 val = (old & ~GUARD_ACCESS_BITS) | _PAGE_PROTNONE;

	return __pmd(flip_protnone_guard(old, val, PHYSICAL_PMD_PAGE_MASK));
}
#endif

/* Huge pages of DAX memory were no transparent huge pages to the kernel up to 6.16. */
static inline bool guard_pmd_huge(pmd_t pmd)
{
#ifdef CONFIG_ARCH_HAS_PTE_DEVMAP
	if (pmd_devmap(pmd))
		return true;
#endif
	return pmd_trans_huge(pmd);
}

#endif /* UFFDWP_COMPAT_ENTRIES_H */
