/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks put back and taken off: remark.c; repair.c decides.
 */
#ifndef UFFDWP_REMARK_H
#define UFFDWP_REMARK_H

#include <linux/mm.h>

/* repair.c */
pte_t guard_readable_pte(pte_t old);
pmd_t guard_readable_pmd(pmd_t old);

/* remark.c */
pte_t guard_mark_pte(struct vm_area_struct *vma, pte_t *ptep);
pmd_t guard_mark_pmd(struct vm_area_struct *vma, pmd_t *pmdp);
pte_t guard_unmark_pte(pte_t *ptep);
pmd_t guard_unmark_pmd(pmd_t *pmdp);

#endif /* UFFDWP_REMARK_H */
