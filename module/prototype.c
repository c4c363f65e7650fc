// SPDX-License-Identifier: GPL-2.0
/*
 * Have the kernel's functions the prototypes that are assumed of them?
 *
 * Probes read arguments by position, and a repair calls functions whose address was
 * found by name. Such functions carry no version: a kernel whose prototypes are not
 * those of the headers would be noticed by nobody, neither when the module is built
 * nor when it is loaded. So the kernel's BTF is asked, before anything is read or
 * called.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "uffdwp_btf.h"
#include "uffdwp_guard.h"
#include "uffdwp_site.h"

static char unchecked[256];	/* functions, for people */

/**
 * guard_prototypes_open() - get ready to answer
 *
 * Context: process context, may sleep. To be followed by guard_prototypes_close().
 */
void guard_prototypes_open(void)
{
	guard_btf_open();
}

/**
 * guard_prototypes_close() - tell what could not be checked
 *
 * Context: process context, may sleep.
 */
void guard_prototypes_close(void)
{
	if (unchecked[0])
		pr_notice("prototypes are taken from the headers, unchecked: %s (%s)\n",
			  unchecked, guard_btf_lacks());
	guard_btf_close();
}

/**
 * guard_prototype_unchecked() - a function is relied on that could not be checked
 * @function: its name
 *
 * Context: process context, between guard_prototypes_open() and _close().
 */
void guard_prototype_unchecked(const char *function)
{
	size_t len = strlen(unchecked);

	scnprintf(unchecked + len, sizeof(unchecked) - len, "%s%s()",
		  len ? ", " : "", function);
}

/* Compilers call one integer many names: by size and sign it has one. */
static const char *integer_name(const struct btf_type *type)
{
	u32 encoding = BTF_INT_ENCODING(*(const u32 *)(type + 1));
	bool is_signed = encoding & BTF_INT_SIGNED;

	if (!(encoding & BTF_INT_BOOL) && type->size == sizeof(long))
		return is_signed ? "long" : "unsigned long";
	if (!(encoding & BTF_INT_BOOL) && type->size == sizeof(int))
		return is_signed ? "int" : "unsigned int";
	if ((encoding & BTF_INT_BOOL) && type->size == sizeof(bool))
		return "bool";
	return guard_btf_name(type);
}

/* A type as C spells it, in the form that struct guard_prototype has. */
static void spell(u32 id, char *text, size_t size)
{
	const char *alias = "", *tag = "", *name = "void";
	const struct btf_type *type = guard_btf_resolve(id, &alias);
	unsigned int stars = 0;

	while (guard_btf_kind(type) == BTF_KIND_PTR && stars < 4) {
		stars++;
		alias = "";
		type = guard_btf_resolve(type->type, &alias);
	}
	switch (guard_btf_kind(type)) {
	case BTF_KIND_UNKN:
		break;
	case BTF_KIND_INT:
		name = integer_name(type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_FWD:
		tag = "struct ";
		fallthrough;
	default:
		name = guard_btf_name(type);
	}
	if (!*name) {
		tag = "";
		name = *alias ? alias : "(unnamed)";
	}
	snprintf(text, size, "%s%s%s%.*s", tag, name, stars ? " " : "",
		 stars, "****");
}

/* Does it take one general register, so that those behind it are where they seem? */
static bool takes_one_register(u32 id)
{
	const char *alias;
	const struct btf_type *type = guard_btf_resolve(id, &alias);

	switch (guard_btf_kind(type)) {
	case BTF_KIND_PTR:
		return true;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return type->size <= sizeof(long);
	default:
		return false;
	}
}

static bool type_fits(u32 id, const char *expected, char *type, size_t size)
{
	spell(id, type, size);
	if (!strcmp(expected, GUARD_UNREAD))
		return takes_one_register(id);
	return !strcmp(type, expected);
}

static bool prototype_fits(const struct btf_type *proto,
			   const struct guard_prototype *assumed,
			   char *why, size_t size)
{
	const struct btf_param *params = (const void *)(proto + 1);
	u32 i, takes = 0, nr = BTF_INFO_VLEN(proto->info);
	const char *expected = assumed->returns ?: GUARD_UNREAD;
	char type[GUARD_WHY / 4];

	/* A value that is returned in memory takes the first argument's place. */
	if (!type_fits(proto->type, expected, type, sizeof(type)) &&
	    (proto->type || assumed->returns)) {
		snprintf(why, size, "returns '%s' where '%s' is expected", type,
			 expected);
		return false;
	}
	while (takes < GUARD_ARGS && assumed->takes[takes])
		takes++;
	for (i = 0; i < min(takes, nr); i++) {
		expected = assumed->takes[i];
		if (type_fits(params[i].type, expected, type, sizeof(type)))
			continue;
		snprintf(why, size, "takes '%s' as argument %u where '%s' is expected",
			 type, i + 1, expected);
		return false;
	}
	if (nr < takes || (assumed->exact && nr > takes)) {
		snprintf(why, size, "takes %u arguments where %u are expected",
			 nr, takes);
		return false;
	}
	return true;
}

/**
 * guard_prototype_ask() - has a function the prototype that is assumed of it?
 * @function: its name
 * @assumed: what is assumed
 * @why: becomes what differs, as the end of a sentence about the function
 * @size: of @why, in bytes; GUARD_WHY is enough
 *
 * Of several functions by that name, all have to have it.
 *
 * Context: process context, between guard_prototypes_open() and _close().
 *
 * Return: GUARD_AGREES, GUARD_DIFFERS, or GUARD_SILENT if the kernel does not say.
 */
enum guard_answer guard_prototype_ask(const char *function,
				      const struct guard_prototype *assumed,
				      char *why, size_t size)
{
	enum guard_answer answer = GUARD_SILENT;
	const struct btf_type *proto;
	u32 id = 0;

	while ((proto = guard_btf_function(function, &id))) {
		if (!prototype_fits(proto, assumed, why, size))
			return GUARD_DIFFERS;
		answer = GUARD_AGREES;
	}
	return answer;
}
