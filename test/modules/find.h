/* SPDX-License-Identifier: GPL-2.0 */
/* Where functions are that are not exported. */
#ifndef TEST_FIND_H
#define TEST_FIND_H

#include <linux/kprobes.h>
#include <linux/printk.h>

/* The address of a function that can be probed, NULL if there is none: then it has said so. */
static inline void *test_address_of(const char *name)
{
	struct kprobe finder = { .symbol_name = name };
	int err = register_kprobe(&finder);

	if (err) {
		pr_err("cannot find %s (error %d)\n", name, err);
		return NULL;
	}
	unregister_kprobe(&finder);
	return finder.addr;
}

#endif
