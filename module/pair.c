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

#include "uffdwp_guard.h"
#include "uffdwp_site.h"
#include "uffdwp_stats.h"

#define PAIR_SETS	512
#define PAIR_WAYS	4

struct pair_slot {
	struct task_struct *task;
	unsigned long fault;
	struct guard_span span;
};

/*
 * Both probed functions run in task context and nothing else takes the lock, but
 * under an int3-based probe interrupts are off already: irqsave, which costs
 * little on the way of a hinting fault.
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

static struct pair_slot *pair_find(struct pair_set *set,
				   struct task_struct *task)
{
	unsigned int i;

	for (i = 0; i < PAIR_WAYS; i++)
		if (set->slots[i].task == task)
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

static int path_opened(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, opening);
	struct vm_area_struct *vma = site->carrier->vma(regs);
	enum guard_site_id id = site - guard_sites;
	bool ours = userfaultfd_protected(vma);
	struct pair_set *set = pair_set_of(current);
	struct pair_slot *slot;
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	slot = pair_find(set, current);
	if (likely(!ours)) {
		if (slot)
			slot->task = NULL;
		goto unlock;
	}

	guard_count(id, GUARD_CALLS, 1);
	if (!slot)
		slot = pair_make_room(set, id);
	slot->task = current;
	slot->fault = pair_fault();
	slot->span = (struct guard_span){
		.mm = vma->vm_mm,
		.vma = vma,
		.site = id,
	};
	site->carrier->read(regs, &slot->span);
unlock:
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return 0;
}

NOKPROBE_SYMBOL(path_opened);

static int path_closed(struct kprobe *p, struct pt_regs *regs)
{
	struct pair_set *set = pair_set_of(current);
	struct guard_span span;
	struct pair_slot *slot;
	unsigned long flags;
	bool believed = false;

	raw_spin_lock_irqsave(&set->lock, flags);
	slot = pair_find(set, current);
	if (slot) {
		span = slot->span;
		believed = slot->fault == pair_fault();
		slot->task = NULL;
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);

	if (believed)
		guard_span_ready(&span);
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
