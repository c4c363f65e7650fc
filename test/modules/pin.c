// SPDX-License-Identifier: GPL-2.0
/*
 * Pin memory for long and for reading only, and let it go again, as drivers do whose devices
 * read it by themselves (VFIO, IOMMUFD, RDMA).
 *
 *   insmod pin.ko
 *   echo "PID START END" > /sys/module/pin/parameters/range
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/version.h>

#include "walk.h"

/* Of one page. Returns 1, or a negative errno. */
static long pin_one(struct mm_struct *mm, unsigned long addr, struct page **page)
{
#if KERNEL_VERSION(6, 5, 0) > LINUX_VERSION_CODE
	return pin_user_pages_remote(mm, addr, 1, FOLL_LONGTERM, page, NULL, NULL);
#else
	return pin_user_pages_remote(mm, addr, 1, FOLL_LONGTERM, page, NULL);
#endif
}

static long pin_all(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct page *page;
	unsigned long addr;
	long pinned = 1;

	mmap_read_lock(mm);
	for (addr = start; addr < end && pinned == 1; addr += PAGE_SIZE) {
		pinned = pin_one(mm, addr, &page);
		if (pinned == 1)
			unpin_user_page(page);
		cond_resched();
	}
	mmap_read_unlock(mm);
	return pinned < 0 ? pinned : 0;
}

static int range_set(const char *val, const struct kernel_param *kp)
{
	unsigned long start, end;
	struct mm_struct *mm;
	long err;
	int nr;

	if (!test_range_parse(val, &nr, &start, &end))
		return -EINVAL;
	mm = test_mm_of(nr);
	if (!mm)
		return -ESRCH;
	err = pin_all(mm, start, end);
	mmput(mm);
	return err;
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"PID START END\" (write only)");

static int __init pin_init(void)
{
	return 0;
}

static void __exit pin_exit(void)
{
}

module_init(pin_init);
module_exit(pin_exit);

MODULE_DESCRIPTION("Test: memory that is pinned for reading");
MODULE_LICENSE("GPL");
