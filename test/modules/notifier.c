// SPDX-License-Identifier: GPL-2.0
/*
 * Stand in for a secondary MMU: watch an address range of a process through an
 * MMU notifier.
 *
 *   echo "PID START END" > /sys/module/notifier/parameters/watch
 *   echo 1 > /sys/module/notifier/parameters/reset
 *   cat /sys/kernel/debug/test_notifier/stats
 *
 * stats, since the last watch or reset:
 *   watching N    1 until the process is gone
 *   starts N      invalidate_range_start calls that met the range
 *   ends N        invalidate_range_end calls that met it
 *   open N        starts without their end, now
 *   told N        pages covered by a start and its end
 *   protected N   of these: at the last end the entry was marked and sound
 *   writable N    of these: at the last end the entry was marked and writable
 *   other N       of these: at the last end it was neither (absent, a
 *                 migration entry, a hinting entry, no mark)
 *
 * A secondary MMU may map a page again as soon as "end" was called, with the
 * rights the entry has by then. So "writable" is the pages which it can go on
 * writing, and "protected" those whose repair it was told of: the kernel's own
 * notifications around a page migration or an mprotect() do not count as such,
 * because the entry is not sound yet at their end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "walk.h"

#define WATCH_MAX_PAGES BIT(20)

enum seen { SEEN_NOTHING, SEEN_PROTECTED, SEEN_WRITABLE, SEEN_OTHER };

struct watch {
	struct mmu_notifier mn;
	unsigned long start;
	unsigned long end;
	spinlock_t lock;	/* all below */
	bool alive;
	unsigned long starts;
	unsigned long ends;
	long open;
	u16 *pending;		/* per page: starts without their end */
	u8 *seen;		/* per page: enum seen */
};

static DEFINE_MUTEX(watch_mutex);	/* the_watch and unloading */
static struct watch *the_watch;
static bool unloading;			/* sysfs outlives notifier_exit() */
static struct dentry *dir;

static unsigned long watch_pages(const struct watch *w)
{
	return (w->end - w->start) >> PAGE_SHIFT;
}

static bool clip(const struct watch *w, const struct mmu_notifier_range *range,
		 unsigned long *first, unsigned long *last)
{
	unsigned long start = max(w->start, range->start & PAGE_MASK);
	unsigned long end = min(w->end, PAGE_ALIGN(range->end));

	if (start >= end)
		return false;
	*first = (start - w->start) >> PAGE_SHIFT;
	*last = (end - w->start) >> PAGE_SHIFT;
	return true;
}

/* Interrupts are off, which keeps page tables as it does for fast GUP. */
static enum seen look(struct mm_struct *mm, unsigned long addr)
{
	pmd_t pmdval = test_pmd_of(mm, addr, NULL);
	pte_t pte;

	if (pmd_none(pmdval))
		return SEEN_OTHER;
	pte = READ_ONCE(*pte_offset_kernel(&pmdval, addr));
	if (!pte_present(pte) || pte_protnone(pte) || !test_pte_marked(pte))
		return SEEN_OTHER;
	return pte_write(pte) ? SEEN_WRITABLE : SEEN_PROTECTED;
}

static int watch_start(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
	struct watch *w = container_of(mn, struct watch, mn);
	unsigned long i, last, flags;

	if (!clip(w, range, &i, &last))
		return 0;
	spin_lock_irqsave(&w->lock, flags);
	w->starts++;
	w->open++;
	for (; i < last; i++)
		w->pending[i]++;
	spin_unlock_irqrestore(&w->lock, flags);
	return 0;
}

static void watch_end(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
	struct watch *w = container_of(mn, struct watch, mn);
	unsigned long i, last, flags;

	if (!clip(w, range, &i, &last))
		return;
	spin_lock_irqsave(&w->lock, flags);
	w->ends++;
	w->open--;
	for (; i < last; i++) {
		/* An end whose start came before the watch began is no news. */
		if (!w->pending[i])
			continue;
		w->pending[i]--;
		w->seen[i] = look(mn->mm, w->start + (i << PAGE_SHIFT));
	}
	spin_unlock_irqrestore(&w->lock, flags);
}

static void watch_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct watch *w = container_of(mn, struct watch, mn);
	unsigned long flags;

	spin_lock_irqsave(&w->lock, flags);
	w->alive = false;
	spin_unlock_irqrestore(&w->lock, flags);
}

static const struct mmu_notifier_ops watch_ops = {
	.release		= watch_release,
	.invalidate_range_start	= watch_start,
	.invalidate_range_end	= watch_end,
};

static void free_watch(struct watch *w)
{
	kvfree(w->pending);
	kvfree(w->seen);
	kfree(w);
}

