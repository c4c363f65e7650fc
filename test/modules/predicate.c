// SPDX-License-Identifier: GPL-2.0
/*
 * Ask the guard's own predicate about entries of every sort. Loading fails, and
 * says which, if it judges one otherwise than the table.
 */
#include <linux/module.h>

#include "uffdwp_invariant.h"
#include "walk.h"

#ifdef pgtable_supports_uffd
#define test_pmd_mark	pmd_mkuffd
#else
#define test_pmd_mark	pmd_mkuffd_wp
#endif

static unsigned int wrong;

static void expect(const char *what, enum guard_kind kind, enum guard_kind expected)
{
	if (kind == expected)
		return;
	pr_err("%s is judged %d, not %d\n", what, kind, expected);
	wrong++;
}

static pte_t present(pgprot_t prot)
{
	return pfn_pte(page_to_pfn(ZERO_PAGE(0)), prot);
}

static pte_t marked(pte_t pte)
{
	return pte_present(pte) ? test_pte_mark(pte) : pte_swp_mkuffd(pte);
}

static void judge_ptes(void)
{
	unsigned long pfn = page_to_pfn(ZERO_PAGE(0));
	/* The mark first: on newer kernels setting it takes write access away. */
	pte_t broken = pte_set_flags(marked(present(PAGE_READONLY)), _PAGE_RW);
	pte_t saved = pte_set_flags(marked(present(PAGE_NONE)), _PAGE_RW);
	pte_t write = softleaf_to_pte(make_writable_migration_entry(pfn));
	pte_t read = softleaf_to_pte(make_readable_migration_entry(pfn));
	pte_t exclusive = softleaf_to_pte(make_readable_exclusive_migration_entry(pfn));
	pte_t swapped = softleaf_to_pte(swp_entry(0, 1));
	static const enum guard_kind ok = GUARD_INTACT;

	expect("marked against all, readable",
	       guard_judge_pte(marked(present(PAGE_READONLY)), true), GUARD_KIND_ACCESSIBLE);
	expect("marked against all, writable", guard_judge_pte(broken, true),
	       GUARD_KIND_ACCESSIBLE);
	if (IS_ENABLED(CONFIG_NUMA_BALANCING))
		expect("marked against all", guard_judge_pte(marked(present(PAGE_NONE)), true),
		       ok);
	expect("readable among such", guard_judge_pte(present(PAGE_READONLY), true), ok);
	expect("none", guard_judge_pte(__pte(0), false), ok);
	expect("read-only", guard_judge_pte(present(PAGE_READONLY), false), ok);
	expect("writable", guard_judge_pte(present(PAGE_SHARED), false), ok);
	expect("marked", guard_judge_pte(marked(present(PAGE_READONLY)), false), ok);
	expect("marked, writable", guard_judge_pte(broken, false), GUARD_KIND_WRITABLE);
	expect("marked hinting", guard_judge_pte(marked(present(PAGE_NONE)), false), ok);
	/* Without NUMA balancing nothing saves write access, and none is looked for. */
	if (IS_ENABLED(CONFIG_NUMA_BALANCING))
		expect("marked hinting with saved write", guard_judge_pte(saved, false), ok);
	expect("swapped", guard_judge_pte(swapped, false), ok);
	expect("marked, swapped", guard_judge_pte(marked(swapped), false), ok);
	expect("readable migration", guard_judge_pte(read, false), ok);
	expect("writable migration", guard_judge_pte(write, false), ok);
	expect("marked readable migration", guard_judge_pte(marked(read), false), ok);
	expect("marked exclusive migration", guard_judge_pte(marked(exclusive), false), ok);
	expect("marked writable migration", guard_judge_pte(marked(write), false),
	       GUARD_KIND_MIGRATION_ENTRY);
}

/* By type, for not all kernels have functions that make them. */
static void judge_device_ptes(void)
{
#ifdef CONFIG_DEVICE_PRIVATE
	pte_t private_write = softleaf_to_pte(swp_entry(SWP_DEVICE_WRITE, 1));
	pte_t private_read = softleaf_to_pte(swp_entry(SWP_DEVICE_READ, 1));

	expect("writable device-private", guard_judge_pte(private_write, false), GUARD_INTACT);
	expect("marked device-private", guard_judge_pte(marked(private_read), false), GUARD_INTACT);
	expect("marked writable device-private", guard_judge_pte(marked(private_write), false),
	       GUARD_KIND_DEVICE_ENTRY);
#ifdef SWP_DEVICE_EXCLUSIVE_WRITE
	pte_t write = softleaf_to_pte(swp_entry(SWP_DEVICE_EXCLUSIVE_WRITE, 1));
	pte_t read = softleaf_to_pte(swp_entry(SWP_DEVICE_EXCLUSIVE_READ, 1));

	expect("marked device-exclusive", guard_judge_pte(marked(read), false), GUARD_INTACT);
	expect("marked writable device-exclusive", guard_judge_pte(marked(write), false),
	       GUARD_KIND_DEVICE_ENTRY);
#endif
#endif
}

static pmd_t huge(pgprot_t prot)
{
	return pmd_mkhuge(pfn_pmd(0, prot));
}

static void judge_pmds(void)
{
	pmd_t broken = pmd_set_flags(test_pmd_mark(huge(PAGE_READONLY)), _PAGE_RW);
	pmd_t saved = pmd_set_flags(test_pmd_mark(huge(PAGE_NONE)), _PAGE_RW);
	pmd_t write = pmd_swp_mkuffd(softleaf_to_pmd(make_writable_migration_entry(0)));
	pmd_t read = pmd_swp_mkuffd(softleaf_to_pmd(make_readable_migration_entry(0)));
	static const enum guard_kind ok = GUARD_INTACT;

	expect("huge, marked against all, readable",
	       guard_judge_pmd(test_pmd_mark(huge(PAGE_READONLY)), true), GUARD_KIND_ACCESSIBLE);
	if (IS_ENABLED(CONFIG_NUMA_BALANCING))
		expect("huge, marked against all",
		       guard_judge_pmd(test_pmd_mark(huge(PAGE_NONE)), true), ok);
	expect("huge, writable", guard_judge_pmd(huge(PAGE_SHARED), false), ok);
	expect("huge, marked", guard_judge_pmd(test_pmd_mark(huge(PAGE_READONLY)), false), ok);
	expect("huge, marked, writable", guard_judge_pmd(broken, false), GUARD_KIND_WRITABLE);
	if (IS_ENABLED(CONFIG_NUMA_BALANCING))
		expect("huge, marked hinting with saved write", guard_judge_pmd(saved, false), ok);
	expect("huge, marked readable migration", guard_judge_pmd(read, false), ok);
	if (IS_ENABLED(CONFIG_ARCH_ENABLE_THP_MIGRATION))
		expect("huge, marked writable migration", guard_judge_pmd(write, false),
		       GUARD_KIND_MIGRATION_ENTRY);
}

static int __init predicate_init(void)
{
	judge_ptes();
	judge_device_ptes();
	judge_pmds();
	return wrong ? -EINVAL : 0;
}

static void __exit predicate_exit(void)
{
}

module_init(predicate_init);
module_exit(predicate_exit);

MODULE_DESCRIPTION("Test: the guard's predicate on entries of every sort");
MODULE_LICENSE("GPL");
