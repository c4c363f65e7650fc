/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scans: scan_request.c is asked for them, scan.c does them, turn.c gets them their locks.
 */
#ifndef UFFDWP_SCAN_H
#define UFFDWP_SCAN_H

#include <linux/sched.h>

bool guard_scan_process(struct task_struct *task);
void guard_scan_all(void);
bool guard_scan_lock(struct mm_struct *mm);

#endif /* UFFDWP_SCAN_H */
