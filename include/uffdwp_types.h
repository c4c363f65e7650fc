/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of module/ hand on to each other: spans, what is found in them, and what
 * follows from it.
 */
#ifndef UFFDWP_TYPES_H
#define UFFDWP_TYPES_H

#include <linux/mm.h>
#include <linux/sched.h>

struct guard_turn;

enum guard_site_id {
	GUARD_REMOVE_MIGRATION_PTE,
	GUARD_DO_NUMA_PAGE,
	GUARD_CHANGE_PTE_RANGE,
	GUARD_DO_HUGE_PMD_NUMA_PAGE,
	GUARD_CHANGE_HUGE_PMD,
	GUARD_HUGETLB_CHANGE_PROTECTION,
	GUARD_HUGETLB_FAULT,
	GUARD_TRY_TO_MERGE_ONE_PAGE,
	GUARD_HANDLE_MM_FAULT,
	GUARD_DO_SWAP_PAGE,
	GUARD_DO_WP_PAGE,
	GUARD_DO_HUGE_PMD_WP_PAGE,
	GUARD_FINISH_FAULT,
	GUARD_COPY_PAGE_RANGE,
	GUARD_MOVE_PAGE_TABLES,
	GUARD_SPLIT_HUGE_PMD,
	GUARD_COLLAPSE_HUGE_PAGE,
	GUARD_UNUSE_PTE_RANGE,
	GUARD_MFILL_ATOMIC_INSTALL_PTE,
	GUARD_HUGETLB_MFILL_ATOMIC_PTE,
	GUARD_CLEAR_REFS_PTE_RANGE,
	GUARD_PAGEMAP_SCAN_PMD_ENTRY,
	GUARD_PAGEMAP_SCAN_HUGETLB_ENTRY,
	GUARD_USERFAULTFD_REGISTER,
	GUARD_SCAN,
	GUARD_NR_SITES,
};

enum guard_level {
	GUARD_LEVEL_PTE,
	GUARD_LEVEL_PMD,
	GUARD_LEVEL_HUGETLB,
	GUARD_NR_LEVELS,
};

enum guard_kind {
	GUARD_KIND_WRITABLE,		/* present, marked, writable */
	GUARD_KIND_MIGRATION_ENTRY,	/* writable migration entry, marked */
	GUARD_KIND_DEVICE_ENTRY,	/* writable entry of device memory, marked */
	GUARD_KIND_ACCESSIBLE,		/* present, marked against any access */
	GUARD_KIND_LOST_MARK,		/* mapped, without the mark it had */
	GUARD_KIND_STALE_MARK,		/* open, with a mark from before its registration */
	GUARD_NR_KINDS,
	GUARD_INTACT = GUARD_NR_KINDS,	/* the promise holds */
};

enum guard_mode {
	GUARD_MODE_REPORT,
	GUARD_MODE_FIX,
};

/* What a call is to do to marks, by its arguments. */
enum guard_ask {
	GUARD_ASK_RESOLVE,		/* take them off */
	GUARD_NR_ASKS,
	GUARD_ASK_TO_KEEP = GUARD_NR_ASKS,
	GUARD_ASK_ELSE,			/* not compared */
};

/**
 * struct guard_asks - who has asked for something until now (asks.c)
 * @begun: calls that have begun
 * @ended: calls that had ended, a moment before
 * @untold: calls that their probe did not tell of
 * @live: the arming of the probes that was in force
 */
struct guard_asks {
	long begun;
	long ended;
	unsigned long untold;
	unsigned long live;
};

/**
 * struct guard_note - which entries carried the mark when a path was entered (marks.c)
 * @ask: what the path is to do to marks
 * @uncompared: not all of them could be noted, or compared
 * @fault: the fault that says itself what it has stored; NULL where none does
 * @in_line: an entry maps the page as far behind @first_pfn as it is behind @base
 * @first_pfn: first page of those that entries may map afterwards to be compared
 * @nr_pfns: how many
 * @since: who had asked for marks to be taken off when it was begun
 * @base: address of the first entry that there is room for
 * @shift: log2 of the size of an entry, in bytes
 * @nr: how many entries there is room for
 * @marked: a bit for each that carried the mark
 */
struct guard_note {
	enum guard_ask ask;
	bool uncompared;
	bool in_line;
	const struct vm_fault *fault;
	unsigned long first_pfn;
	unsigned long nr_pfns;
	struct guard_asks since;
	unsigned long base;
	unsigned int shift;
	unsigned int nr;
	unsigned long marked[];
};

