// SPDX-License-Identifier: GPL-2.0
/*
 * The running kernel's description of its own types, BTF.
 *
 * It is read from the file in sysfs that every program reads, for what the kernel
 * exports to modules differs from version to version. It is data: a reference in it
 * leads to a type that was seen as a whole, to a name within the strings, or nowhere.
 */
#include <linux/btf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "uffdwp_btf.h"

#define BTF_FILE	"/sys/kernel/btf/vmlinux"
#define BTF_MAX_SIZE	SZ_64M		/* kernels have 3 to 10 MB */
#define BTF_MAX_CHAIN	32		/* of typedefs and the like */

/* What follows a type of each kind, in bytes: once, and for each of its parts. */
static const struct {
	u8 once;
	u8 each;
} btf_tail[] = {
	[BTF_KIND_INT]		= { .once = sizeof(u32) },
	[BTF_KIND_ARRAY]	= { .once = sizeof(struct btf_array) },
	[BTF_KIND_STRUCT]	= { .each = sizeof(struct btf_member) },
	[BTF_KIND_UNION]	= { .each = sizeof(struct btf_member) },
	[BTF_KIND_ENUM]		= { .each = sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO]	= { .each = sizeof(struct btf_param) },
	[BTF_KIND_VAR]		= { .once = sizeof(struct btf_var) },
	[BTF_KIND_DATASEC]	= { .each = sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG]	= { .once = sizeof(u32) },
	[BTF_KIND_ENUM64]	= { .each = 3 * sizeof(u32) },
};

/* Only while the module loads, by one task. */
static void *btf_data;
static const char *btf_strings;
static u32 btf_strings_len;
static const struct btf_type **btf_types;	/* by id; 0 is void, NULL */
static u32 btf_last;				/* id; 0 without BTF */
static char btf_lacking[48];			/* why there is none */

static bool btf_index(const u8 *pos, const u8 *end)
{
	while (pos < end) {
		const struct btf_type *type = (const void *)pos;
		size_t size = sizeof(*type);
		u32 kind;

		if (end - pos < size)
			return false;
		kind = guard_btf_kind(type);
		if (kind == BTF_KIND_UNKN || kind >= ARRAY_SIZE(btf_tail))
			return false;
		size += btf_tail[kind].once +
			(size_t)btf_tail[kind].each * BTF_INFO_VLEN(type->info);
		if (end - pos < size)
			return false;
		btf_types[++btf_last] = type;
		pos += size;
		if (btf_last % SZ_4K == 0)
			cond_resched();
	}
	return true;
}

static bool btf_understood(size_t size)
{
	const struct btf_header *header = btf_data;
	size_t types, strings;

	if (size < offsetofend(struct btf_header, str_len) ||
	    header->magic != BTF_MAGIC || header->version != BTF_VERSION)
		return false;
	types = (size_t)header->hdr_len + header->type_off;
	strings = (size_t)header->hdr_len + header->str_off;
	if (types % sizeof(u32) || types + header->type_len > size ||
	    strings + header->str_len > size || !header->str_len)
		return false;

	btf_strings = btf_data + strings;
	btf_strings_len = header->str_len;
	if (btf_strings[btf_strings_len - 1])
		return false;
	btf_types = kvcalloc(header->type_len / sizeof(struct btf_type) + 1,
			     sizeof(*btf_types), GFP_KERNEL);
	return btf_types && btf_index(btf_data + types,
				      btf_data + types + header->type_len);
}

/* Not by kernel_read_file(): what that reads, security modules take for code. */
static ssize_t btf_read(void)
{
	struct file *file = filp_open(BTF_FILE, O_RDONLY, 0);
	ssize_t got = -EFBIG;
	loff_t pos = 0, size;

	if (IS_ERR(file))
		return PTR_ERR(file);

	size = i_size_read(file_inode(file));
	if (size > BTF_MAX_SIZE)
		goto put_file;
	btf_data = vmalloc(size + 1);
	got = -ENOMEM;
	if (!btf_data)
		goto put_file;
	do {
		got = kernel_read(file, btf_data + pos, size - pos, &pos);
		cond_resched();
	} while (got > 0 && pos < size);
put_file:
	fput(file);
	return got < 0 ? got : pos;
}

/**
 * guard_btf_open() - read BTF
 *
 * The file is looked up in the namespace from which the module is loaded. If it
 * cannot be read, no function is found, and guard_btf_lacks() says why.
 *
 * Context: process context, may sleep. To be followed by guard_btf_close().
 */
void guard_btf_open(void)
{
	ssize_t size = btf_read();

	if (size < 0) {
		snprintf(btf_lacking, sizeof(btf_lacking),
			 "BTF cannot be read: error %zd", size);
	} else if (!btf_understood(size)) {
		btf_last = 0;
		strscpy(btf_lacking, "BTF is not understood",
			sizeof(btf_lacking));
	}
}

/**
 * guard_btf_close() - give its memory back
 *
 * Context: process context, may sleep.
 */
void guard_btf_close(void)
{
	btf_last = 0;
	kvfree(btf_types);
	vfree(btf_data);
}

/**
 * guard_btf_lacks() - why a function was not found
 *
 * Context: process context, between guard_btf_open() and guard_btf_close().
 *
 * Return: words for people.
 */
const char *guard_btf_lacks(void)
{
	return btf_last ? "not in BTF" : btf_lacking;
}

/**
 * guard_btf_name() - the name of a type
 * @type: the type
 *
 * Return: the name, empty if it has none.
 */
const char *guard_btf_name(const struct btf_type *type)
{
	return type->name_off < btf_strings_len ?
	       btf_strings + type->name_off : "";
}

/**
 * guard_btf_resolve() - a type without its qualifiers and typedefs
 * @id: the type's id
 * @alias: becomes the name of the last typedef, if there is one
 *
 * Return: the type; NULL for void and for what does not exist.
 */
const struct btf_type *guard_btf_resolve(u32 id, const char **alias)
{
	unsigned int hops;

	for (hops = 0; hops < BTF_MAX_CHAIN && id <= btf_last; hops++) {
		const struct btf_type *type = btf_types[id];

		switch (guard_btf_kind(type)) {
		case BTF_KIND_TYPEDEF:
			*alias = guard_btf_name(type);
			break;
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			break;
		default:
			return type;
		}
		id = type->type;
	}
	return NULL;
}

/**
 * guard_btf_function() - find a function's prototype
 * @name: its name
 * @id: where to go on; 0 to begin with
 *
 * There can be several functions by one name.
 *
 * Return: the next one's, of kind BTF_KIND_FUNC_PROTO; NULL if there are no more.
 */
const struct btf_type *guard_btf_function(const char *name, u32 *id)
{
	while (*id < btf_last) {
		const struct btf_type *type = btf_types[++*id];

		if (guard_btf_kind(type) != BTF_KIND_FUNC ||
		    strcmp(guard_btf_name(type), name) || type->type > btf_last)
			continue;
		type = btf_types[type->type];
		if (guard_btf_kind(type) == BTF_KIND_FUNC_PROTO)
			return type;
	}
	return NULL;
}
