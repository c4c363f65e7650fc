/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GUEST_MEDIAN_H
#define GUEST_MEDIAN_H

#include <linux/types.h>
#include <stddef.h>

/* Of nr samples, at least one, which are sorted by it. */
double median(__u64 *samples, size_t nr);

#endif
