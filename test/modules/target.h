/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that the guard has return probes on, and where their arguments are. */
#ifndef TEST_TARGET_H
#define TEST_TARGET_H

/* From 5.19 on. */
static const struct {
	const char *symbol;
	unsigned int vma;
	unsigned int addr;
} targets[] = {
	{ "change_protection",		1, 2 },
	{ "change_pte_range",		1, 3 },
	{ "remove_migration_pte",	1, 2 },
};

#endif
