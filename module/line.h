/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line that a violation has in the kernel's log: line.c.
 */
#ifndef UFFDWP_LINE_H
#define UFFDWP_LINE_H

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

/**
 * struct guard_line - what is in a line
 * @site: the site
 * @v: the violation
 * @process: whose promise is broken
 * @thread: in which the path ran
 * @sharing: of the memory, a word
 * @memory: which memory, a word
 * @stack: the site's stack comes with it (log.c)
 */
struct guard_line {
	const struct guard_site *site;
	struct guard_violation v;
	struct guard_task process;
	struct guard_task thread;
	const char *sharing;
	const char *memory;
	bool stack;
};

void guard_line_format(char *buf, size_t size, const struct guard_line *line,
		       bool address);
void guard_line_queue(const struct guard_line *line);

#endif /* UFFDWP_LINE_H */
