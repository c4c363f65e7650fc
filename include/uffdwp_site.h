/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a site is: a row of the table in sites.c, with the ways to carry it.
 */
#ifndef UFFDWP_SITE_H
#define UFFDWP_SITE_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "uffdwp_guard.h"

/* As many arguments as x86-64 passes in registers, and one on the stack. */
#define GUARD_ARGS	7

/* The type of an argument that is only passed over on the way to the next. */
#define GUARD_UNREAD	"one register"

/**
 * struct guard_prototype - what is assumed of a kernel function's prototype
 * @returns: type of the return value; NULL if it is not read
 * @takes: types of the arguments, in turn, up to the last that is read or passed
 * @exact: there are no more of them
 *
 * Types are spelled as in C but without typedefs and qualifiers; integers are "int",
 * "long" with or without "unsigned" by their size, and "bool".
 */
struct guard_prototype {
	const char *returns;
	const char *takes[GUARD_ARGS];
	bool exact;
};

/*
 * Where the VMA is: in a register, or what one points to has it as its member "vma". A
 * number and no function, for every process has it looked up.
 */
#define GUARD_VMA_IN(register)	offsetof(struct pt_regs, register)
#define GUARD_VMA_OF(register, type) \
	(GUARD_VMA_IN(register) | (offsetof(type, vma) + 1) << 16)

/**
 * struct guard_carrier - one way to carry a site
 * @symbol: the function whose entry (and return, without @closing) is probed
 * @closing: for a pair of entry probes, the function that is entered when the
 *	path is done; NULL for a return probe
 * @inside: for a return probe, a function on the path that has the VMA where @symbol has
 *	not: its entry is probed as well (collapse.c); NULL for all others
 * @prototype: what the readers assume of @symbol; @closing's arguments nobody reads
 * @known: going by the headers, that is so
 * @vma: where the VMA is in the arguments of @symbol, or of @inside: GUARD_VMA_IN() or
 *	GUARD_VMA_OF()
 * @read: fills the rest of the span from the arguments; called after the gate
 * @vma_kept: tells from the return value whether the VMA may still be touched;
 *	NULL if the path always keeps its lock
 * @may_have_changed: tells, where the VMA may not be touched, whether entries have been
 *	changed all the same: they are looked at by their address, in process context;
 *	NULL if that cannot be
 * @look_first: the entries must be judged at entry too
 * @by_fault: the path is a page fault, or has it inside
 * @marks: tells from the arguments that @vma is in what the call is to do to marks, and
 *	which pages are to be compared; NULL if its marks are not compared
 * @note: notes the marks, also of entries that map nothing; NULL if those that map
 *	something are walked for them
 * @changed: tells at return whether the path has changed anything that is to be compared,
 *	and may say more closely what; not asked if nothing was noted; NULL if that cannot
 *	be told
 * @tables: so many page tables' marks are noted, or hugetlb entries as they have
 */
struct guard_carrier {
	const char *symbol;
	const char *closing;
	const char *inside;
	const struct guard_prototype *prototype;
	bool known;
	unsigned int vma;
	void (*read)(struct pt_regs *regs, struct guard_span *span);
	bool (*vma_kept)(unsigned long retval);
	bool (*may_have_changed)(unsigned long retval);
	bool look_first;
	bool by_fault;
	enum guard_ask (*marks)(struct pt_regs *regs, struct guard_note *note);
	void (*note)(const struct guard_span *span, struct guard_note *note);
	bool (*changed)(unsigned long retval, struct guard_note *note);
	unsigned int tables;
};

/* Are a site's probes live? They are not, could not be made so, or are. */
enum guard_light {
	GUARD_OUT,
	GUARD_DARK,
	GUARD_LIT,
};

/**
 * struct guard_site - a path of the kernel that is watched, or the scan
 * @name: as it appears in stats, dmesg and the tracepoint
 * @exists: false if this kernel, as it is configured, does not have the path
 * @optional: not watched unless asked for
 * @levels: BIT(GUARD_LEVEL_*) of the entries that are judged for it
 * @carriers: the ways to carry it, best first
 * @nr_carriers: how many
 * @carrier: the one that does, NULL if none is installed
 * @hook: its name, as stats shows it; empty if none
 * @light: whether its probes are live (light.c)
 * @rp: the return probe of @carrier
 * @take_instance: the kernel's own handler of it
 * @turned_away: calls for which that had no instance
 * @opening: for a pair, the probe on @carrier->symbol; or that on @carrier->inside
 * @closing: for a pair, the probe on @carrier->closing
 */
struct guard_site {
	const char *name;
	bool exists;
	bool optional;
	u8 levels;
	const struct guard_carrier *carriers;
	unsigned int nr_carriers;
	const struct guard_carrier *carrier;
	char hook[64];
	enum guard_light light;
	struct kretprobe rp;
	kprobe_pre_handler_t take_instance;
	atomic_long_t turned_away;
	struct kprobe opening;
	struct kprobe closing;
};

/**
 * guard_vma_of() - the VMA that a probed function was called for
 * @carrier: the carrier that has the probe
 * @regs: the function's arguments
 *
 * Context: any, at the function's entry.
 *
 * Return: the VMA; nothing of it was read.
 */
static __always_inline struct vm_area_struct *
guard_vma_of(const struct guard_carrier *carrier, struct pt_regs *regs)
{
	unsigned int member = carrier->vma >> 16;
	void *arg = *(void **)((void *)regs + (carrier->vma & 0xffff));

	return member ? *(void **)(arg + member - 1) : arg;
}

extern struct guard_site guard_sites[GUARD_NR_SITES];

/* instance.c */
DECLARE_PER_CPU(bool, guard_instance_taken);

int guard_take_instance(struct guard_site *site, struct kprobe *p,
			struct pt_regs *regs);
int guard_return_probe_place(struct guard_site *site,
			     kprobe_pre_handler_t hit);

/**
 * guard_site_entered() - the site whose return probe has got an instance
 * @ri: the instance
 *
 * Context: the probe's entry handler.
 *
 * Return: the site; NULL if its probe is being taken away: from 5.11 to 5.18 the kernel
 * forgets whose the instances are before the last handlers are done.
 */
static __always_inline struct guard_site *
guard_site_entered(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	__this_cpu_write(guard_instance_taken, true);
	return likely(rp) ? container_of(rp, struct guard_site, rp) : NULL;
}

/**
 * guard_turned_away() - calls for which a site's return probe had no instance
 * @site: the site
 *
 * Context: any.
 *
 * Return: how many, since it was placed; exactly, unless only the kernel counts them.
 */
static inline unsigned long guard_turned_away(const struct guard_site *site)
{
	return site->take_instance ? atomic_long_read(&site->turned_away) :
				     site->rp.nmissed;
}

/**
 * guard_return_probe_missed() - calls that a site's return probe did not tell of
 * @site: the site
 *
 * Context: any.
 *
 * Return: how many, since it was placed: those for which there was no instance, and those
 * that came while the CPU was in another probe's handler, as the kernel counts them.
 */
static inline unsigned long
guard_return_probe_missed(const struct guard_site *site)
{
	return guard_turned_away(site) + site->rp.kp.nmissed;
}

#endif /* UFFDWP_SITE_H */
