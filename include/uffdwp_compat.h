/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes older kernels look like the newest. Force-included by Kbuild, and with its two
 * parts (entries, prototypes) all that knows one kernel from another. It asks for
 * features, by macro, header or prototype, and for a version only where nothing else
 * can tell.
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

#include "uffdwp_compat_entries.h"
#include "uffdwp_compat_prototypes.h"

#ifndef CONFIG_X86_64
#error "uffdwp_guard supports x86-64 only: walk and TLB flush were proved there"
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

/* A fault in a handler counted as a hit that was missed up to 5.13, commit ec6aba3d2be1. */
#define GUARD_FAULT_IS_MISSED \
	(LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0))

/* The system's workqueue whose works may run on any CPU: 128ea9f6ccfb gave it another name. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define guard_system_wq	system_dfl_wq
#else
#define guard_system_wq	system_unbound_wq
#endif

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

/* Read-write protection came with 7.3. */
#ifndef MM_CP_UFFD_RWP_ALL
#define MM_CP_UFFD_RWP		0
#define MM_CP_UFFD_RWP_RESOLVE	0
#endif

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

/* That of kernel threads has a name of its own from 5.17 on, cead18552660. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
#define kthread_complete_and_exit	complete_and_exit
#endif

/* The directory is a path from 5.13 on, ffb37ca3bd16. */
static inline struct file *guard_open_at(const struct path *root,
					 const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
	return file_open_root(root, name, O_RDONLY, 0);
#else
	return file_open_root(root->dentry, root->mnt, name, O_RDONLY, 0);
#endif
}

/* The source of a trace event's string is known from 6.10 on, 2c92ca849fcc. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define guard_assign_str(field, source)	__assign_str(field)
#else
#define guard_assign_str(field, source)	__assign_str(field, source)
#endif

#endif /* UFFDWP_COMPAT_H */
