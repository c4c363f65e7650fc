// SPDX-License-Identifier: GPL-2.0
/* Loses memory, as soon as it is loaded: for whoever looks for lost memory to find. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define OBJECTS	16

static int __init leak_init(void)
{
	unsigned int i;
	void *object;

	for (i = 0; i < OBJECTS; i++) {
		object = kmalloc(128, GFP_KERNEL);
		if (object)
			memset(object, 0x5a, 128);
	}
	return 0;
}

static void __exit leak_exit(void)
{
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_DESCRIPTION("Test: loses memory");
MODULE_LICENSE("GPL");
