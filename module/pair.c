// SPDX-License-Identifier: GPL-2.0
/*
 * A pair of entry probes as carrier: the opening function has the arguments, the
 * closing one is called by the same task when the path is done. Nothing is held
 * while the path sleeps, and ordinary faults cost nothing.
 *
 * What passes between the two goes through a small table by task. A slot in it is
 * believed only while the fault that left it goes on:
 *
 *  - The paths of the pair are faults that return 0, and when such a fault is
 *    complete, mm_account_fault() counts it in the task's min_flt or maj_flt. So
 *    these tell one fault of a task from the next, whatever openings were not
 *    delivered in between, and in the fault that left it the VMA is still held.
 *  - A path that ends without a closing (the entry changed while a migration
 *    failed) leaves its slot behind. It is used again by the task's next opening.
 *  - The task in a slot is compared, never dereferenced: a task that got the memory
 *    of a dead one opens before it closes.
 *
 * A set that is full makes its oldest slot give way. Whether that was left behind
 * or in use cannot be told: it is counted missed.
 */
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "one.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"
#include "uffdwp_vma.h"

#define PAIR_SETS	512
#define PAIR_WAYS	4

struct pair_slot {
	struct task_struct *task;
	unsigned long fault;
	struct guard_span span;
};

/*
 * Both probed functions run in task context, with preemption off in their handlers, and
 * nothing else takes the lock: interrupts may come.
 */
struct pair_set {
	raw_spinlock_t lock;	/* protects what follows */
	unsigned int oldest;
	struct pair_slot slots[PAIR_WAYS];
};

static struct pair_set *pair_sets;

static struct pair_set *pair_set_of(struct task_struct *task)
{
	return &pair_sets[hash_ptr(task, ilog2(PAIR_SETS))];
}

/*
 * A task's own slot none but itself fills: without the lock, too, what is not found is not
 * there.
 */
static struct pair_slot *pair_find(struct pair_set *set,
				   struct task_struct *task)
{
	unsigned int i;

#pragma GCC unroll 4
	for (i = 0; i < PAIR_WAYS; i++)
		if (READ_ONCE(set->slots[i].task) == task)
			return &set->slots[i];
	return NULL;
}

/* Faults that the current task has completed: the same from opening to closing. */
static unsigned long pair_fault(void)
{
	return current->min_flt + current->maj_flt;
}

static struct pair_slot *pair_make_room(struct pair_set *set,
					enum guard_site_id site)
{
	struct pair_slot *slot = pair_find(set, NULL);

	if (!slot) {
		slot = &set->slots[set->oldest++ % PAIR_WAYS];
		guard_count(site, GUARD_MISSED, 1);
	}
	return slot;
}

/* Left behind, by the same task or by one whose memory it got. */
static noinline void pair_drop(struct pair_set *set)
{
	struct pair_slot *slot;

	raw_spin_lock(&set->lock);
	slot = pair_find(set, current);
	if (slot)
		WRITE_ONCE(slot->task, NULL);
	raw_spin_unlock(&set->lock);
}

NOKPROBE_SYMBOL(pair_drop);

static int path_opened(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, opening);
	struct vm_area_struct *vma = guard_vma_of(site->carrier, regs);
	enum guard_site_id id = site - guard_sites;
	struct pair_set *set = pair_set_of(current);
	struct pair_slot *slot;

	if (likely(!guard_vma_protected(vma))) {
		if (unlikely(pair_find(set, current)))
			pair_drop(set);
		return 0;
	}

	guard_count(id, GUARD_CALLS, 1);
	raw_spin_lock(&set->lock);
	slot = pair_find(set, current) ?: pair_make_room(set, id);
	WRITE_ONCE(slot->task, current);
	slot->fault = pair_fault();
	guard_span_begin(&slot->span, vma, id);
	site->carrier->read(regs, &slot->span);
	raw_spin_unlock(&set->lock);
	return 0;
}

NOKPROBE_SYMBOL(path_opened);

/*
 * More than one entry, or one that is not seen to be whole. Apart, for the room on the stack
 * is cleared each time on many kernels.
 */
static noinline void path_walked(struct pair_set *set)
{
	struct guard_span span;
	struct pair_slot *slot;

	raw_spin_lock(&set->lock);
	slot = pair_find(set, current);
	if (slot) {
		span = slot->span;
		WRITE_ONCE(slot->task, NULL);
	}
	raw_spin_unlock(&set->lock);

	/* If it had to give way meanwhile, that was counted. */
	if (slot)
		guard_span_ready(&span);
}

NOKPROBE_SYMBOL(path_walked);

static int path_closed(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, closing);
	struct pair_set *set = pair_set_of(current);
	struct pair_slot *slot;
	bool walk = false;

	slot = pair_find(set, current);
	if (likely(!slot))
		return 0;

	raw_spin_lock(&set->lock);
	/* It may have had to give way. */
	if (likely(slot->task == current)) {
		walk = slot->fault == pair_fault() &&
		       !guard_one_done(site, &slot->span);
		if (likely(!walk))
			WRITE_ONCE(slot->task, NULL);
	}
	raw_spin_unlock(&set->lock);

	if (unlikely(walk))
		path_walked(set);
	return 0;
}

NOKPROBE_SYMBOL(path_closed);

/**
 * guard_pair_install() - carry a site with a pair of entry probes
 * @site: the site; @site->carrier names the pair
 *
 * Context: process context, may sleep.
 *
 * Return: 0, -ENOMEM, or what register_kprobe() says; then nothing is left.
 */
int guard_pair_install(struct guard_site *site)
{
	unsigned int i;
	int err;

	pair_sets = kvcalloc(PAIR_SETS, sizeof(*pair_sets), GFP_KERNEL);
	if (!pair_sets)
		return -ENOMEM;
	for (i = 0; i < PAIR_SETS; i++)
		raw_spin_lock_init(&pair_sets[i].lock);

	site->closing = (struct kprobe){
		.symbol_name = site->carrier->closing,
		.flags = KPROBE_FLAG_DISABLED,
		.pre_handler = path_closed,
	};
	err = register_kprobe(&site->closing);
	if (err)
		goto free_sets;

	site->opening = (struct kprobe){
		.symbol_name = site->carrier->symbol,
		.flags = KPROBE_FLAG_DISABLED,
		.pre_handler = path_opened,
	};
	err = register_kprobe(&site->opening);
	if (err)
		goto unregister_closing;
	return 0;

unregister_closing:
	unregister_kprobe(&site->closing);
free_sets:
	kvfree(pair_sets);
	pair_sets = NULL;
	return err;
}

/**
 * guard_pair_remove() - take a pair away
 * @site: the site; neither half runs once this returns
 *
 * Context: process context, may sleep.
 */
void guard_pair_remove(struct guard_site *site)
{
	/* What reads the slots goes first, what fills them last. */
	unregister_kprobe(&site->closing);
	unregister_kprobe(&site->opening);
	kvfree(pair_sets);
	pair_sets = NULL;
}
