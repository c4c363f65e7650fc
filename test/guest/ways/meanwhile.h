/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread of its own does to some pages in the moment before the guard looks at what was
 * collapsed. That moment lasts until the thread has done, in a build of the module that waits
 * there (test/variants/held-look.sed).
 */
#ifndef WAYS_MEANWHILE_H
#define WAYS_MEANWHILE_H

#include "lib/tracker.h"

struct meanwhile;

/* What "ACT,FIRST,COUNT" says. Exits if that is no such thing. */
struct meanwhile *meanwhile_arg(const char *arg);

/* Before the collapse. Dies, in its thread, if the moment is over before it has done. */
void meanwhile_start(struct meanwhile *meanwhile, const struct tracker *t);

/* Waits until it has done, and moves back what was moved. */
void meanwhile_end(struct meanwhile *meanwhile);

#endif
