/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types and functions that the files of module/ share.
 *
 * The data goes one way only: a probe fires and yields a span (probe.c,
 * pair.c), the span's entries are walked under their lock (inspect.c), an entry
 * is judged by a pure predicate (uffdwp_invariant.h), a broken one is closed
 * under the same lock in mode=fix and forgotten by every cache after it
 * (repair.c), and what was found is told (report.c, stats.c). A span that
 * cannot be walked where the probe fired takes the same way in process context
 * (defer.c).
 */
#ifndef UFFDWP_GUARD_H
#define UFFDWP_GUARD_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/workqueue.h>

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
 */
struct guard_span {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long start;
	unsigned long end;
	struct mmu_gather *tlb;
	bool notifiers_open;
	bool entering;
	bool noting;
	bool by_fault;
	struct guard_note *note;
	const struct guard_registration *registered;
	enum guard_site_id site;
	const struct guard_task *task;
};

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

struct guard_prototype;
struct guard_site;

/*
 * Weak, so that a kernel without CONFIG_KPROBES loads the module and lets it say
 * what is missing (needs.c). There they are NULL.
 */
extern typeof(register_kprobe) register_kprobe __weak;
extern typeof(unregister_kprobe) unregister_kprobe __weak;
extern typeof(register_kretprobe) register_kretprobe __weak;
extern typeof(unregister_kretprobe) unregister_kretprobe __weak;
extern typeof(enable_kprobe) enable_kprobe __weak;
extern typeof(disable_kprobe) disable_kprobe __weak;
#ifdef CONFIG_STACKTRACE
extern typeof(stack_trace_save) stack_trace_save __weak;
#endif

/* main.c */
enum guard_mode guard_mode(void);
bool guard_panics(void);
int guard_shown(const char *val);
extern const char * const guard_mode_names[];

/* prototype.c */
enum guard_answer {
	GUARD_AGREES,
	GUARD_DIFFERS,
	GUARD_SILENT,
};

#define GUARD_WHY	192	/* bytes for the reason of GUARD_DIFFERS */

void guard_prototypes_open(void);
void guard_prototypes_close(void);
enum guard_answer guard_prototype_ask(const char *function,
				      const struct guard_prototype *assumed,
				      char *why, size_t size);
void guard_prototype_unchecked(const char *function);

/* needs.c */
int guard_needs_met(void);

/* proof.c */
int guard_prove_probes(void);

/* carrier.c */
int guard_probes_install(void);
void guard_probes_remove(void);

/* probe.c */
int guard_return_probe_install(struct guard_site *site);
unsigned long guard_probes_missed(const struct guard_site *site);

/* hit.c */
void guard_span_ready(const struct guard_span *span);
void guard_look_now(const struct guard_span *span, bool only_marks);

/* pair.c */
int guard_pair_install(struct guard_site *site);
void guard_pair_remove(struct guard_site *site);

/* table.c */
pmd_t *guard_find_pmd(struct mm_struct *mm, unsigned long addr);
pte_t *guard_find_huge_pte(struct mm_struct *mm, unsigned long addr,
			   unsigned long size);

/* inspect.c */
unsigned long guard_inspect(const struct guard_span *span);

/* look.c */
bool guard_look_on(const struct guard_span *span, unsigned long *addr);
bool guard_has_registered(struct mm_struct *mm);

/* scan_request.c */
void guard_scan_start(void);
void guard_scan_stop(void);
bool guard_scan_wanted(void);
void guard_scan_after_arming(void);
unsigned long guard_scans_asked(void);
unsigned long guard_scans_done(void);

/* arm.c */
void guard_registered(const struct guard_span *span,
		      const struct guard_registration *registration);

/* choice.c */
bool guard_site_chosen(enum guard_site_id id);
bool guard_site_named(enum guard_site_id id);

/* repair.c */
pte_t guard_close_pte(struct vm_area_struct *vma, unsigned long addr,
		      pte_t *ptep, enum guard_kind kind);
pmd_t guard_close_pmd(struct vm_area_struct *vma, unsigned long addr,
		      pmd_t *pmdp, enum guard_kind kind);
void guard_repair_note(const struct guard_span *span,
		       struct guard_repair *repair, unsigned long start,
		       unsigned int shift);
void guard_repair_finish(const struct guard_span *span,
			 struct guard_repair *repair);

/* defer.c */
int guard_defer_init(void);
void guard_defer_exit(void);
void guard_defer(const struct guard_span *span, unsigned long start,
		 unsigned long end);
bool guard_defer_forget(const struct guard_span *span,
			const struct guard_repair *repair);
bool guard_defer_registration(const struct guard_span *span,
			      const struct guard_registration *registration);
void guard_queue_work(struct work_struct *work);
void guard_queue_delayed_work(struct delayed_work *work, unsigned long delay);

/* symbols.c */
void guard_symbols_init(void);
const char *guard_symbol_missing(void);
void guard_flush_tlb(struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int shift);
void guard_notify(struct mm_struct *mm, unsigned long start, unsigned long end);

/* log.c */
bool guard_stack_take(enum guard_site_id site);
void guard_stack_drop(enum guard_site_id site);
void guard_stack_print(enum guard_site_id site);

/* report.c */
bool guard_is_shmem(struct vm_area_struct *vma);
void guard_task_of(const struct task_struct *from, struct guard_task *task);
void guard_report(const struct guard_span *span,
		  const struct guard_violation *v);
void guard_report_init(void);
void guard_report_exit(void);

#endif /* UFFDWP_GUARD_H */
