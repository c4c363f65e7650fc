// SPDX-License-Identifier: GPL-2.0
/*
 * The paths that are watched, and what can carry each of them on which kernel.
 *
 * A row is data, and everything else walks the table. What a carrier's readers
 * assume about locks and lifetime stands beside them, and so does the prototype
 * that they assume, which is compared with the running kernel's before they run.
 */
#include <linux/mm.h>

#include "sites.h"

/*
 * remove_migration_pte(folio, vma, addr, arg): the folio is locked, and the
 * rmap walk holds anon_vma's or i_mmap's rwsem, at entry and at return.
 * free_pgtables() unlinks a VMA from the rmap before it frees page tables, so
 * the rwsem keeps both here, though there is no mmap_lock and the mm may have no
 * users left. @addr is where the folio begins, or the VMA if that is later.
 */
static void read_remove_migration_pte(struct pt_regs *regs,
				      struct guard_span *span)
{
	struct folio *folio = (struct folio *)arg(regs, 0);

	span_around(span, arg(regs, 2), 0, folio_nr_pages(folio));
}

/*
 * The folio is locked until all of its entries are restored: whoever else would map it
 * waits for that lock, or passes it over.
 */
static enum guard_ask marks_of_remove_migration_pte(struct pt_regs *regs,
						    struct guard_note *note)
{
	struct folio *folio = (struct folio *)arg(regs, 0);

	note->first_pfn = page_to_pfn((struct page *)folio);
	note->nr_pfns = folio_nr_pages(folio);
	return GUARD_ASK_TO_KEEP;
}

static const struct guard_prototype remove_migration_pte_takes = {
	.takes = {
		GUARD_RMAP_ONE_FOLIO ? "struct folio *" : "struct page *",
		"struct vm_area_struct *", "unsigned long",
	},
};

/*
 * do_numa_page(vmf) keeps mmap_lock or the VMA lock and always returns 0. Since
 * 6.10 (commit d2136d749d76) it restores all entries of a large folio in the
 * page table, before and behind the faulting one.
 */
static void read_do_numa_page(struct pt_regs *regs, struct guard_span *span)
{
	struct vm_fault *vmf = (struct vm_fault *)arg(regs, 0);

	span_of_table(span, vmf->address);
}

static const struct guard_prototype do_numa_page_takes = {
	.takes = { "struct vm_fault *" },
};

/*
 * mpol_misplaced(folio, vmf or vma, addr): called by hinting faults alone, under
 * the page-table lock, before the entry is restored. The folio is in that entry
 * and therefore alive. The closing half runs after the entry is restored, with
 * the VMA still held by the fault.
 */
static void read_mpol_misplaced(struct pt_regs *regs, struct guard_span *span)
{
	unsigned long nr = folio_nr_pages((struct folio *)arg(regs, 0));

	span_around(span, arg(regs, 2) & PAGE_MASK, nr - 1, nr);
	if (GUARD_MPOL_MISPLACED_VMF && nr == 1)
		span->pmdp = ((struct vm_fault *)arg(regs, 1))->pmd;
}

static const struct guard_prototype mpol_misplaced_takes = {
	.takes = {
		GUARD_MPOL_MISPLACED_PAGE ? "struct page *" : "struct folio *",
		GUARD_MPOL_MISPLACED_VMF ? "struct vm_fault *" :
					   "struct vm_area_struct *",
		"unsigned long",
	},
};

/*
 * handle_mm_fault() and __handle_mm_fault(vma, address, flags): everything a
 * fault can do. Nothing but the address is read at return, and the VMA not even
 * looked at, when the fault has dropped the lock that kept it.
 */
static void read_handle_mm_fault(struct pt_regs *regs, struct guard_span *span)
{
	span_around(span, arg(regs, 1) & PAGE_MASK, 0, 1);
}

static const struct guard_prototype handle_mm_fault_takes = {
	.returns = "unsigned int",
	.takes = { "struct vm_area_struct *", "unsigned long" },
};

