/* SPDX-License-Identifier: GPL-2.0 */
/* What provokes each finding, in memory that is mapped and not touched yet. */
#ifndef FINDINGS_RUNS_H
#define FINDINGS_RUNS_H

#include "lib/region.h"

void ksm_run(struct region *region);
void ksm_zero_run(struct region *region);
void fork_event_run(struct region *region);
void fork_event_hugetlb_run(struct region *region);
void hugetlb_fork_run(struct region *region);
void hugetlb_unshare_run(struct region *region);
void huge_zero_pin_run(struct region *region);
void unregister_fails_run(struct region *region);
void mremap_fails_run(struct region *region);
void mode_replaced_run(struct region *region);
void guard_install_run(struct region *region);
void rwp_collapse_run(struct region *region);
void rwp_pmd_run(struct region *region);
void rwp_split_run(struct region *region);
void rwp_reclaim_run(struct region *region);
void swapoff_waits_run(struct region *region);
void swapoff_waits_shared_run(struct region *region);
void swapoff_deadlock_run(struct region *region);

#endif
