// SPDX-License-Identifier: GPL-2.0
/*
 * A livepatch of functions by others that count their calls and do what the old ones do.
 *
 *   insmod replace.ko symbols=FUNCTION,...
 *   echo 0 > /sys/kernel/livepatch/replace/enabled	(before rmmod)
 *
 * They have six arguments at most, all of which come in registers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "find.h"

#define MAX_SYMBOLS	2

typedef unsigned long (*any_function)(unsigned long, unsigned long, unsigned long,
				      unsigned long, unsigned long, unsigned long);

static char *symbols[MAX_SYMBOLS];
static int nr_symbols;
module_param_array(symbols, charp, &nr_symbols, 0444);
MODULE_PARM_DESC(symbols, "functions to replace");

/* Some of those that race are lost. */
static unsigned long calls[MAX_SYMBOLS];
module_param_array(calls, ulong, NULL, 0444);
MODULE_PARM_DESC(calls, "how often each was called (read only)");

/* Behind the call that livepatch redirects. */
static any_function old[MAX_SYMBOLS];

static unsigned long count_and_call(int n, unsigned long a, unsigned long b,
				    unsigned long c, unsigned long d,
				    unsigned long e, unsigned long f)
{
	calls[n]++;
	return old[n](a, b, c, d, e, f);
}

static unsigned long new_0(unsigned long a, unsigned long b, unsigned long c,
			   unsigned long d, unsigned long e, unsigned long f)
{
	return count_and_call(0, a, b, c, d, e, f);
}

static unsigned long new_1(unsigned long a, unsigned long b, unsigned long c,
			   unsigned long d, unsigned long e, unsigned long f)
{
	return count_and_call(1, a, b, c, d, e, f);
}

/* An entry without names is the end. */
static struct klp_func funcs[MAX_SYMBOLS + 1];

static struct klp_object objects[] = {
	{ .funcs = funcs },	/* of the kernel itself */
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init replace_init(void)
{
	static const any_function new[MAX_SYMBOLS] = { new_0, new_1 };
	int i;

	if (!nr_symbols) {
		pr_err("symbols= is missing\n");
		return -EINVAL;
	}
	for (i = 0; i < nr_symbols; i++) {
		/* A probe of a function's begin is where its call of ftrace is. */
		void *begin = test_address_of(symbols[i]);

		if (!begin)
			return -ENOENT;
		old[i] = begin + MCOUNT_INSN_SIZE;
		funcs[i].old_name = symbols[i];
		funcs[i].new_func = new[i];
	}
	return klp_enable_patch(&patch);
}

static void __exit replace_exit(void)
{
}

module_init(replace_init);
module_exit(replace_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Test: a livepatch of functions that does nothing but count");
MODULE_LICENSE("GPL");
