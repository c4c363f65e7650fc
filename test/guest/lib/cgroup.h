/* SPDX-License-Identifier: GPL-2.0 */
/* Short of memory: what a system call does when the kernel may have only so many pages for it. */
#ifndef GUEST_CGROUP_H
#define GUEST_CGROUP_H

#include <stddef.h>

/*
 * From the first to the last of cgroup_enter(). cgroup2 must be mounted where it usually is,
 * with its controller of memory. The caller stays on one CPU, cannot be killed for want of memory,
 * and what the kernel prints about that want does not get to the console.
 */
void cgroup_begin(void);
void cgroup_end(void);

/*
 * Into a memory cgroup that is new, and may have so many pages, and out of it. In between the
 * caller must touch nothing that it has not touched before: a fault is tried for ever. Each dies
 * if it cannot.
 */
void cgroup_enter(size_t pages);
void cgroup_leave(void);

#endif
