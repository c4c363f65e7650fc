// SPDX-License-Identifier: GPL-2.0
/*
 * What a repair needs and the kernel does not export.
 *
 * A function is found by letting kprobes look its name up, with a probe that is
 * never armed. It is called by static call, which patches a direct call into our
 * text: with IBT these functions are sealed against indirect calls, and the
 * address found lies behind their ENDBR, which a direct call does not need. (With
 * retbleed=stuff the kernel wonders once, in the log, at the padding before it.)
 */
#include <linux/kprobes.h>
#include <linux/mmu_notifier.h>
#include <linux/static_call.h>
#include <asm/tlbflush.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

enum symbol_id {
	FLUSH_TLB_MM_RANGE,
	INVALIDATE_RANGE_START,
	INVALIDATE_RANGE_END,
};

DEFINE_STATIC_CALL_NULL(guard_flush_tlb_mm_range, flush_tlb_mm_range);
#ifdef CONFIG_MMU_NOTIFIER
DEFINE_STATIC_CALL_NULL(guard_invalidate_range_start,
			__mmu_notifier_invalidate_range_start);
DEFINE_STATIC_CALL_NULL(guard_invalidate_range_end,
			__mmu_notifier_invalidate_range_end);
#endif

/* The types that static calls pass are those of the headers, and so are these. */
static const struct guard_symbol {
	const char *name;
	struct guard_prototype prototype;
} guard_symbols[] = {
	[FLUSH_TLB_MM_RANGE] = {
		.name = "flush_tlb_mm_range",
		.prototype = {
			.takes = {
				"struct mm_struct *", "unsigned long",
				"unsigned long", "unsigned int", "bool",
			},
			.exact = true,
		},
	},
#ifdef CONFIG_MMU_NOTIFIER
	[INVALIDATE_RANGE_START] = {
		.name = "__mmu_notifier_invalidate_range_start",
		.prototype = {
			.takes = { "struct mmu_notifier_range *" },
			.exact = true,
		},
	},
	[INVALIDATE_RANGE_END] = {
		.name = "__mmu_notifier_invalidate_range_end",
		.prototype = {
			.takes = {
				"struct mmu_notifier_range *",
				GUARD_RANGE_END_ONLY_END ? "bool" : NULL,
			},
			.exact = true,
		},
	},
#endif
};

/* Why a repair cannot be done; empty if it can. */
static char symbol_missing[64 + GUARD_WHY];

static void *symbol_find(enum symbol_id id)
{
	const struct guard_symbol *symbol = &guard_symbols[id];
	struct kprobe kp = {
		.symbol_name = symbol->name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	char why[GUARD_WHY];
	void *addr;

	if (register_kprobe(&kp)) {
		snprintf(symbol_missing, sizeof(symbol_missing),
			 "%s() was not found on this kernel", symbol->name);
		return NULL;
	}
	addr = kp.addr;
	unregister_kprobe(&kp);

	switch (guard_prototype_ask(symbol->name, &symbol->prototype, why,
				    sizeof(why))) {
	case GUARD_DIFFERS:
		snprintf(symbol_missing, sizeof(symbol_missing),
			 "this kernel's %s() %s", symbol->name, why);
		return NULL;
	case GUARD_SILENT:
		guard_prototype_unchecked(symbol->name);
		break;
	case GUARD_AGREES:
		break;
	}
	return addr;
}

/**
 * guard_symbols_init() - find the functions that a repair needs
 *
 * Context: process context, may sleep; before any probe is installed, and between
 * guard_prototypes_open() and guard_prototypes_close().
 */
void guard_symbols_init(void)
{
	void *addr;

	symbol_missing[0] = '\0';
	addr = symbol_find(FLUSH_TLB_MM_RANGE);
	if (addr)
		static_call_update(guard_flush_tlb_mm_range,
				   (typeof(flush_tlb_mm_range) *)addr);
#ifdef CONFIG_MMU_NOTIFIER
	addr = symbol_find(INVALIDATE_RANGE_START);
	if (addr)
		static_call_update(guard_invalidate_range_start,
				   (typeof(__mmu_notifier_invalidate_range_start) *)addr);
	addr = symbol_find(INVALIDATE_RANGE_END);
	if (addr)
		static_call_update(guard_invalidate_range_end,
				   (typeof(__mmu_notifier_invalidate_range_end) *)addr);
#endif
}

/**
 * guard_symbol_missing() - why mode=fix is not to be had
 *
 * Context: any, after guard_symbols_init().
 *
 * Return: a clause that names a function that is missing or has another prototype
 * than the headers' one, NULL if all are as they must be.
 */
const char *guard_symbol_missing(void)
{
	return symbol_missing[0] ? symbol_missing : NULL;
}

/**
 * guard_flush_tlb() - make every CPU forget a range of an address space
 * @mm: the address space, alive but possibly without users
 * @start: first address
 * @end: first address behind the range
 * @shift: log2 of the size of the entries that changed, in bytes
 *
 * Context: interrupts on, for it waits for other CPUs. Preemption may be off. No
 * page-table lock that another CPU may wait for with interrupts off.
 */
void guard_flush_tlb(struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned int shift)
{
	static_call_cond(guard_flush_tlb_mm_range)(mm, start, end, shift,
						   false);
}

/**
 * guard_notify() - make secondary MMUs forget a range that was write-protected
 * @mm: the address space, with users
 * @start: first address
 * @end: first address behind the range
 *
 * The entries are closed already, so start and end come in one: what a secondary
 * MMU maps after end() it reads from the closed entries.
 *
 * Context: process context, may sleep; mmap_lock held for reading, which keeps a
 * notifier from being registered between start and end.
 */
void guard_notify(struct mm_struct *mm, unsigned long start, unsigned long end)
{
#ifdef CONFIG_MMU_NOTIFIER
	struct mmu_notifier_range range;

	might_sleep();
	guard_notifier_range_init(&range, mm, start, end);
	range.flags |= MMU_NOTIFIER_RANGE_BLOCKABLE;
	static_call(guard_invalidate_range_start)(&range);
	guard_call_range_end(static_call(guard_invalidate_range_end), &range);
#endif
}
