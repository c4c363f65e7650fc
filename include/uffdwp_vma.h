/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the flags of a VMA say, wherever it is kept. A path through the rmap keeps it by the
 * rmap's lock alone, and mprotect() may write the flags meanwhile, with mmap_lock held for
 * writing: the kernel reads them there in the same way, and relies on bits that do not change
 * (invalid_migration_vma()), as hugetlb and shared do not. Who registers or unregisters while a
 * path runs is not promised on which side of it that falls.
 *
 * They are asked for as one word: userfaultfd_protected() and userfaultfd_rwp() of 7.3 make a
 * bitmap of each flag on the stack first, and every process has this asked of its calls.
 */
#ifndef UFFDWP_VMA_H
#define UFFDWP_VMA_H

#include <linux/compiler.h>
#include <linux/hugetlb_inline.h>
#include <linux/mm.h>

#include "uffdwp_compat_entries.h"

/**
 * guard_vma_protected() - is a VMA registered for write protection, or against any access?
 * @vma: the VMA
 *
 * Context: any in which it cannot go away.
 *
 * Return: true if so.
 */
static __always_inline bool guard_vma_protected(struct vm_area_struct *vma)
{
	/* Its flags may be written: see above. */
	return data_race(vma->vm_flags & (VM_UFFD_WP | VM_UFFD_RWP));
}

/**
 * guard_vma_hugetlb() - is it hugetlb's?
 * @vma: the VMA
 *
 * Context: any in which it cannot go away.
 *
 * Return: true if so.
 */
static __always_inline bool guard_vma_hugetlb(struct vm_area_struct *vma)
{
	/* Its flags may be written: see above. */
	return data_race(is_vm_hugetlb_page(vma));
}

/**
 * guard_vma_shared() - is it a shared mapping?
 * @vma: the VMA
 *
 * Context: any in which it cannot go away.
 *
 * Return: true if so.
 */
static __always_inline bool guard_vma_shared(struct vm_area_struct *vma)
{
	/* Its flags may be written: see above. */
	return data_race(vma->vm_flags & VM_SHARED);
}

/**
 * guard_vma_rwp() - does the mark stand for protection against any access there?
 * @vma: the VMA
 *
 * Context: any in which it cannot go away.
 *
 * Return: true if so; where nobody may access it anyway, its entries promise nothing more.
 */
static __always_inline bool guard_vma_rwp(struct vm_area_struct *vma)
{
	/* Its flags may be written: see above. */
	return data_race((vma->vm_flags & VM_UFFD_RWP) &&
			 (vma->vm_flags & VM_ACCESS_FLAGS));
}

#endif /* UFFDWP_VMA_H */
