// SPDX-License-Identifier: GPL-2.0
/*
 * mmap_lock for scans: in its turn, but not for ever.
 *
 * A process that never lets go of it (it waits for a file server, say) must not keep a scan
 * from all others, nor the guard from being unloaded. To try the lock now and then is not
 * enough: while somebody waits for it a try fails, and where many threads map and unmap
 * somebody always does. So a scan stands in line, as one that can be killed, and is when its
 * time is over: that ends the wait, and nothing else, for a kernel thread is not ended by
 * signals.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/workqueue.h>

#include "scan.h"
#include "uffdwp_guard.h"

#define PATIENCE	(5 * HZ)

/* How soon the end of all scans is noticed. */
#define LOOK_UP		max(HZ / 50, 1)

/**
 * struct turn - a wait for one's turn
 * @work: in the guard's workqueue, ends it in time
 * @waits: the thread that waits
 * @until: how long it may, in jiffies
 */
struct turn {
	struct delayed_work work;
	struct task_struct *waits;
	unsigned long until;
};

static void turn_timed(struct work_struct *work)
{
	struct turn *turn = container_of(to_delayed_work(work), struct turn,
					 work);

	if (guard_scan_wanted() && time_before(jiffies, turn->until))
		guard_queue_delayed_work(&turn->work, LOOK_UP);
	else
		send_sig(SIGKILL, turn->waits, 1);
}

/**
 * guard_scan_lock() - mmap_read_lock(), for a few seconds at most
 * @mm: the address space; the caller keeps it
 *
 * Context: a kernel thread that runs a scan and nothing else, may sleep: what it does about
 * SIGKILL is changed, and then it ignores that.
 *
 * Return: true with mmap_lock held for reading; false if it was not to be had in time, or
 * if scans are to end.
 */
bool guard_scan_lock(struct mm_struct *mm)
{
	struct turn turn = { .waits = current };
	int err;

	if (mmap_read_trylock(mm))
		return true;

	turn.until = jiffies + PATIENCE;
	INIT_DELAYED_WORK_ONSTACK(&turn.work, turn_timed);
	allow_kernel_signal(SIGKILL);
	guard_queue_delayed_work(&turn.work, LOOK_UP);
	err = mmap_read_lock_killable(mm);
	/* From here on nobody signals; what came meanwhile is thrown away. */
	cancel_delayed_work_sync(&turn.work);
	destroy_delayed_work_on_stack(&turn.work);
	disallow_signal(SIGKILL);
	return !err;
}
