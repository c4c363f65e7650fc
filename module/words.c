// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters that take one of two words, and how values that are refused are repeated.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "uffdwp_guard.h"

/**
 * guard_shown() - how much of a refused value is repeated
 * @val: the value
 *
 * Context: any.
 *
 * Return: the length of its first line, within reason.
 */
int guard_shown(const char *val)
{
	return min_t(size_t, strcspn(val, "\n"), 32);
}

/**
 * guard_word_of() - which of its two words a parameter is given
 * @val: what was written
 * @kp: the parameter
 * @words: its words
 * @now: the number of that which is in force
 *
 * Context: process context.
 *
 * Return: the number of the word, or -EINVAL after one line that says what it can be.
 */
int guard_word_of(const char *val, const struct kernel_param *kp,
		  const char * const words[2], int now)
{
	int new = __sysfs_match_string(words, 2, val);

	if (new < 0)
		pr_err("%s is %s or %s, not '%.*s'; left at %s\n", kp->name,
		       words[0], words[1], guard_shown(val), val, words[now]);
	return new;
}
