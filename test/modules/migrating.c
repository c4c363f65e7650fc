// SPDX-License-Identifier: GPL-2.0
/*
 * Keep the migration of another process's pages from ending.
 *
 *   echo "PID START END" > /sys/module/migrating/parameters/range
 *
 * Pages that are mapped there are locked, and the kernel's own try_to_migrate() makes their
 * entries migration entries, in every process that maps them: writable where they were, with
 * the mark where it was. So it stays, and who touches such a page waits, until
 *
 *   echo "0 0 0" > /sys/module/migrating/parameters/range
 *
 * or rmmod has them put back for the same pages, as where migration has found no room.
 * "under_way" is their number. One range at a time (-EBUSY).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/static_call.h>

#include "find.h"
#include "walk.h"

/* Not exported. */
DEFINE_STATIC_CALL_NULL(migrating_begin, try_to_migrate);
DEFINE_STATIC_CALL_NULL(migrating_end, remove_migration_ptes);

static DEFINE_MUTEX(migrating_mutex);
static struct folio *folios[256];	/* migrating_mutex; locked, with a reference */
static struct mm_struct *kept;		/* migrating_mutex; its VMAs outlive the process */
static bool unloading;			/* migrating_mutex; sysfs outlives migrating_exit() */

static unsigned int under_way;
module_param(under_way, uint, 0444);
MODULE_PARM_DESC(under_way, "pages whose migration does not end (read only)");

/* The page that an entry maps, with a reference, or NULL; its process does not run. */
static struct folio *mapped_by(struct test_entry *entry)
{
	struct folio *folio;
	pte_t pte;

	if (!entry->ptep)
		return NULL;
	pte = ptep_get(entry->ptep);
	if (!pte_present(pte))
		return NULL;
	folio = page_folio(pfn_to_page(pte_pfn(pte)));
	return folio_try_get(folio) ? folio : NULL;
}

/* Shared hugetlb wants the lock of its file's mappings, which comes before that of a page. */
static void begin(struct folio *folio)
{
	struct address_space *mapping = NULL;

	if (folio_test_hugetlb(folio) && !folio_test_anon(folio))
		mapping = folio->mapping;
	if (mapping)
		i_mmap_lock_write(mapping);
	folio_lock(folio);
	static_call(migrating_begin)(folio, mapping ? TTU_RMAP_LOCKED : 0);
	if (mapping)
		i_mmap_unlock_write(mapping);
	folios[under_way++] = folio;
}

static void begin_all(unsigned long addr, unsigned long end)
{
	mmap_read_lock(kept);
	while (addr < end && under_way < ARRAY_SIZE(folios)) {
		struct test_entry entry;
		struct folio *folio;

		rcu_read_lock();
		entry = test_entry_of(kept, addr);
		folio = mapped_by(&entry);
		rcu_read_unlock();
		if (folio)
			begin(folio);
		addr = (addr & ~(entry.size - 1)) + entry.size;
	}
	mmap_read_unlock(kept);
}

static void end_all(void)
{
	while (under_way) {
		struct folio *folio = folios[--under_way];

		static_call(migrating_end)(folio, folio, 0);
		folio_unlock(folio);
		folio_put(folio);
	}
	if (kept)
		mmput(kept);
	kept = NULL;
}

static int range_set(const char *val, const struct kernel_param *kp)
{
	unsigned long start, end;
	int nr, err = 0;

	if (!test_range_parse(val, &nr, &start, &end))
		return -EINVAL;
	mutex_lock(&migrating_mutex);
	if (!nr) {
		end_all();
	} else if (kept || unloading) {
		err = -EBUSY;
	} else {
		kept = test_mm_of(nr);
		if (kept)
			begin_all(start, end);
		else
			err = -ESRCH;
	}
	mutex_unlock(&migrating_mutex);
	return err;
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
};
module_param_cb(range, &range_ops, NULL, 0200);
MODULE_PARM_DESC(range, "\"PID START END\" (write only)");

static int __init migrating_init(void)
{
	typeof(try_to_migrate) *first = test_address_of("try_to_migrate");
	typeof(remove_migration_ptes) *last = test_address_of("remove_migration_ptes");

	if (!first || !last)
		return -ENOENT;
	static_call_update(migrating_begin, first);
	static_call_update(migrating_end, last);
	return 0;
}

static void __exit migrating_exit(void)
{
	mutex_lock(&migrating_mutex);
	unloading = true;
	end_all();
	mutex_unlock(&migrating_mutex);
}

module_init(migrating_init);
module_exit(migrating_exit);
MODULE_DESCRIPTION("Test: keeps the migration of a process's pages from ending");
MODULE_LICENSE("GPL");
