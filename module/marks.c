// SPDX-License-Identifier: GPL-2.0
/*
 * Marks that vanish: which entries of a span carry one is noted when the path is entered,
 * and looked up when it returns. An entry that still maps something then, but has no
 * mark, has lost it, unless somebody asked for that. What a process may do meanwhile
 * from another thread, and why it is not taken for a loss:
 *
 * mprotect() holds mmap_lock for writing (change_protection() and below, when the flags
 * are neither userfaultfd's nor NUMA balancing's). That keeps out page faults (so nothing is
 * written to, resolved or mapped anew), UFFDIO_*, unregistering, munmap(), madvise(),
 * PAGEMAP_SCAN and ksmd. Migration, reclaim and truncation remain: they carry a
 * mark over, or leave nothing that is mapped.
 *
 * remove_migration_pte() holds the lock of the folio that it maps and no mmap_lock, so all of
 * these can be. Only entries that map that folio are compared. Where a page was zapped and
 * faulted in anew (madvise(), munmap(), truncation), or moved (mremap(), UFFDIO_MOVE) and another
 * filled in (UFFDIO_COPY), it is not that folio: nobody maps it while it is locked.
 * UFFDIO_WRITEPROTECT, unregistering and closing say so (asks.c). A fault that finds the mark
 * leaves it, but for asynchronous protection, see below. PAGEMAP_SCAN takes no mark off.
 *
 * try_to_merge_one_page() says by what it returns that it has replaced the entry, after
 * having found it unchanged under its lock. Only the merged page is compared. The zero
 * page may be a later one's: read after MADV_DONTNEED, in the moment until it is looked at.
 * The mark was lost all the same; the cure costs that reader of zeros a message.
 *
 * __split_huge_pmd() is compared when the task holds mmap_lock for writing, as it does where
 * a VMA is split (mprotect(), munmap(), madvise()) or moved: then the same holds as for
 * mprotect(), for the VMA's own lock, where there is one, has been taken before. (Unregistering
 * has not taken it yet: while a call of userfaultfd is under way, nothing is compared.) Reclaim
 * and migration by the same task have the folio locked. The marks of a huge pmd are those
 * of the entries that it becomes.
 *
 * do_swap_page() says in vmf->orig_pte what it has found, and then what it has stored: it
 * finds under the entry's lock that the one is still there before it stores the other.
 * Whoever comes after that does not change it, so a mark that is not in it was lost,
 * whatever became of the entry. Which entries that is put down to is another question: the
 * pages of a large folio are mapped together, if their entries are as marked as the faulting
 * one. Of those that carried the mark, the ones that map what lies in line with its page
 * are taken. Where the faulting one maps another by now, as when the same fault went on to
 * copy the page, nothing is put back, and it counts as not compared. A fault that wants to
 * write goes on to wait for its tracker if the mark is there, and does not take it off.
 *
 * finish_fault() has its page locked until after it returns, and finds a marker unchanged
 * under its lock before it stores the page there. What is said of remove_migration_pte()
 * holds. Where a huge page took the place of the whole table, nobody has found the marker
 * there again, and it counts as not compared. The private copy of a page is nobody's to
 * lock: it is not compared.
 *
 * collapse_huge_page() gives up at a mark. What it found in the page table that it took out,
 * with all others kept away, is noted when that is taken; if it succeeds all the same, what was
 * noted is lost (collapse.c).
 *
 * Not compared, because a page that was zapped and faulted in anew, often the very same
 * one, could not be told: hinting faults, NUMA's scans, other splits of a huge pmd, swapoff.
 *
 * Asynchronous protection is not compared at all: a fault takes the mark off, and without
 * its mark a page counts as written. Nothing is lost by that.
 *
 * Entries that break the promise already are noted, too: mprotect() takes the mark off
 * a migration entry that is writable (change_pte_range() and its like, 6.12 to 7.3; 6.1 in
 * hugetlb). Should migration restore that before mprotect() comes to it, the loss is put down to
 * mprotect().
 * They are not noted
 *
 *  - where they are judged when the path is entered, as by migration: such an entry is told
 *    of as writable, and loses its mark when it is restored;
 *  - for KSM, which holds mmap_lock for reading alone, as does who takes off stale marks.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>

#include "asks.h"
#include "marks.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/**
 * guard_marks_clear() - begin to note the marks of more than one page
 * @note: the note; the first word, and that of the first page, are clear
 * @start: address of the first page
 * @end: behind the last
 *
 * No more than will be looked up. Word by word: there are few as a rule, and a call of
 * memset() costs more.
 *
 * Context: any.
 */
