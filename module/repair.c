// SPDX-License-Identifier: GPL-2.0
/*
 * Repair: close the entry under its own lock, then make everyone forget it who
 * may have cached it while it was writable.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>

#include "remark.h"
#include "uffdwp_guard.h"
#include "uffdwp_invariant.h"

/*
 * The page of a migration entry is locked until the entry is gone, and anonymous
 * memory's exclusiveness lives in the entry: a plain readable one would lose it.
 */
static softleaf_t readable_migration_entry(softleaf_t entry)
{
	if (PageAnon(pfn_to_page(softleaf_to_pfn(entry))))
		return make_readable_exclusive_migration_entry(swp_offset(entry));
	return make_readable_migration_entry(swp_offset(entry));
}

/* The readable form of an entry that was judged open. */
static softleaf_t readable(softleaf_t entry)
{
	if (guard_device_private_write(entry))
		return make_readable_device_private_entry(swp_offset(entry));
	if (guard_device_exclusive_write(entry))
		return make_readable_device_exclusive_entry(swp_offset(entry));
	return readable_migration_entry(entry);
}

/*
 * Taken out and put back changed, as the kernel does under the same lock: the
 * hardware, which may be setting accessed and dirty, does so before or not at all.
 */
static pte_t pte_take_access(struct vm_area_struct *vma, unsigned long addr,
			     pte_t *ptep)
{
	pte_t pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);

	pte = guard_pte_mknone(pte);
	set_pte_at(vma->vm_mm, addr, ptep, pte);
	return pte;
}

/*
 * Never empty in between, for who looks without the lock (MADV_DONTNEED) passes over what is
 * empty. What the hardware has set until it was exchanged is put in afterwards.
 */
static pmd_t pmd_take_access(struct vm_area_struct *vma, unsigned long addr,
			     pmd_t *pmdp)
{
	pmd_t pmd = READ_ONCE(*pmdp);

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	pmd = pmdp_establish(vma, addr, pmdp, guard_pmd_mknone(pmd));
	pmd = guard_pmd_mknone(pmd);
	set_pmd_at(vma->vm_mm, addr, pmdp, pmd);
#endif
	return pmd;
}

/**
 * guard_readable_pte() - the readable form of an entry that is not present, with the mark
 * @old: an entry that was judged open
 *
 * Context: the entry's lock is held.
 *
 * Return: what may take its place.
 */
pte_t guard_readable_pte(pte_t old)
{
	pte_t pte = softleaf_to_pte(readable(softleaf_from_pte(old)));

	if (pte_swp_soft_dirty(old))
		pte = pte_swp_mksoft_dirty(pte);
	return pte_swp_mkuffd(pte);
}

/**
 * guard_readable_pmd() - the same for a huge one
 * @old: an entry that was judged open
 *
 * Context: the entry's lock is held.
 *
 * Return: what may take its place.
 */
pmd_t guard_readable_pmd(pmd_t old)
{
	pmd_t pmd = softleaf_to_pmd(readable(softleaf_from_pmd(old)));

	if (pmd_swp_soft_dirty(old))
		pmd = pmd_swp_mksoft_dirty(pmd);
	return pmd_swp_mkuffd(pmd);
}

/**
 * guard_close_pte() - take from a broken entry the access that it must not give
 * @vma: the VMA of the entry
 * @addr: the entry's address
 * @ptep: the entry: a pte, or a hugetlb entry, which x86 reads and writes as one
 * @kind: what is broken
 *
 * The mark and all else stay, but for a mark that was lost, which is put back, and a stale
 * one, which is taken off. A present entry's write bit is cleared atomically
 * against the hardware, which may be setting accessed and dirty.
 *
 * Context: the entry's page-table lock is held; does not sleep.
 *
 * Return: the entry as it is now.
 */
pte_t guard_close_pte(struct vm_area_struct *vma, unsigned long addr,
		      pte_t *ptep, enum guard_kind kind)
{
	pte_t old = ptep_get(ptep), pte;

	if (kind == GUARD_KIND_ACCESSIBLE)
		return pte_take_access(vma, addr, ptep);
	if (kind == GUARD_KIND_LOST_MARK)
		return guard_mark_pte(vma, ptep);
	if (kind == GUARD_KIND_STALE_MARK)
		return guard_unmark_pte(ptep);
	if (pte_present(old)) {
		ptep_set_wrprotect(vma->vm_mm, addr, ptep);
		return ptep_get(ptep);
	}
	pte = guard_readable_pte(old);
	set_pte_at(vma->vm_mm, addr, ptep, pte);
	return pte;
}

