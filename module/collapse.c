// SPDX-License-Identifier: GPL-2.0
/*
 * Collapse: base pages become a huge page, or one larger folio. It gives up at a mark, for
 * which it looks once it is alone with the entries. What it makes of them has none.
 *
 * The function that does it has no VMA among its arguments, and holds no lock when it is
 * entered or returns. On the way it calls another one that takes the page table out:
 *
 *  - From there on mmap_lock is held for writing, and so are the VMA's own lock, where there
 *    is one, and that of the anonymous rmap. Nobody else is at the entries until they are
 *    copied. Which of them carry a mark is noted there.
 *  - If the call says then that it has succeeded, those marks are gone, and it has not
 *    asked. When it returns somebody else may have been at the entries again, so they are
 *    looked up with mmap_lock held for reading, if that is to be had at once: nobody
 *    waits for it, either, who wants it for writing. Else it is counted as not compared. Who
 *    discards and touches a page in the moment before that may have its new entry take
 *    the blame. Its mark was lost before.
 *
 * What was noted passes from one to the other through a table by task. Its slots point into
 * instances of the return probe, which are there until the task has left the function.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>

#include "marks.h"
#include "sites.h"
#include "uffdwp_guard.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

/* So many at the same time: khugepaged, and who calls madvise(). */
#define INSTANCES	64

static struct {
	struct task_struct *task;	/* compared, never followed */
	struct guard_call *call;
} slots[INSTANCES];

/* A task's own slot none but itself fills or empties. */
static struct guard_call *call_of_current(void)
{
	unsigned int i;

	for (i = 0; i < INSTANCES; i++)
		if (READ_ONCE(slots[i].task) == current)
			return slots[i].call;
	return NULL;
}

NOKPROBE_SYMBOL(call_of_current);

static void slot_give_back(void)
{
	unsigned int i;

	for (i = 0; i < INSTANCES; i++) {
		if (READ_ONCE(slots[i].task) != current)
			continue;
		/* Pairs with cmpxchg() in slot_take(): its .call is read no more. */
		smp_store_release(&slots[i].task, NULL);
	}
}

NOKPROBE_SYMBOL(slot_give_back);

/*
 * There are as many slots as instances. Who finds none all the same, because one was given back
 * behind the look, is counted as not compared.
 */
static void slot_take(struct guard_call *call)
{
	unsigned int i;

	/* Of a task that died inside, and whose memory is the current one's now. */
	slot_give_back();
	for (i = 0; i < INSTANCES; i++) {
		if (READ_ONCE(slots[i].task) ||
		    cmpxchg(&slots[i].task, NULL, current))
			continue;
		slots[i].call = call;
		return;
	}
}

NOKPROBE_SYMBOL(slot_take);

static int collapse_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct guard_site *site = guard_site_entered(ri);
	struct guard_call *call = (struct guard_call *)ri->data;

	if (unlikely(!site))
		return 1;
	call->span = (struct guard_span){ 0 };
	site->carrier->read(regs, &call->span);
	slot_take(call);
	return 0;
}

NOKPROBE_SYMBOL(collapse_entered);

static int collapse_hit(struct kprobe *p, struct pt_regs *regs)
{
	return guard_take_instance(container_of(p, struct guard_site, rp.kp), p,
				   regs);
}

NOKPROBE_SYMBOL(collapse_hit);

static bool anything_noted(const struct guard_span *span)
{
	const struct guard_note *note = span->note;
	unsigned long behind = (span->end - note->base) >> note->shift;

	return note->uncompared ||
	       find_next_bit(note->marked, behind,
			     (span->start - note->base) >> note->shift) < behind;
}

/* Under mmap_lock, for writing. */
static int table_taken(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, opening);
	struct vm_area_struct *vma = guard_vma_of(site->carrier, regs);
	enum guard_site_id id = site - guard_sites;
	struct guard_call *call;
	unsigned long start, end;

	if (likely(!guard_vma_protected(vma)))
		return 0;
	call = call_of_current();
	if (!call) {
		/* Begun before the probes were live, or untold of. Those of files are not ours. */
		if (vma_is_anonymous(vma))
			guard_count(id, GUARD_UNCOMPARED, 1);
		return 0;
	}

	start = call->span.start;
	end = call->span.end;
	guard_span_begin(&call->span, vma, id);
	call->span.start = start;
	call->span.end = end;
	guard_count(id, GUARD_CALLS, 1);
	guard_marks_entered(site->carrier, regs, &call->span, &call->note);
	if (call->span.note && !anything_noted(&call->span))
		call->span.note = NULL;
	return 0;
}

NOKPROBE_SYMBOL(table_taken);

/* Who called it keeps the mm_struct: khugepaged by its list, madvise() as a user of it. */
static int collapse_returned(struct kretprobe_instance *ri,
			     struct pt_regs *regs)
{
	struct guard_call *call = (struct guard_call *)ri->data;
	struct guard_span *span = &call->span;
	const struct guard_carrier *carrier;

	slot_give_back();
	/* What is not registered was not looked at. */
	if (!span->mm)
		return 0;
	carrier = guard_sites[span->site].carrier;
	/* What has given up has put all back. */
	if (carrier->changed(regs_return_value(regs), &call->note))
		guard_collapse_look(span);
	return 0;
}

NOKPROBE_SYMBOL(collapse_returned);

/**
 * guard_collapse_install() - carry the site of collapse
 * @site: the site; @site->carrier has the function, and the one inside it
 *
 * Context: process context, may sleep; between guard_prototypes_open() and _close().
 *
 * Return: 0, or what the kernel says of the probe that it does not place; then nothing
 * is left.
 */
int guard_collapse_install(struct guard_site *site)
{
	const char *inside = site->carrier->inside;
	char why[GUARD_WHY];
	enum guard_answer answer;
	int err;

	answer = guard_prototype_ask(inside, &guard_pmdp_collapse_flush_takes,
				     why, sizeof(why));
	if (answer == GUARD_DIFFERS) {
		pr_warn("%s: this kernel's %s() %s\n", site->name, inside, why);
		return -ENOENT;
	}

	site->rp = (struct kretprobe){
		.kp.symbol_name = site->carrier->symbol,
		.entry_handler = collapse_entered,
		.handler = collapse_returned,
		.data_size = guard_call_size(site->carrier),
		.maxactive = INSTANCES,
	};
	err = guard_return_probe_place(site, collapse_hit);
	if (err)
		return err;
	site->opening = (struct kprobe){
		.symbol_name = inside,
		.flags = KPROBE_FLAG_DISABLED,
		.pre_handler = table_taken,
	};
	err = register_kprobe(&site->opening);
	if (err) {
		unregister_kretprobe(&site->rp);
		return err;
	}
	if (answer == GUARD_SILENT)
		guard_prototype_unchecked(inside);
	return 0;
}

/**
 * guard_collapse_remove() - take both probes away
 * @site: the site; neither runs once this returns
 *
 * Context: process context, may sleep.
 */
void guard_collapse_remove(struct guard_site *site)
{
	/* What follows the slots goes first: instances go with the return probe. */
	unregister_kprobe(&site->opening);
	unregister_kretprobe(&site->rp);
}