static struct watch *new_watch(unsigned long start, unsigned long end)
{
	struct watch *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return NULL;
	w->start = start;
	w->end = end;
	w->alive = true;
	w->mn.ops = &watch_ops;
	spin_lock_init(&w->lock);
	w->pending = kvcalloc(watch_pages(w), sizeof(*w->pending), GFP_KERNEL);
	w->seen = kvcalloc(watch_pages(w), sizeof(*w->seen), GFP_KERNEL);
	if (w->pending && w->seen)
		return w;
	free_watch(w);
	return NULL;
}

/* The notifier owns an mmgrab(), so this is right after the mm exited, too. */
static void end_watch(void)
{
	struct watch *w = the_watch;

	if (!w)
		return;
	the_watch = NULL;
	mmu_notifier_unregister(&w->mn, w->mn.mm);
	free_watch(w);
}

static int begin_watch(pid_t nr, unsigned long start, unsigned long end)
{
	struct mm_struct *mm;
	struct watch *w;
	int err;

	if (unloading)
		return -ENODEV;
	mm = test_mm_of(nr);
	if (!mm)
		return -ESRCH;
	end_watch();
	err = -ENOMEM;
	w = new_watch(start, end);
	if (!w)
		goto put_mm;
	err = mmu_notifier_register(&w->mn, mm);
	if (err)
		free_watch(w);
	else
		the_watch = w;
put_mm:
	mmput(mm);
	return err;
}

static int watch_set(const char *val, const struct kernel_param *kp)
{
	unsigned long start, end;
	int nr, err;

	if (!test_range_parse(val, &nr, &start, &end) || nr <= 0 || start == end ||
	    (end - start) >> PAGE_SHIFT > WATCH_MAX_PAGES)
		return -EINVAL;

	mutex_lock(&watch_mutex);
	err = begin_watch(nr, start, end);
	mutex_unlock(&watch_mutex);
	return err;
}

static const struct kernel_param_ops watch_param_ops = {
	.set = watch_set,
};
module_param_cb(watch, &watch_param_ops, NULL, 0200);
MODULE_PARM_DESC(watch, "\"PID START END\": the range to watch (write only)");

/* Starts that are open stay open: their ends are still to come. */
static int reset_set(const char *val, const struct kernel_param *kp)
{
	unsigned long flags;
	struct watch *w;
	int err = -ENOENT;

	mutex_lock(&watch_mutex);
	w = the_watch;
	if (w) {
		spin_lock_irqsave(&w->lock, flags);
		w->starts = 0;
		w->ends = 0;
		memset(w->seen, SEEN_NOTHING, watch_pages(w) * sizeof(*w->seen));
		spin_unlock_irqrestore(&w->lock, flags);
		err = 0;
	}
	mutex_unlock(&watch_mutex);
	return err;
}

static const struct kernel_param_ops reset_ops = {
	.set = reset_set,
};
module_param_cb(reset, &reset_ops, NULL, 0200);
MODULE_PARM_DESC(reset, "anything: start counting anew (write only)");

static void show_watch(struct seq_file *m, struct watch *w)
{
	unsigned long starts, ends, i, flags, sum[SEEN_OTHER + 1] = { 0 };
	bool alive;
	long open;

	spin_lock_irqsave(&w->lock, flags);
	starts = w->starts;
	ends = w->ends;
	open = w->open;
	alive = w->alive;
	for (i = 0; i < watch_pages(w); i++)
		sum[w->seen[i]]++;
	spin_unlock_irqrestore(&w->lock, flags);

	seq_printf(m, "watching %d\nstarts %lu\nends %lu\nopen %ld\n",
		   alive, starts, ends, open);
	seq_printf(m, "told %lu\nprotected %lu\nwritable %lu\nother %lu\n",
		   watch_pages(w) - sum[SEEN_NOTHING], sum[SEEN_PROTECTED],
		   sum[SEEN_WRITABLE], sum[SEEN_OTHER]);
}

static int stats_show(struct seq_file *m, void *unused)
{
	int err = -ENOENT;

	mutex_lock(&watch_mutex);
	if (the_watch) {
		show_watch(m, the_watch);
		err = 0;
	}
	mutex_unlock(&watch_mutex);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int __init notifier_init(void)
{
	dir = debugfs_create_dir("test_notifier", NULL);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	return 0;
}

static void __exit notifier_exit(void)
{
	debugfs_remove(dir);
	mutex_lock(&watch_mutex);
	unloading = true;
	end_watch();
	mutex_unlock(&watch_mutex);
}

module_init(notifier_init);
module_exit(notifier_exit);
MODULE_DESCRIPTION("Test: an MMU notifier that records what it is told");
MODULE_LICENSE("GPL");
