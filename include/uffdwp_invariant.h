/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The promise, as a predicate per level: an entry that carries the uffd-wp mark,
 * in a VMA registered for write protection, lets no write through.
 *
 * Pure functions of the entry's value. The caller has asked guard_vma_protected(vma)
 * before: outside such VMAs a mark on a writable entry is ordinary, stale state. Where
 * guard_vma_rwp(vma) holds (7.3 and later), the mark promises more: that no access goes
 * through at all, which the kernel keeps by PROT_NONE in the entry.
 *
 * No kernel path stores a present, marked and writable entry even for a moment: all
 * of them compute in registers and store once, and asynchronous write protection takes
 * the mark away in a store of its own before write access is given (6.7, commit
 * d61ea1cb0095). So one look under the page-table lock is enough to judge.
 */
#ifndef UFFDWP_INVARIANT_H
#define UFFDWP_INVARIANT_H

#include <linux/bits.h>
#include <linux/mm.h>

#include "uffdwp_guard.h"

/* An entry in the words of a report: what it allows, never what it points to. */
#define GUARD_ENTRY_PRESENT	BIT(0)
#define GUARD_ENTRY_MIGRATION	BIT(1)
#define GUARD_ENTRY_WRITE	BIT(2)
#define GUARD_ENTRY_DIRTY	BIT(3)
#define GUARD_ENTRY_YOUNG	BIT(4)
#define GUARD_ENTRY_UFFD	BIT(5)
#define GUARD_ENTRY_DEVICE	BIT(6)
#define GUARD_ENTRY_NONE	BIT(7)

/* Of one that is present, has the mark and gives access. */
static inline enum guard_kind guard_judge_access(bool write, bool rwp)
{
	if (rwp)
		return GUARD_KIND_ACCESSIBLE;
	return write ? GUARD_KIND_WRITABLE : GUARD_INTACT;
}

/*
 * An entry that is not present and has the mark. What the kernel's own page table
 * check takes for open is open here: a device may write, or the entry that comes of
 * it will be writable.
 */
static inline enum guard_kind guard_judge_softleaf(softleaf_t entry)
{
	if (softleaf_is_migration_write(entry))
		return GUARD_KIND_MIGRATION_ENTRY;
	if (guard_device_private_write(entry) ||
	    guard_device_exclusive_write(entry))
		return GUARD_KIND_DEVICE_ENTRY;
	return GUARD_INTACT;
}

/**
 * guard_judge_pte() - does this entry break the promise?
 * @pte: value of a pte, or of a hugetlb entry (which has the same form)
 * @rwp: the mark is against reads, too
 *
 * An entry that is pte_protnone() counts as present to the kernel but gives no
 * access to anybody. Up to 6.1 it may keep the write bit meanwhile as NUMA
 * balancing's "saved write"; it is judged when it is restored.
 *
 * A writable migration entry with the mark is how the mark is lost for good:
 * remove_migration_pte() makes a writable entry of it and drops the mark.
 *
 * Return: the kind of violation, or GUARD_INTACT.
 */
static inline enum guard_kind guard_judge_pte(pte_t pte, bool rwp)
{
	if (pte_present(pte)) {
		if (unlikely(pte_uffd(pte) && !pte_protnone(pte)))
			return guard_judge_access(pte_write(pte), rwp);
	} else if (pte_swp_uffd(pte)) {
		return guard_judge_softleaf(softleaf_from_pte(pte));
	}
	return GUARD_INTACT;
}

/**
 * guard_judge_pmd() - does this huge entry break the promise?
 * @pmd: value of a pmd that maps a transparent huge page or is a migration entry
 * @rwp: the mark is against reads, too
 *
 * Return: the kind of violation, or GUARD_INTACT.
 */
static inline enum guard_kind guard_judge_pmd(pmd_t pmd, bool rwp)
{
	if (pmd_present(pmd)) {
		if (unlikely(pmd_uffd(pmd) && !pmd_protnone(pmd)))
			return guard_judge_access(pmd_write(pmd), rwp);
	} else if (pmd_swp_uffd(pmd)) {
		return guard_judge_softleaf(softleaf_from_pmd(pmd));
	}
	return GUARD_INTACT;
}

/* Migration entries and those of device memory are all that is told of. */
static inline u8 guard_describe_softleaf(softleaf_t entry, bool marked)
{
	return (softleaf_is_migration(entry) ? GUARD_ENTRY_MIGRATION :
					       GUARD_ENTRY_DEVICE) |
	       (guard_judge_softleaf(entry) != GUARD_INTACT ?
		GUARD_ENTRY_WRITE : 0) |
	       (marked ? GUARD_ENTRY_UFFD : 0);
}

/**
 * guard_describe_pte() - what a pte allows, in the words of a report
 * @pte: a present entry, a migration entry or one of device memory
 *
 * Return: GUARD_ENTRY_* bits.
 */
static inline u8 guard_describe_pte(pte_t pte)
{
	if (!pte_present(pte))
		return guard_describe_softleaf(softleaf_from_pte(pte),
					       pte_swp_uffd(pte));
	return GUARD_ENTRY_PRESENT |
	       (pte_write(pte) ? GUARD_ENTRY_WRITE : 0) |
	       (pte_dirty(pte) ? GUARD_ENTRY_DIRTY : 0) |
	       (pte_young(pte) ? GUARD_ENTRY_YOUNG : 0) |
	       (pte_uffd(pte) ? GUARD_ENTRY_UFFD : 0) |
	       (pte_protnone(pte) ? GUARD_ENTRY_NONE : 0);
}

/**
 * guard_describe_pmd() - what a huge pmd allows, in the words of a report
 * @pmd: a present huge entry, a migration entry or one of device memory
 *
 * Return: GUARD_ENTRY_* bits.
 */
static inline u8 guard_describe_pmd(pmd_t pmd)
{
	if (!pmd_present(pmd))
		return guard_describe_softleaf(softleaf_from_pmd(pmd),
					       pmd_swp_uffd(pmd));
	return GUARD_ENTRY_PRESENT |
	       (pmd_write(pmd) ? GUARD_ENTRY_WRITE : 0) |
	       (pmd_dirty(pmd) ? GUARD_ENTRY_DIRTY : 0) |
	       (pmd_young(pmd) ? GUARD_ENTRY_YOUNG : 0) |
	       (pmd_uffd(pmd) ? GUARD_ENTRY_UFFD : 0) |
	       (pmd_protnone(pmd) ? GUARD_ENTRY_NONE : 0);
}

#endif /* UFFDWP_INVARIANT_H */