void guard_marks_clear(struct guard_note *note, unsigned long start,
		       unsigned long end)
{
	unsigned long first = (start - note->base) >> note->shift;
	unsigned long behind;
	unsigned int i;

	behind = (end - note->base + (1UL << note->shift) - 1) >> note->shift;
	behind = min_t(unsigned long, behind, note->nr);
	for (i = BIT_WORD(first) + 1; i < BITS_TO_LONGS(behind); i++)
		WRITE_ONCE(note->marked[i], 0);
}

/**
 * guard_marks_left() - that path returns, and the VMA may not be touched any more
 * @carrier: its carrier
 * @retval: what it returns
 * @span: its span
 * @note: the note of this call
 *
 * A path that takes marks off keeps its VMA.
 *
 * Context: a probe handler, instead of guard_marks_returned().
 */
void guard_marks_left(const struct guard_carrier *carrier,
		      unsigned long retval, struct guard_span *span,
		      struct guard_note *note)
{
	if (!span->note)
		return;
	if (!carrier->changed || carrier->changed(retval, note))
		guard_count(span->site, GUARD_UNCOMPARED, 1);
	span->note = NULL;
}

/**
 * guard_mark_note() - an entry carries the mark before its path runs
 * @note: where to note it
 * @addr: the entry's address
 * @nr: how many entries of the note's size it stands for
 *
 * Context: any.
 */
void guard_mark_note(struct guard_note *note, unsigned long addr,
		     unsigned long nr)
{
	unsigned long at = (max(addr, note->base) - note->base) >> note->shift;

	if (at + nr <= note->nr && nr == 1)
		__set_bit(at, note->marked);
	else if (at + nr <= note->nr)
		bitmap_set(note->marked, at, nr);
	else
		note->uncompared = true;
}

/**
 * guard_mark_lost() - has an entry without the mark lost it?
 * @span: the span; @span->note is set
 * @addr: the entry's address
 * @pfn: the page that it maps, or is to map again
 *
 * Context: under the entry's lock. Without it, true means that it is worth being asked
 * again under it.
 *
 * Return: true if so. If it cannot be told, false, and the call counts as not
 * compared.
 */
bool guard_mark_lost(const struct guard_span *span, unsigned long addr,
		     unsigned long pfn)
{
	struct guard_note *note = span->note;
	unsigned long at = (max(addr, note->base) - note->base) >> note->shift;

	if (at >= note->nr || !test_bit(at, note->marked))
		return false;
	if (note->in_line ? pfn - note->first_pfn != at :
			    pfn - note->first_pfn >= note->nr_pfns)
		return false;
	/*
	 * The context of a VMA that is unregistered meanwhile can go away. Marks are
	 * taken off before that: somebody asked, then.
	 */
	if (guard_vma_protected(span->vma) && guard_asynchronous(span->vma))
		return false;
	if (!guard_vma_protected(span->vma) ||
	    !guard_nobody_asked(span->mm, GUARD_ASK_RESOLVE, &note->since)) {
		note->uncompared = true;
		return false;
	}
	if (note->in_line &&
	    at == (note->fault->address - note->base) >> PAGE_SHIFT)
		note->uncompared = false;
	return true;
}
