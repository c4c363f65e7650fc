// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "median.h"

static int by_size(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

double median(__u64 *samples, size_t nr)
{
	size_t half = nr / 2;

	qsort(samples, nr, sizeof(*samples), by_size);
	return nr % 2 ? samples[half] : (samples[half - 1] + samples[half]) / 2.0;
}