/**
 * guard_close_pmd() - take from a broken huge entry the access that it must not give
 * @vma: the VMA of the entry
 * @addr: the entry's address, aligned to its size
 * @pmdp: the entry: of a transparent huge page, or a migration entry
 * @kind: what is broken
 *
 * Context: the pmd's lock is held; does not sleep.
 *
 * Return: the entry as it is now.
 */
pmd_t guard_close_pmd(struct vm_area_struct *vma, unsigned long addr,
		      pmd_t *pmdp, enum guard_kind kind)
{
	pmd_t old = READ_ONCE(*pmdp), pmd;

	if (kind == GUARD_KIND_ACCESSIBLE)
		return pmd_take_access(vma, addr, pmdp);
	if (kind == GUARD_KIND_LOST_MARK)
		return guard_mark_pmd(vma, pmdp);
	if (kind == GUARD_KIND_STALE_MARK)
		return guard_unmark_pmd(pmdp);
	if (pmd_present(old)) {
		pmdp_set_wrprotect(vma->vm_mm, addr, pmdp);
		return READ_ONCE(*pmdp);
	}
	pmd = guard_readable_pmd(old);
	set_pmd_at(vma->vm_mm, addr, pmdp, pmd);
	return pmd;
}

/**
 * guard_repair_note() - add a closed entry to what has to be forgotten
 * @span: the span of the entry
 * @repair: the range so far
 * @start: the entry's address
 * @shift: log2 of the entry's size in bytes
 *
 * From the moment the entry's lock is dropped until the TLB is flushed, the open
 * entry may still be cached. Who goes by what the page table says has to know:
 * UFFDIO_WRITEPROTECT leaves out its own flush for an entry that is closed already,
 * unless mm_tlb_flush_pending(). An open mmu_gather has counted itself there.
 *
 * Context: the entry's page-table lock is held, so that whoever takes it next sees
 * both.
 */
void guard_repair_note(const struct guard_span *span,
		       struct guard_repair *repair, unsigned long start,
		       unsigned int shift)
{
	unsigned long end = start + (1UL << shift);

	if (!repair->end) {
		repair->start = start;
		repair->shift = shift;
		repair->pending = !span->tlb;
		if (repair->pending)
			inc_tlb_flush_pending(span->mm);
	}
	repair->start = min(repair->start, start);
	repair->end = max(repair->end, end);
	repair->shift = min(repair->shift, shift);
}

/* Joins the flush that the probed path's mmu_gather does when it finishes. */
static void flush_by_gather(struct mmu_gather *tlb,
			    const struct guard_repair *repair)
{
	unsigned long size = repair->end - repair->start;

	if (repair->shift >= PUD_SHIFT)
		tlb_flush_pud_range(tlb, repair->start, size);
	else if (repair->shift >= PMD_SHIFT)
		tlb_flush_pmd_range(tlb, repair->start, size);
	else
		tlb_flush_pte_range(tlb, repair->start, size);
}

/**
 * guard_repair_finish() - make caches forget what was closed
 * @span: the span in which it was
 * @repair: the range; empty when this returns
 *
 * The TLB is flushed here, by the open mmu_gather, or, since a flush waits for
 * other CPUs, by the worker if interrupts are off. Secondary MMUs forget nothing
 * but between invalidate_range_start() and end(), and start() may sleep: unless
 * the path's own end() is still to come, the worker tells them.
 *
 * Context: as guard_inspect(); the entries' locks are dropped.
 */
void guard_repair_finish(const struct guard_span *span,
			 struct guard_repair *repair)
{
	bool tell = !span->notifiers_open && mm_has_notifiers(span->mm);
	bool handed_on = false;

	if (!repair->end)
		return;

	if (span->tlb) {
		flush_by_gather(span->tlb, repair);
	} else if (!irqs_disabled()) {
		guard_flush_tlb(span->mm, repair->start, repair->end,
				repair->shift);
		dec_tlb_flush_pending(span->mm);
		repair->pending = false;
	}

	if (span->task) {
		if (tell)
			guard_notify(span->mm, repair->start, repair->end);
	} else if (tell || repair->pending) {
		handed_on = guard_defer_forget(span, repair);
	}
	if (repair->pending && !handed_on)
		dec_tlb_flush_pending(span->mm);
	*repair = (struct guard_repair){ 0 };
}
