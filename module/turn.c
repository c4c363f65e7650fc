// SPDX-License-Identifier: GPL-2.0
/*
 * mmap_lock for kernel threads, which scan or do what was deferred: in its turn, but not for ever.
 *
 * A process that never lets go of it (it waits for a file server, say) must not keep them
 * from all others, nor the guard from being unloaded. To try the lock now and then is not
 * enough: while somebody waits for it a try fails, and where many threads map and unmap
 * somebody always does. So they stand in line, as one that can be killed, and are when their
 * time is over: that ends the wait, and nothing else, for a kernel thread is not ended by
 * signals. What a worker ignores, it ignores again before it goes on to other works.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/workqueue.h>

#include "turn.h"
#include "uffdwp_compat.h"

/* For one address space, however often its lock is taken, */
#define PATIENCE	(5 * HZ)

/* and what each time that it was waited for and had gives back: who waits longer gets nowhere. */
#define ENCOURAGED	HZ

/* How soon it is noticed that the wait is not wanted any more. */
#define LOOK_UP		max(HZ / 50, 1)

/**
 * struct waiting - a wait for one's turn
 * @work: ends it in time
 * @waits: the thread that waits
 * @wanted: as in struct guard_turn
 * @until: how long it may, in jiffies
 */
struct waiting {
	struct delayed_work work;
	struct task_struct *waits;
	bool (*wanted)(void);
	unsigned long until;
};

static void waiting_timed(struct work_struct *work)
{
	struct waiting *waiting = container_of(to_delayed_work(work),
					       struct waiting, work);

	if (waiting->wanted() && time_before(jiffies, waiting->until))
		queue_delayed_work(guard_system_wq, &waiting->work, LOOK_UP);
	else
		send_sig(SIGKILL, waiting->waits, 1);
}

/*
 * Timed in the system's workqueue, not in the guard's: before 5.15 one that is destroyed right
 * after a work in it was cancelled can be taken for busy yet, which the kernel warns of. Any CPU
 * will do: one alone may be somebody's for long.
 */
static bool wait_in_line(struct mm_struct *mm, const struct guard_turn *turn)
{
	struct waiting waiting = {
		.waits = current,
		.wanted = turn->wanted,
		.until = jiffies + turn->left,
	};
	int err;

	INIT_DELAYED_WORK_ONSTACK(&waiting.work, waiting_timed);
	allow_kernel_signal(SIGKILL);
	queue_delayed_work(guard_system_wq, &waiting.work, LOOK_UP);
	err = mmap_read_lock_killable(mm);
	/* From here on nobody signals; what came meanwhile is thrown away. */
	cancel_delayed_work_sync(&waiting.work);
	destroy_delayed_work_on_stack(&waiting.work);
	disallow_signal(SIGKILL);
	/* That a signal was pending, too, which older kernels leave to a livepatch under way. */
	flush_signals(current);
	return !err;
}

/**
 * guard_turn_begin() - begin with an address space
 * @turn: how long one may wait for its lock from now on
 * @wanted: is one to go on? Called in process context
 *
 * Context: any.
 */
void guard_turn_begin(struct guard_turn *turn, bool (*wanted)(void))
{
	turn->left = PATIENCE;
	turn->wanted = wanted;
	turn->spans = 1;
}

/**
 * guard_turn_for_ever() - what waits is lost if it does not get the lock
 * @turn: begun; for as long as it is wanted one may wait now
 *
 * Context: any.
 */
void guard_turn_for_ever(struct guard_turn *turn)
{
	turn->left = MAX_JIFFY_OFFSET;
}

/**
 * guard_turn_lock() - mmap_read_lock(), for a few seconds at most
 * @turn: how long it may take; that long less, later
 * @mm: the address space; the caller keeps it
 *
 * Context: a kernel thread that is not to be signalled by others, or a worker; may sleep. What
 * it does about SIGKILL is changed meanwhile, and then it ignores that.
 *
 * Return: true with mmap_lock held for reading; false if it was not to be had in time, or
 * if it is not wanted any more.
 */
bool guard_turn_lock(struct guard_turn *turn, struct mm_struct *mm)
{
	unsigned long begun = jiffies;

	if (mmap_read_trylock(mm))
		return true;
	if (!wait_in_line(mm, turn)) {
		turn->left = 0;
		return false;
	}
	turn->left -= min(turn->left, jiffies - begun);
	turn->left = min_t(unsigned long, turn->left + ENCOURAGED, PATIENCE);
	return true;
}
