// SPDX-License-Identifier: GPL-2.0
/*
 * addresses=: does a line in the kernel's log have the address of the entry? It tells where
 * the memory of somebody's process lies. So it is there where root alone reads the log, or
 * if the operator says so. (The tracepoint, which is root's, always has it.)
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/path.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "uffdwp_guard.h"

enum addresses {
	ADDRESSES_RESTRICTED,
	ADDRESSES_ALWAYS,
};

static const char * const addresses_names[] = {
	[ADDRESSES_RESTRICTED]	= "restricted",
	[ADDRESSES_ALWAYS]	= "always",
};

static enum addresses addresses = ADDRESSES_RESTRICTED;

/*
 * Kernel threads need not have a root directory of use (7.x); init has. Init is a thread, of
 * which another may take the place: RCU keeps the task, its lock what it has of the file system.
 */
static bool root_of_init(struct path *root)
{
	struct task_struct *init;
	bool has;

	rcu_read_lock();
	init = READ_ONCE(init_pid_ns.child_reaper);
	task_lock(init);
	has = init->fs;
	if (has)
		get_fs_root(init->fs, root);
	task_unlock(init);
	rcu_read_unlock();
	return has;
}

static struct file *open_setting(void)
{
	struct path root;
	struct file *file;

	if (!root_of_init(&root))
		return ERR_PTR(-ENOENT);
	file = guard_open_at(&root, "proc/sys/kernel/dmesg_restrict");
	path_put(&root);
	return file;
}

/* No module can read the variable behind it. What cannot be told is taken for 0. */
static bool log_is_restricted(void)
{
	struct file *file;
	char digit = '0';
	loff_t pos = 0;

	file = open_setting();
	if (IS_ERR(file))
		return false;
	if (kernel_read(file, &digit, sizeof(digit), &pos) != sizeof(digit))
		digit = '0';
	filp_close(file, NULL);
	return digit != '0';
}

/**
 * guard_addresses_shown() - may a line of the log have an address?
 *
 * Context: a worker; it opens a file.
 *
 * Return: true if so.
 */
bool guard_addresses_shown(void)
{
	return READ_ONCE(addresses) == ADDRESSES_ALWAYS || log_is_restricted();
}

static int addresses_set(const char *val, const struct kernel_param *kp)
{
	int new = guard_word_of(val, kp, addresses_names, addresses);

	if (new < 0)
		return new;
	WRITE_ONCE(addresses, new);
	return 0;
}

static int addresses_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", addresses_names[addresses]);
}

static const struct kernel_param_ops addresses_ops = {
	.set = addresses_set,
	.get = addresses_get,
};
module_param_cb(addresses, &addresses_ops, NULL, 0644);
MODULE_PARM_DESC(addresses, "restricted (default): lines of the log have addresses where kernel.dmesg_restrict is 1; always: they have");