static const struct guard_carrier remove_migration_pte_carriers[] = {
	{
		.symbol = "remove_migration_pte",
		.prototype = &remove_migration_pte_takes,
		.known = GUARD_RMAP_ONE_FOLIO || GUARD_RMAP_ONE_PAGE,
		.vma = VMA_SECOND,
		.read = read_remove_migration_pte,
		.look_first = true,
		.marks = marks_of_remove_migration_pte,
		.tables = 2,
	},
};

/*
 * The pair sees no compound page on 6.1 and older, where do_numa_page() restores
 * such entries without calling either half.
 */
static const struct guard_carrier do_numa_page_carriers[] = {
	{
		.symbol = "do_numa_page",
		.prototype = &do_numa_page_takes,
		.known = true,
		.vma = VMA_OF_VMF_FIRST,
		.read = read_do_numa_page,
	}, {
		.symbol = "mpol_misplaced",
		.closing = "task_numa_fault",
		.prototype = &mpol_misplaced_takes,
		.known = GUARD_MPOL_MISPLACED_VMF || GUARD_MPOL_MISPLACED_VMA ||
			 GUARD_MPOL_MISPLACED_PAGE,
		.vma = GUARD_MPOL_MISPLACED_VMF ? VMA_OF_VMF_SECOND : VMA_SECOND,
		.read = read_mpol_misplaced,
	}, {
		.symbol = "__handle_mm_fault",
		.prototype = &handle_mm_fault_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = read_handle_mm_fault,
		.vma_kept = fault_kept_vma,
		.by_fault = true,
	}, {
		.symbol = "handle_mm_fault",
		.prototype = &handle_mm_fault_takes,
		.known = true,
		.vma = VMA_FIRST,
		.read = read_handle_mm_fault,
		.vma_kept = fault_kept_vma,
		.by_fault = true,
	},
};

/* An operation of files, always called by pointer: registration.c reads all of it. */
const struct guard_prototype guard_userfaultfd_ioctl_takes = {
	.takes = { "struct file *", "unsigned int", "unsigned long" },
	.exact = true,
};

#define GUARD_ROW(site, configured, of_levels, if_asked) {	\
	.name = #site,						\
	.exists = (configured),					\
	.optional = (if_asked),					\
	.levels = (of_levels),					\
	.carriers = site##_carriers,				\
	.nr_carriers = ARRAY_SIZE(site##_carriers),		\
}

#define GUARD_SITE(site, configured, of_levels) \
	GUARD_ROW(site, configured, of_levels, false)
#define GUARD_OPTIONAL_SITE(site, configured, of_levels) \
	GUARD_ROW(site, configured, of_levels, true)

#define PTE	BIT(GUARD_LEVEL_PTE)
#define PMD	BIT(GUARD_LEVEL_PMD)
#define HUGETLB	BIT(GUARD_LEVEL_HUGETLB)

#define THP	IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE)
#define NUMA	IS_ENABLED(CONFIG_NUMA_BALANCING)

/*
 * A path inside another one has its level to itself, so that no entry is judged
 * twice: change_protection(), which may have to carry change_pte_range, calls
 * change_huge_pmd() and hugetlb_change_protection(). A huge pmd can be split the
 * moment its lock is dropped: then the page table in its place is looked at.
 */
