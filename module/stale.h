/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks that are older than their registration: stale.c.
 */
#ifndef UFFDWP_STALE_H
#define UFFDWP_STALE_H

#include "uffdwp_guard.h"

void guard_userfaultfd_called(const void *ctx);
void guard_userfaultfd_returned(const void *ctx);
void guard_registration_begins(struct guard_registration *registration,
			       unsigned long start, unsigned long end);
bool guard_userfaultfd_idle(void);
void guard_userfaultfd_untold(void);
bool guard_is_stale(const struct guard_span *span);

#endif /* UFFDWP_STALE_H */
