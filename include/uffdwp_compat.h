/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes older kernels look like the newest. Force-included by Kbuild, and the
 * only file that knows one kernel from another. It asks for features, by macro,
 * header or prototype, and for a version only where nothing else can tell.
 */
#ifndef UFFDWP_COMPAT_H
#define UFFDWP_COMPAT_H

#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/kprobes.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmu_notifier.h>
#include <linux/pgtable.h>
#include <linux/rmap.h>
#include <linux/sched/coredump.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <linux/version.h>

/*
 * <asm/tlbflush.h> hides this from modules, but <asm/tlb.h>, whose inline helpers
 * add to an open mmu_gather, does not compile without. Unchanged since 5.0; it is
 * not exported: symbols.c finds it.
 */
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start,
			unsigned long end, unsigned int stride_shift,
			bool freed_tables);
#include <asm/tlb.h>

#ifndef CONFIG_X86_64
#error "uffdwp_guard supports x86-64 only: walk and TLB flush were proved there"
#endif

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

static inline bool userfaultfd_rwp(struct vm_area_struct *vma)
{
	return false;
}

static inline bool userfaultfd_protected(struct vm_area_struct *vma)
{
	return userfaultfd_wp(vma);
}
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

/*
 * Does this task hold mmap_lock for writing? Writers alone leave the plain task there, and
 * take it away before they let go. A lock of PREEMPT_RT has no such word.
 */
static inline bool guard_writes_mmap(struct mm_struct *mm)
{
#ifdef CONFIG_PREEMPT_RT
	return false;
#else
	return atomic_long_read(&mm->mmap_lock.owner) == (long)current;
#endif
}

/* Exclusiveness of anonymous pages came with 5.19, commit 6c287605fd56. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
#define make_readable_exclusive_migration_entry(offset) \
	make_readable_migration_entry(offset)
#endif

/* A fault in a handler counted as a hit that was missed up to 5.13, commit ec6aba3d2be1. */
#define GUARD_FAULT_IS_MISSED \
	(LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0))

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

/* The mark of a present entry. */
#ifdef _PAGE_BIT_UFFD
#define GUARD_PTE_MARK		_PAGE_UFFD
#else
#define GUARD_PTE_MARK		_PAGE_UFFD_WP
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

/* The flags of an mm have an accessor since 6.18. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define mm_flags_test(flag, mm)	test_bit(flag, &(mm)->flags)
#endif

/*
 * Is the mark taken off by a fault, without anybody's being asked? Asynchronous protection
 * came with 6.7, commit d61ea1cb0095; the structure that knows is in a header since
 * 6.9, commit f91e6b41dd11. The caller need not keep it: it may be told anything then.
 */
#if defined(UFFD_FEATURE_WP_ASYNC) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static inline bool guard_asynchronous(struct vm_area_struct *vma)
{
	return true;
}
#elif defined(UFFD_FEATURE_WP_ASYNC)
#ifndef UFFD_FEATURE_RWP_ASYNC
#define UFFD_FEATURE_RWP_ASYNC	0
#endif
static inline bool guard_asynchronous(struct vm_area_struct *vma)
{
	struct userfaultfd_ctx *ctx = READ_ONCE(vma->vm_userfaultfd_ctx.ctx);
	unsigned int features;

	if (copy_from_kernel_nofault(&features, &ctx->features,
				     sizeof(features)))
		return true;
	return features & (UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_RWP_ASYNC);
}
#else
static inline bool guard_asynchronous(struct vm_area_struct *vma)
{
	return false;
}
#endif

/* Folios came with 5.16; what is one since then was a head page before. */
struct folio;
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
static inline long folio_nr_pages(struct folio *folio)
{
	return compound_nr((struct page *)folio);
}
#endif

/* That of anonymous pages in private memory of files is one of its own since 7.3. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#define vma_start_anon_pgoff(vma)	((vma)->vm_pgoff)
#endif

/* Where in its object an anonymous page lies: page_to_pgoff(), which not all have. */
static inline pgoff_t guard_page_pgoff(struct page *page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
	struct page *head = compound_head(page);

	return head->index + (page - head);
#else
	struct folio *folio = page_folio(page);

	return folio->index + (page - &folio->page);
#endif
}

/* A fault completes without its lock since 6.0, commit d92725256b4f. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
#define VM_FAULT_COMPLETED	((__force vm_fault_t)0)
#endif

/*
 * An instance finds its probe by a function since 5.11, commit d741bf41d7c7. Until then
 * return handlers ran under a raw lock.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define get_kretprobe(ri)	((ri)->rp)
#define GUARD_RETURNS_IRQS_OFF	true
#else
#define GUARD_RETURNS_IRQS_OFF	false
#endif

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

/* Read-write protection came with 7.3. */
#ifndef MM_CP_UFFD_RWP_ALL
#define MM_CP_UFFD_RWP		0
#define MM_CP_UFFD_RWP_RESOLVE	0
#endif

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

/* Registration against any access came with 7.3. */
#ifndef UFFDIO_REGISTER_MODE_RWP
#define UFFDIO_REGISTER_MODE_RWP	0
#endif

/* PAGEMAP_SCAN came with 6.7, commit 52526ca7fdb9. */
#if defined(PAGEMAP_SCAN) && defined(CONFIG_PROC_PAGE_MONITOR)
#define GUARD_PAGEMAP_SCAN	true
#else
#define GUARD_PAGEMAP_SCAN	false
#endif

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

#ifdef CONFIG_MMU_NOTIFIER
/* The VMA went in 6.3, commit 7d4a8be0c4b2; only_end in 6.6, ec8832d007cb. */
static inline void guard_notifier_range_init(struct mmu_notifier_range *range,
					     struct mm_struct *mm,
					     unsigned long start,
					     unsigned long end)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	mmu_notifier_range_init(range, MMU_NOTIFY_PROTECTION_PAGE, 0, mm,
				start, end);
#else
	mmu_notifier_range_init(range, MMU_NOTIFY_PROTECTION_PAGE, 0, NULL,
				mm, start, end);
#endif
}

#define GUARD_RANGE_END_ONLY_END \
	GUARD_PROTOTYPE(__mmu_notifier_invalidate_range_end, void, \
			struct mmu_notifier_range *, bool)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define guard_call_range_end(fn, range)	fn(range)
#else
#define guard_call_range_end(fn, range)	fn(range, false)
#endif
#endif /* CONFIG_MMU_NOTIFIER */

/* Kinds of BTF that the headers do not know: no number changes its meaning. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
#define BTF_KIND_FLOAT		16
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#define BTF_KIND_DECL_TAG	17
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#define BTF_KIND_TYPE_TAG	18
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
#define BTF_KIND_ENUM64		19
#endif

/* Declared only where it is. */
#ifndef CONFIG_STACKTRACE
#define stack_trace_save \
	((unsigned int (*)(unsigned long *, unsigned int, unsigned int))NULL)
#endif

/* Kernel workers that look like threads of a process came with 5.12 and 6.4. */
#ifndef PF_IO_WORKER
#define PF_IO_WORKER	0
#endif
#ifndef PF_USER_WORKER
#define PF_USER_WORKER	0
#endif

/* The source of a trace event's string is known from 6.10 on, 2c92ca849fcc. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define guard_assign_str(field, source)	__assign_str(field)
#else
#define guard_assign_str(field, source)	__assign_str(field, source)
#endif

#endif /* UFFDWP_COMPAT_H */