struct guard_site guard_sites[GUARD_NR_SITES] = {
	[GUARD_REMOVE_MIGRATION_PTE] =
		GUARD_SITE(remove_migration_pte, IS_ENABLED(CONFIG_MIGRATION),
			   PTE | PMD | HUGETLB),
	[GUARD_DO_NUMA_PAGE] =
		GUARD_SITE(do_numa_page, NUMA, PTE),
	[GUARD_CHANGE_PTE_RANGE] =
		GUARD_SITE(change_pte_range, true, PTE),
	[GUARD_DO_HUGE_PMD_NUMA_PAGE] =
		GUARD_SITE(do_huge_pmd_numa_page, THP && NUMA, PTE | PMD),
	[GUARD_CHANGE_HUGE_PMD] =
		GUARD_SITE(change_huge_pmd, THP, PTE | PMD),
	[GUARD_HUGETLB_CHANGE_PROTECTION] =
		GUARD_SITE(hugetlb_change_protection,
			   IS_ENABLED(CONFIG_HUGETLB_PAGE), HUGETLB),
	[GUARD_HUGETLB_FAULT] =
		GUARD_SITE(hugetlb_fault, IS_ENABLED(CONFIG_HUGETLB_PAGE),
			   HUGETLB),
	[GUARD_TRY_TO_MERGE_ONE_PAGE] =
		GUARD_SITE(try_to_merge_one_page, IS_ENABLED(CONFIG_KSM), PTE),
	/* hugetlb's faults are hugetlb_fault's, hinting faults those above. */
	[GUARD_HANDLE_MM_FAULT] =
		GUARD_OPTIONAL_SITE(handle_mm_fault, true, PTE | PMD),
	[GUARD_DO_SWAP_PAGE] =
		GUARD_OPTIONAL_SITE(do_swap_page, true, PTE),
	[GUARD_DO_WP_PAGE] =
		GUARD_OPTIONAL_SITE(do_wp_page, true, PTE),
	[GUARD_DO_HUGE_PMD_WP_PAGE] =
		GUARD_OPTIONAL_SITE(do_huge_pmd_wp_page, THP, PTE | PMD),
	[GUARD_FINISH_FAULT] =
		GUARD_OPTIONAL_SITE(finish_fault, true, PTE | PMD),
	[GUARD_COPY_PAGE_RANGE] =
		GUARD_OPTIONAL_SITE(copy_page_range, true, PTE | PMD | HUGETLB),
	[GUARD_MOVE_PAGE_TABLES] =
		GUARD_OPTIONAL_SITE(move_page_tables, true, PTE | PMD | HUGETLB),
	[GUARD_SPLIT_HUGE_PMD] =
		GUARD_OPTIONAL_SITE(split_huge_pmd, THP, PTE | PMD),
	[GUARD_COLLAPSE_HUGE_PAGE] =
		GUARD_OPTIONAL_SITE(collapse_huge_page, THP, PTE | PMD),
	[GUARD_UNUSE_PTE_RANGE] =
		GUARD_OPTIONAL_SITE(unuse_pte_range, IS_ENABLED(CONFIG_SWAP),
				    PTE),
	[GUARD_MFILL_ATOMIC_INSTALL_PTE] =
		GUARD_OPTIONAL_SITE(mfill_atomic_install_pte, true, PTE),
	[GUARD_HUGETLB_MFILL_ATOMIC_PTE] =
		GUARD_OPTIONAL_SITE(hugetlb_mfill_atomic_pte,
				    IS_ENABLED(CONFIG_HUGETLB_PAGE), HUGETLB),
	[GUARD_CLEAR_REFS_PTE_RANGE] =
		GUARD_OPTIONAL_SITE(clear_refs_pte_range,
				    IS_ENABLED(CONFIG_PROC_PAGE_MONITOR),
				    PTE | PMD),
	[GUARD_PAGEMAP_SCAN_PMD_ENTRY] =
		GUARD_OPTIONAL_SITE(pagemap_scan_pmd_entry, GUARD_PAGEMAP_SCAN,
				    PTE | PMD),
	[GUARD_PAGEMAP_SCAN_HUGETLB_ENTRY] =
		GUARD_OPTIONAL_SITE(pagemap_scan_hugetlb_entry,
				    GUARD_PAGEMAP_SCAN &&
				    IS_ENABLED(CONFIG_HUGETLB_PAGE), HUGETLB),
	/* Where registrations are seen (registration.c). */
	[GUARD_USERFAULTFD_REGISTER] = {
		.name = "userfaultfd_register",
		.levels = PTE | PMD | HUGETLB,
	},
	/* No path of the kernel, but the walk that is asked for (scan.c). */
	[GUARD_SCAN] = {
		.name = "scan",
		.hook = "worker",
		.levels = PTE | PMD | HUGETLB,
	},
};
