// SPDX-License-Identifier: GPL-2.0
/*
 * Undo upstream 51d3d5eb74ff ("mm/userfaultfd: enable writenotify while
 * userfaultfd-wp is enabled for a VMA") at run time: every time the kernel
 * computes vm_page_prot of a shared, writable VMA registered for write
 * protection, put the write bit back that the commit takes out. Nothing else
 * is touched; the kernel's own code then misbehaves as it did before.
 *
 * UFFDIO_REGISTER recomputes vm_page_prot after the VMA got its flag, and
 * mprotect() after the new flags are in, so both pass here. Limits:
 *  - a VMA registered before the module was loaded stays sound until its next
 *    mprotect() or registration, and one tampered with stays so after rmmod;
 *  - write notification wanted for another reason (soft-dirty tracking, a
 *    filesystem that tracks dirty pages) is lost with it in these VMAs, so use
 *    shmem or hugetlb only;
 *  - private memory never had the write bit in vm_page_prot and is left alone.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/userfaultfd_k.h>

struct reopen_call {
	struct vm_area_struct *vma;
};

static atomic_long_t reopened = ATOMIC_LONG_INIT(0);

static bool wants_reopening(struct vm_area_struct *vma)
{
	const unsigned long shared_writable = VM_SHARED | VM_WRITE;

	return (vma->vm_flags & shared_writable) == shared_writable &&
	       userfaultfd_wp(vma);
}

/* A non-zero return spares calls for other VMAs the return probe. */
static int reopen_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct reopen_call *call = (void *)ri->data;

	call->vma = (void *)regs_get_kernel_argument(regs, 0);
	return !wants_reopening(call->vma);
}

NOKPROBE_SYMBOL(reopen_entry);

/* The caller of vma_set_page_prot() holds the mmap lock for writing. */
static int reopen_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct reopen_call *call = (void *)ri->data;
	struct vm_area_struct *vma = call->vma;

	/* remove_migration_pte() reads vm_page_prot without the mmap lock. */
	WRITE_ONCE(vma->vm_page_prot, vm_get_page_prot(vma->vm_flags));
	atomic_long_inc(&reopened);
	return 0;
}

NOKPROBE_SYMBOL(reopen_return);

static struct kretprobe reopen_probe = {
	.kp.symbol_name	= "vma_set_page_prot",
	.entry_handler	= reopen_entry,
	.handler	= reopen_return,
	.data_size	= sizeof(struct reopen_call),
	.maxactive	= 256,
};

static int never_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(&reopened));
}

static const struct kernel_param_ops count_ops = {
	.set = never_set,
	.get = count_get,
};
module_param_cb(count, &count_ops, NULL, 0444);
MODULE_PARM_DESC(count, "times a write bit was put back (read only)");

static int missed_get(char *buffer, const struct kernel_param *kp)
{
	unsigned long missed = reopen_probe.nmissed + reopen_probe.kp.nmissed;

	return sysfs_emit(buffer, "%lu\n", missed);
}

static const struct kernel_param_ops missed_ops = {
	.set = never_set,
	.get = missed_get,
};
module_param_cb(missed, &missed_ops, NULL, 0444);
MODULE_PARM_DESC(missed, "calls the probe lost, anything but 0 voids a run (read only)");

static int __init reopen_init(void)
{
	int err = register_kretprobe(&reopen_probe);

	if (err) {
		pr_err("cannot probe %s (error %d), this kernel cannot be reopened\n",
		       reopen_probe.kp.symbol_name, err);
		return err;
	}
	pr_info("write notification undone for shared userfaultfd-wp memory\n");
	return 0;
}

static void __exit reopen_exit(void)
{
	unregister_kretprobe(&reopen_probe);
}

module_init(reopen_init);
module_exit(reopen_exit);
MODULE_DESCRIPTION("Test: reopens the userfaultfd-wp writenotify bug");
MODULE_LICENSE("GPL");
