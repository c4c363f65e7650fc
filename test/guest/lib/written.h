/* SPDX-License-Identifier: GPL-2.0 */
/* PAGEMAP_SCAN (6.7 and later): protect asynchronously, and learn of writes. */
#ifndef GUEST_WRITTEN_H
#define GUEST_WRITTEN_H

#include <linux/fs.h>
#include <linux/types.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stddef.h>

/* Headers before 6.7 lack all of these. */
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_UNPOPULATED	0x2000
#define UFFD_FEATURE_WP_ASYNC		0x8000
#endif

#ifndef PAGEMAP_SCAN
struct page_region {
	__u64 start;
	__u64 end;
	__u64 categories;
};
#endif

int open_pagemap(void);

/* Written pages of the range in one piece; with protect they are protected, too. */
bool written(int pagemap, char *start, size_t len, bool protect, struct page_region *found);

#endif
