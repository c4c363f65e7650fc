// SPDX-License-Identifier: GPL-2.0
/*
 * log=stack: with the first line of each site, the way that led there.
 *
 * A stack is saved where the violation is found, because the worker that prints the
 * line has another. A site's buffer belongs to whoever took it, until the worker
 * has printed it; that is handed on with the line, under the lock of its queue.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "uffdwp_guard.h"
#include "uffdwp_site.h"

#define STACK_DEPTH	48

enum log_form {
	LOG_LINE,
	LOG_STACK,
};

enum stack_state {
	STACK_UNTOLD,
	STACK_TAKEN,
	STACK_TOLD,
};

struct stack {
	atomic_t state;
	unsigned int depth;
	unsigned long entries[STACK_DEPTH];
};

static const char * const log_names[] = {
	[LOG_LINE]	= "line",
	[LOG_STACK]	= "stack",
};

static enum log_form form = LOG_LINE;
static struct stack stacks[GUARD_NR_SITES];

/**
 * guard_stack_take() - save the stack of a site's first violation
 * @site: the site
 *
 * It is that of this call: in a deferred look, of the look.
 *
 * Context: any; does not sleep or allocate.
 *
 * Return: true if the caller has to see to it that guard_stack_print() or
 * guard_stack_drop() is called.
 */
bool guard_stack_take(enum guard_site_id site)
{
	struct stack *stack = &stacks[site];

	if (READ_ONCE(form) != LOG_STACK ||
	    atomic_cmpxchg(&stack->state, STACK_UNTOLD, STACK_TAKEN) !=
		    STACK_UNTOLD)
		return false;
	stack->depth = stack_trace_save(stack->entries, STACK_DEPTH, 1);
	return true;
}

/**
 * guard_stack_drop() - leave it to the site's next violation
 * @site: the site
 *
 * Context: any; after guard_stack_take() said true.
 */
void guard_stack_drop(enum guard_site_id site)
{
	atomic_set_release(&stacks[site].state, STACK_UNTOLD);
}

/**
 * guard_stack_print() - print what was saved
 * @site: the site
 *
 * Context: process context; after guard_stack_take() said true.
 */
void guard_stack_print(enum guard_site_id site)
{
	struct stack *stack = &stacks[site];
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	pr_warn("stack site=%s depth=%u\n", guard_sites[site].name,
		stack->depth);
	for (i = 0; i < stack->depth; i++) {
		snprintf(name, sizeof(name), "%pS", (void *)stack->entries[i]);
		/* What has no name would be shown as an address. */
		pr_warn("  %s\n", str_has_prefix(name, "0x") ? "?" : name);
	}
	atomic_set_release(&stack->state, STACK_TOLD);
}

/* Every site has a first violation again. */
static void stacks_begin_anew(void)
{
	unsigned int i;

	for (i = 0; i < GUARD_NR_SITES; i++)
		atomic_cmpxchg(&stacks[i].state, STACK_TOLD, STACK_UNTOLD);
}

static int log_set(const char *val, const struct kernel_param *kp)
{
	int new = guard_word_of(val, kp, log_names, form);

	if (new < 0)
		return new;
	if (new == LOG_STACK && !stack_trace_save) {
		pr_err("log=stack is not to be had: this kernel is configured without CONFIG_STACKTRACE; log=line works\n");
		return -EOPNOTSUPP;
	}
	if (new == LOG_STACK)
		stacks_begin_anew();
	WRITE_ONCE(form, new);
	return 0;
}

static int log_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", log_names[form]);
}

static const struct kernel_param_ops log_ops = {
	.set = log_set,
	.get = log_get,
};
module_param_cb(log, &log_ops, NULL, 0644);
MODULE_PARM_DESC(log, "line (default): one line a violation; stack: also the kernel stack of the first at each site");
