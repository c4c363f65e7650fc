// SPDX-License-Identifier: GPL-2.0
/*
 * Registrations are told by two functions of userfaultfd's own, which cost nobody else
 * anything and are called by pointer, so that every kernel has them as they are:
 * userfaultfd_ioctl() and userfaultfd_release().
 */
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd.h>

#include "arm.h"
#include "sites.h"
#include "stale.h"
#include "uffdwp_stats.h"

/*
 * Threads in such a call at the same time. What more of them do is counted missed, and what they
 * register is armed for.
 */
#define INSTANCES	2048

#define PROTECTS	(UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_RWP)

/**
 * struct registering - a call of userfaultfd under way
 * @protects: it registers a range for protection
 * @registration: what the job will need to know then; of others only the context
 * @start: first address of the range
 * @end: first address behind it, 0 if the arguments could not be read
 */
struct registering {
	bool protects;
	struct guard_registration registration;
	unsigned long start;
	unsigned long end;
};

static struct guard_site * const site = &guard_sites[GUARD_USERFAULTFD_REGISTER];

/*
 * May not fault: what the caller has just written is there, or nothing is known. Returns
 * false if the memory will not be protected.
 */
static bool read_arguments(struct registering *to, unsigned long from)
{
	struct uffdio_register args;
	unsigned long left;

	pagefault_disable();
	left = copy_from_user(&args, (void __user *)from, sizeof(args));
	pagefault_enable();
	if (left)
		return true;
	/* What is not of whole pages is refused; until that is known it is looked at as such. */
	to->start = args.range.start & PAGE_MASK;
	to->end = PAGE_ALIGN(args.range.start + args.range.len);
	return args.mode & PROTECTS;
}

/*
 * Does a call only take protection off? It is what follows every message, and need not be
 * known: it makes no mark. Who changes the arguments after they are read here gets a mark
 * of his own taken for a stale one, at worst.
 */
static bool only_lifts(unsigned int cmd, unsigned long from)
{
	struct uffdio_writeprotect __user *args = (void __user *)from;
	u64 mode;
	int err;

	if (cmd != UFFDIO_WRITEPROTECT)
		return false;
	pagefault_disable();
	err = get_user(mode, &args->mode);
	pagefault_enable();
	return !err && !(mode & UFFDIO_WRITEPROTECT_MODE_WP);
}

/* Turned away before an instance is taken, as by path_hit(). */
static int ioctl_hit(struct kprobe *p, struct pt_regs *regs)
{
	unsigned int cmd = arg(regs, 1);
	int ret;

	/* The first two touch no entry. */
	if (cmd == UFFDIO_API || cmd == UFFDIO_WAKE ||
	    only_lifts(cmd, arg(regs, 2)))
		return 0;
	ret = guard_take_instance(site, p, regs);
	/* Nobody tells when it returns, nor whether it protects. */
	if (unlikely(cmd == UFFDIO_REGISTER &&
		     !__this_cpu_read(guard_instance_taken)))
		guard_arm_blindly(true);
	return ret;
}

NOKPROBE_SYMBOL(ioctl_hit);

static int ioctl_entered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct registering *to = (struct registering *)ri->data;
	/* To compare with, never to follow. */
	const void *ctx = ((struct file *)arg(regs, 0))->private_data;
	unsigned int cmd = arg(regs, 1);

	__this_cpu_write(guard_instance_taken, true);
	guard_userfaultfd_called(ctx);
	if (cmd == UFFDIO_UNREGISTER)
		guard_look_soon();
	*to = (struct registering){
		.registration = {
			.ctx = ctx,
			.live = guard_live(),
		},
	};
	to->protects = cmd == UFFDIO_REGISTER &&
		       read_arguments(to, arg(regs, 2));
	if (to->protects)
		guard_registration_begins(&to->registration, to->start,
					  to->end);
	return 0;
}

NOKPROBE_SYMBOL(ioctl_entered);

/* An error says nothing: the last that can fail comes after the range was registered. */
static int ioctl_returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct registering *from = (const struct registering *)ri->data;
	struct guard_span span = {
		.mm = current->mm,
		.start = from->start,
		.end = from->end,
		.site = GUARD_USERFAULTFD_REGISTER,
	};

	guard_userfaultfd_returned(from->registration.ctx);
	if (!from->protects)
		return 0;
	guard_count(span.site, GUARD_CALLS, 1);
	if (!span.mm || !guard_defer_registration(&span, &from->registration))
		guard_arm_blindly(false);
	return 0;
}

NOKPROBE_SYMBOL(ioctl_returned);

static int release_entered(struct kprobe *p, struct pt_regs *regs)
{
	guard_look_soon();
	return 0;
}

NOKPROBE_SYMBOL(release_entered);

static struct kprobe release;

/**
 * guard_registration_install() - watch registrations and their ends
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or why they cannot be watched; then nothing is left.
 */
int guard_registration_install(void)
{
	static const char function[] = "userfaultfd_ioctl";
	char why[GUARD_WHY];
	int err;

	switch (guard_prototype_ask(function, &guard_userfaultfd_ioctl_takes,
				    why, sizeof(why))) {
	case GUARD_DIFFERS:
		pr_warn("%s: this kernel's %s() %s\n", site->name, function,
			why);
		return -ENOENT;
	case GUARD_SILENT:
		guard_prototype_unchecked(function);
		break;
	case GUARD_AGREES:
		break;
	}

	site->rp = (struct kretprobe){
		.kp.symbol_name = function,
		.entry_handler = ioctl_entered,
		.handler = ioctl_returned,
		.data_size = sizeof(struct registering),
		.maxactive = INSTANCES,
	};
	err = guard_return_probe_place(site, ioctl_hit);
	if (err)
		return err;
	err = guard_probe_enable(&site->rp.kp);
	if (err)
		goto remove_probe;
	release = (struct kprobe){
		.symbol_name = "userfaultfd_release",
		.pre_handler = release_entered,
	};
	err = register_kprobe(&release);
	if (err)
		goto remove_probe;
	strscpy(site->hook, function, sizeof(site->hook));
	return 0;

remove_probe:
	unregister_kretprobe(&site->rp);
	return err;
}

/**
 * guard_registration_enable() - make those probes live again that should be, if they are not
 *
 * Context: process context, may sleep.
 *
 * Return: 0, also if registrations are not watched, or what guard_probe_enable() says.
 */
int guard_registration_enable(void)
{
	int err;

	if (!site->hook[0])
		return 0;
	err = guard_probe_enable(&site->rp.kp);
	return err ?: guard_probe_enable(&release);
}

/**
 * guard_registration_remove() - watch no more; no handler runs once this returns
 *
 * No mark is taken for stale any more, as by guard_userfaultfd_untold().
 *
 * Context: process context, may sleep.
 */
void guard_registration_remove(void)
{
	if (!site->hook[0])
		return;
	/* Registrations may be queued yet, and calls will not be told of any more. */
	guard_userfaultfd_untold();
	unregister_kprobe(&release);
	unregister_kretprobe(&site->rp);
}
