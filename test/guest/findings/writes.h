/* SPDX-License-Identifier: GPL-2.0 */
/* The end of each finding: the writes that show it, and what becomes of them. */
#ifndef FINDINGS_WRITES_H
#define FINDINGS_WRITES_H

#include <stdbool.h>

#include "lib/region.h"
#include "lib/tracker.h"

/* What has not ended by then, and goes on faulting, will not end. */
#define PATIENCE_SECONDS 2

/* Wait for a line on standard input before the writes. */
extern bool pause_wanted;

/* What is printed and waited for before them. */
void about_to_write(const struct region *region);

/* Write to each page once, and count who is announced. */
void write_all(struct tracker *t);

/* The same where nobody answers; whoever only goes on faulting is stopped. */
void write_all_or_give_up(const struct region *region);

#endif
