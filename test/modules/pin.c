// SPDX-License-Identifier: GPL-2.0
/*
 * Pin memory for long and for reading only, and let it go again, as drivers do whose devices
 * read it by themselves (VFIO, IOMMUFD, RDMA).
 *
 *   insmod pin.ko
 *   write "START END" to /sys/module/pin/parameters/range
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

/* Whoever writes has its own memory pinned. */
static int range_set(const char *val, const struct kernel_param *kp)
{
	unsigned long start, end, addr;
	struct page *page;
	int used = 0, pinned;

	if (sscanf(val, "%li %li %n", &start, &end, &used) != 2 || val[used] ||
	    !PAGE_ALIGNED(start | end) || start > end)
		return -EINVAL;
	for (addr = start; addr < end; addr += PAGE_SIZE) {
		pinned = pin_user_pages_fast(addr, 1, FOLL_LONGTERM, &page);
		if (pinned != 1)
			return pinned < 0 ? pinned : -EFAULT;
		unpin_user_page(page);
		cond_resched();
	}
	return 0;
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"START END\" (write only)");

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