/**
 * struct guard_span - a range of one address space in which a watched path ran
 * @mm: the address space; alive because @vma is, or by a reference (defer.c)
 * @vma: the VMA that covers the range, kept by the probed path's own locks while
 *	its handler runs, or by mmap_lock in process context
 * @start: first address, in bytes, aligned to a page
 * @end: first address behind the range
 * @pmdp: the slot of the pmd that @start is in, where the path says it; else NULL until it
 *	was looked up. A table of pmds goes only with the VMA; mremap(), which can move one
 *	elsewhere, takes mmap_lock, the VMA's and the rmap locks for writing, and whatever
 *	path is looked at holds one of them. For a probe handler alone
 * @tlb: the probed path's mmu_gather when it is still open, else NULL
 * @notifiers_open: the probed path's own invalidate_range_end() is still to come
 *	and covers the range, so that secondary MMUs need no word from us
 * @entering: the path has yet to run; only migration entries are judged
 * @noting: it has, and nothing is judged at all: marks are noted
 * @by_fault: the path is a page fault, which is begun again if its access is not given
 * @note: which entries carried the mark when the path was entered; NULL if marks are
 *	not compared
 * @registered: the span has just been registered so; else NULL
 * @site: the site that yielded the span
 * @task: the task in whose context the path ran, if the span is walked later, in
 *	process context; NULL in a probe handler, where it is current
 * @turn: how long a look may wait for mmap_lock (turn.c); NULL: as long as it takes
 */
struct guard_span {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long start;
	unsigned long end;
	pmd_t *pmdp;
	struct mmu_gather *tlb;
	bool notifiers_open;
	bool entering;
	bool noting;
	bool by_fault;
	struct guard_note *note;
	const struct guard_registration *registered;
	enum guard_site_id site;
	const struct guard_task *task;
	struct guard_turn *turn;
};

/**
 * guard_span_begin() - begin a span; its range is empty
 * @span: the span
 * @vma: the VMA
 * @site: the site that yields it
 *
 * One by one: cleared as a whole it costs several times as much.
 *
 * Context: any.
 */
static __always_inline void guard_span_begin(struct guard_span *span,
					     struct vm_area_struct *vma,
					     enum guard_site_id site)
{
	span->mm = vma->vm_mm;
	span->vma = vma;
	span->start = 0;
	span->end = 0;
	span->pmdp = NULL;
	span->tlb = NULL;
	span->notifiers_open = false;
	span->entering = false;
	span->noting = false;
	span->by_fault = false;
	span->note = NULL;
	span->registered = NULL;
	span->site = site;
	span->task = NULL;
	span->turn = NULL;
}

/**
 * struct guard_task - the task in whose context a watched path ran
 * @tgid: process id in the initial namespace
 * @pid: thread id in the initial namespace
 * @comm: thread name
 */
struct guard_task {
	pid_t tgid;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct guard_violation - one entry that breaks the promise
 * @addr: user address of the entry's page
 * @before: the entry as found, GUARD_ENTRY_* bits; never a page frame number
 * @after: the entry as left
 * @level: enum guard_level
 * @kind: enum guard_kind
 * @repaired: the entry was closed
 */
struct guard_violation {
	unsigned long addr;
	u8 before;
	u8 after;
	u8 level;
	u8 kind;
	bool repaired;
};

/**
 * struct guard_repair - the range that caches have to forget
 * @start: first address of an entry that was write-protected
 * @end: first address behind the last such entry; nothing was, if 0
 * @shift: log2 of the size of the smallest such entry, in bytes
 * @pending: counted in the mm's tlb_flush_pending until the TLB is flushed
 */
struct guard_repair {
	unsigned long start;
	unsigned long end;
	unsigned int shift;
	bool pending;
};

/**
 * struct guard_registration - what is known of an UFFDIO_REGISTER besides its range
 * @ctx: the userfaultfd's, to compare with what VMAs have, never to follow
 * @live: guard_live() when it began
 * @fresh: nothing in the range was registered for protection before
 * @calls_by_mm: calls of userfaultfd by that address space, this one included (stale.c)
 * @calls_by_ctx: calls of that userfaultfd
 */
struct guard_registration {
	const void *ctx;
	unsigned long live;
	bool fresh;
	long calls_by_mm;
	long calls_by_ctx;
};

#endif /* UFFDWP_TYPES_H */
