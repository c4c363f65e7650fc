// SPDX-License-Identifier: GPL-2.0
/*
 * Probes that do nothing: what the guard's mechanism costs without the guard.
 *
 *   insmod floor.ko symbols=FUNCTION,... [returns=1]
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#define MAX_SYMBOLS	16

static char *symbols[MAX_SYMBOLS];
static int nr_symbols;
module_param_array(symbols, charp, &nr_symbols, 0444);
MODULE_PARM_DESC(symbols, "functions to probe");

static bool returns;
module_param(returns, bool, 0444);
MODULE_PARM_DESC(returns, "probe the return as well");

static struct kprobe entries[MAX_SYMBOLS];
static struct kretprobe both[MAX_SYMBOLS];

static int entered(struct kprobe *probe, struct pt_regs *regs)
{
	return 0;
}

NOKPROBE_SYMBOL(entered);

static int returned(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

NOKPROBE_SYMBOL(returned);

static int place(int i)
{
	if (!returns) {
		entries[i].symbol_name = symbols[i];
		entries[i].pre_handler = entered;
		return register_kprobe(&entries[i]);
	}
	both[i].kp.symbol_name = symbols[i];
	both[i].handler = returned;
	both[i].maxactive = 512;
	return register_kretprobe(&both[i]);
}

static void remove(int i)
{
	if (returns)
		unregister_kretprobe(&both[i]);
	else
		unregister_kprobe(&entries[i]);
}

static int __init floor_init(void)
{
	int i, err;

	if (!nr_symbols) {
		pr_err("symbols= is missing\n");
		return -EINVAL;
	}
	for (i = 0; i < nr_symbols; i++) {
		err = place(i);
		if (err) {
			pr_err("%s: error %d\n", symbols[i], err);
			while (i--)
				remove(i);
			return err;
		}
	}
	return 0;
}

static void __exit floor_exit(void)
{
	while (nr_symbols--)
		remove(nr_symbols);
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_DESCRIPTION("Probes that do nothing, to be measured");
MODULE_LICENSE("GPL");
