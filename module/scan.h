/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scans: scan_request.c is asked for them, scan.c does them.
 */
#ifndef UFFDWP_SCAN_H
#define UFFDWP_SCAN_H

#include <linux/sched.h>

bool guard_scan_process(struct task_struct *task);
void guard_scan_all(void);

#endif /* UFFDWP_SCAN_H */
