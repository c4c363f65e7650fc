/* SPDX-License-Identifier: GPL-2.0 */
/* What the test modules share: from a pid to its mm, from an address to its entry. */
#ifndef TEST_WALK_H
#define TEST_WALK_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/* The uffd-wp helpers lost their "_wp" when the mark got a second use. */
#ifdef pgtable_supports_uffd
#define test_pte_marked		pte_uffd
#define test_pte_mark		pte_mkuffd
#define test_pte_unmark		pte_clear_uffd
#define test_pte_swp_mark	pte_swp_mkuffd
#define test_vma_protected	userfaultfd_protected
#else
#define test_pte_marked		pte_uffd_wp
#define test_pte_mark		pte_mkuffd_wp
#define test_pte_unmark		pte_clear_uffd_wp
#define test_pte_swp_mark	pte_swp_mkuffd_wp
#define test_vma_protected	userfaultfd_wp
#endif

/*
 * Read access for an entry without any, whose page frame number is inverted: @frame is where
 * one of its level has it.
 */
static inline pte_t test_pte_readable(pte_t pte, u64 frame)
{
	u64 old = pte_val(pte_wrprotect(pte));
	u64 val = (old & ~_PAGE_PROTNONE) | _PAGE_PRESENT | _PAGE_USER;

	return __pte(flip_protnone_guard(old, val, frame));
}

/* Returns with mm_users held (mmput() it), or NULL: no such process, or no mm. */
static inline struct mm_struct *test_mm_of(pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
	struct mm_struct *mm = NULL;
	struct task_struct *thread;

	/* The first thread may have exited before the others. */
	rcu_read_lock();
	if (task)
		for_each_thread(task, thread) {
			mm = get_task_mm(thread);
			if (mm)
				break;
		}
	rcu_read_unlock();
	if (task)
		put_task_struct(task);
	put_pid(pid);
	return mm;
}

/* The same, with mm_count held (mmdrop() it): the process may exit meanwhile. */
static inline struct mm_struct *test_mm_grab(pid_t nr)
{
	struct mm_struct *mm = test_mm_of(nr);

	if (!mm)
		return NULL;
	mmgrab(mm);
	mmput(mm);
	return mm;
}

/* Takes "PID START END", whole pages. Returns false if that is something else. */
static inline bool test_range_parse(const char *val, int *nr, unsigned long *start,
				    unsigned long *end)
{
	int used = 0;

	return sscanf(val, "%d %li %li %n", nr, start, end, &used) == 3 && !val[used] &&
	       PAGE_ALIGNED(*start | *end) && *start <= *end;
}

/* Memory of a process. */
struct test_range {
	struct mm_struct *mm;	/* mm_count held; NULL: none */
	unsigned long start, end;
};

/*
 * The range that such a string names: of pid 0, none. Returns a negative errno if it is
 * something else, or there is no such process.
 */
static inline int test_range_grab(const char *val, struct test_range *range)
{
	int nr;

	range->mm = NULL;
	if (!test_range_parse(val, &nr, &range->start, &range->end))
		return -EINVAL;
	if (!nr)
		return 0;
	range->mm = test_mm_grab(nr);
	return range->mm ? 0 : -ESRCH;
}

/*
 * The pmd value over @addr, or an empty one where there is no page table of
 * base pages. Neither blocks nor repairs. The caller keeps page tables from
 * being freed: mmap lock, rmap lock, or interrupts off.
 */
static inline pmd_t test_pmd_of(struct mm_struct *mm, unsigned long addr, pmd_t **where)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud, pudval;
	pmd_t *pmd, pmdval;

	if (pgd_none(READ_ONCE(*pgd)))
		return __pmd(0);
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(READ_ONCE(*p4d)))
		return __pmd(0);
	pud = pud_offset(p4d, addr);
	pudval = READ_ONCE(*pud);
	if (!pud_present(pudval) || pud_leaf(pudval) || pud_bad(pudval))
		return __pmd(0);
	pmd = pmd_offset(pud, addr);
	pmdval = READ_ONCE(*pmd);
	if (!pmd_present(pmdval) || pmd_leaf(pmdval) || pmd_bad(pmdval))
		return __pmd(0);
	if (where)
		*where = pmd;
	return pmdval;
}

/* An entry of whatever level. All have the bits that tests deal in where a pte has them. */
struct test_entry {
	pte_t *ptep;		/* NULL: there is none */
	unsigned long size;	/* of what it maps, or of the hole */
	pmd_t *pmdp, pmd;	/* the table it is in, if it maps a base page */
};

/*
 * The entry over @addr. Neither blocks nor repairs. The caller keeps page tables from
 * being freed, as above.
 */
static inline struct test_entry test_entry_of(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	if (pgd_none(READ_ONCE(*pgd)))
		return (struct test_entry){ .size = PGDIR_SIZE };
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(READ_ONCE(*p4d)))
		return (struct test_entry){ .size = P4D_SIZE };
	pudp = pud_offset(p4d, addr);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return (struct test_entry){ .size = PUD_SIZE };
	if (!pud_present(pud) || pud_leaf(pud))
		return (struct test_entry){ .ptep = (pte_t *)pudp, .size = PUD_SIZE };
	pmdp = pmd_offset(pudp, addr);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd))
		return (struct test_entry){ .size = PMD_SIZE };
	if (!pmd_present(pmd) || pmd_leaf(pmd))
		return (struct test_entry){ .ptep = (pte_t *)pmdp, .size = PMD_SIZE };
	return (struct test_entry){
		.ptep = pte_offset_kernel(&pmd, addr),
		.size = PAGE_SIZE,
		.pmdp = pmdp,
		.pmd = pmd,
	};
}

#endif
