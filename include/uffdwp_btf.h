/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's types (btf.c), while the module loads, for prototype.c.
 */
#ifndef UFFDWP_BTF_H
#define UFFDWP_BTF_H

#include <linux/btf.h>

/* BTF_KIND_UNKN for void. The field has grown: bits above it were 0 before. */
static inline u32 guard_btf_kind(const struct btf_type *type)
{
	return type ? type->info >> 24 & 0x7f : BTF_KIND_UNKN;
}

void guard_btf_open(void);
void guard_btf_close(void);
const char *guard_btf_lacks(void);
const char *guard_btf_name(const struct btf_type *type);
const struct btf_type *guard_btf_resolve(u32 id, const char **alias);
const struct btf_type *guard_btf_function(const char *name, u32 *id);

#endif /* UFFDWP_BTF_H */
