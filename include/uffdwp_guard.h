/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that the files of module/ share.
 *
 * The data goes one way only: a probe fires and yields a span (probe.c,
 * pair.c), the span's entries are glanced at, and walked under their lock from
 * the first on that is broken or empty (inspect.c), an entry is judged by a
 * pure predicate (uffdwp_invariant.h), a broken one is closed under the same
 * lock in mode=fix and forgotten by every cache after it (repair.c), and what
 * was found is told (report.c, stats.c). A span that cannot be walked where the
 * probe fired takes the same way in process context (defer.c).
 */
#ifndef UFFDWP_GUARD_H
#define UFFDWP_GUARD_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/workqueue.h>

#include "uffdwp_types.h"

struct guard_prototype;
struct guard_site;

/*
 * Weak, so that a kernel without CONFIG_KPROBES loads the module and lets it say
 * what is missing (needs.c), and one without CONFIG_STACKTRACE too (log.c). There they
 * are NULL.
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

struct kernel_param;

/* main.c */
enum guard_mode guard_mode(void);
bool guard_panics(void);
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

/* words.c */
int guard_shown(const char *val);
int guard_word_of(const char *val, const struct kernel_param *kp,
		  const char * const words[2], int now);

/* needs.c */
int guard_needs_met(void);

/* proof.c */
int guard_prove_probes(void);
void guard_proof_start(void);
void guard_proof_stop(void);
void guard_proof_exit(void);

/* carrier.c */
int guard_probes_install(void);
void guard_probes_remove(void);

/* probe.c */
int guard_return_probe_install(struct guard_site *site);
unsigned long guard_probes_missed(const struct guard_site *site);

/* hit.c */
void guard_span_ready(const struct guard_span *span);
void guard_look_now(struct guard_span *span, bool only_marks);

/* pair.c */
int guard_pair_install(struct guard_site *site);
void guard_pair_remove(struct guard_site *site);

/* collapse.c */
int guard_collapse_install(struct guard_site *site);
void guard_collapse_remove(struct guard_site *site);

/* collapse_look.c */
void guard_collapse_look(struct guard_span *span);

/* inspect.c */
unsigned long guard_inspect(const struct guard_span *span);

/* look.c */
bool guard_look_lock(const struct guard_span *span);
bool guard_look_on(const struct guard_span *span, unsigned long *addr);
bool guard_has_registered(struct mm_struct *mm);

/* scan_request.c */
void guard_scan_start(void);
void guard_scan_stop(void);
bool guard_scan_wanted(void);
void guard_scan_after_arming(void);
unsigned long guard_scans_asked(void);
unsigned long guard_scans_done(void);

/* registered.c */
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

/* queue.c */
int guard_queue_init(void);
void guard_queue_exit(void);
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

/* address.c */
bool guard_addresses_shown(void);

/* line.c */
void guard_lines_init(void);
void guard_lines_exit(void);

/* report.c */
bool guard_is_shmem(struct vm_area_struct *vma);
void guard_task_of(const struct task_struct *from, struct guard_task *task);
void guard_report(const struct guard_span *span,
		  const struct guard_violation *found, unsigned int nr);

#endif /* UFFDWP_GUARD_H */
