// SPDX-License-Identifier: GPL-2.0
/*
 * A pair of entry probes as carrier: the opening function has the arguments, the
 * closing one is called by the same task when the path is done. Nothing is held
 * while the path sleeps, and ordinary faults cost nothing.
 *
 * What passes between the two goes through a small table by task. The rules that
 * make it safe to touch the VMA in it:
 *
 *  - Every opening by a task replaces what the table holds for this task, also
 *    with nothing when the VMA is not ours. A closing always follows an opening
 *    of the same path by the same task, so what it finds is of its own path, and
 *    the path still holds the VMA. A path that ends without a closing (the entry
 *    changed while a migration failed) leaves its slot to the task's next opening.
 *  - An opening that the kernel did not deliver (kprobe's nmissed) might have
 *    left an older slot behind: a slot is believed only if none was lost since.
 *  - A slot of a task that is gone is never read: a task reusing the task_struct
 *    opens before it closes.
 *
 * A set of slots that is full of living tasks' paths makes the newest give way to
 * nobody: it is counted missed.
 */
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "uffdwp_guard.h"
#include "uffdwp_stats.h"

#define PAIR_SETS	256
#define PAIR_WAYS	4

struct pair_slot {
	struct task_struct *task;	/* compared, never dereferenced */
	pid_t pid;
	unsigned long nmissed;
	struct guard_span span;
};

/*
 * Both probed functions run in task context and nothing else takes the lock, but
 * under an int3-based probe interrupts are off already: irqsave, which costs
 * little on the way of a hinting fault.
 */
struct pair_set {
	raw_spinlock_t lock;	/* protects slots */
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

/* Is the task that left this slot gone? Its pid tells; the task is not touched. */
static bool pair_stale(const struct pair_slot *slot)
{
	bool stale;

	rcu_read_lock();
	stale = pid_task(find_pid_ns(slot->pid, &init_pid_ns), PIDTYPE_PID) !=
		slot->task;
	rcu_read_unlock();
	return stale;
}

static struct pair_slot *pair_make_room(struct pair_set *set)
{
	struct pair_slot *slot = pair_find(set, NULL);
	unsigned int i;

	for (i = 0; !slot && i < PAIR_WAYS; i++)
		if (pair_stale(&set->slots[i]))
			slot = &set->slots[i];
	return slot;
}

static int path_opened(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, opening);
	struct vm_area_struct *vma = site->carrier->vma(regs);
	bool ours = userfaultfd_wp(vma);
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

	guard_count(site - guard_sites, GUARD_CALLS, 1);
	if (!slot)
		slot = pair_make_room(set);
	if (!slot) {
		guard_count(site - guard_sites, GUARD_MISSED, 1);
		goto unlock;
	}
	slot->task = current;
	slot->pid = current->pid;
	slot->nmissed = READ_ONCE(site->opening.nmissed);
	slot->span = (struct guard_span){
		.mm = vma->vm_mm,
		.vma = vma,
		.site = site - guard_sites,
	};
	site->carrier->read(regs, &slot->span);
unlock:
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return 0;
}

NOKPROBE_SYMBOL(path_opened);

static int path_closed(struct kprobe *p, struct pt_regs *regs)
{
	struct guard_site *site = container_of(p, struct guard_site, closing);
	struct pair_set *set = pair_set_of(current);
	struct guard_span span;
	struct pair_slot *slot;
	unsigned long flags;
	bool believed = false;

	raw_spin_lock_irqsave(&set->lock, flags);
	slot = pair_find(set, current);
	if (slot) {
		span = slot->span;
		believed = slot->nmissed == READ_ONCE(site->opening.nmissed);
		slot->task = NULL;
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);

	if (believed)
		guard_span_ready(&span);
	else if (slot)
		guard_count(site - guard_sites, GUARD_MISSED, 1);
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
		.pre_handler = path_closed,
	};
	err = register_kprobe(&site->closing);
	if (err)
		goto free_sets;

	site->opening = (struct kprobe){
		.symbol_name = site->carrier->symbol,
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
	unregister_kprobe(&site->opening);
	unregister_kprobe(&site->closing);
	kvfree(pair_sets);
	pair_sets = NULL;
}
