/* SPDX-License-Identifier: GPL-2.0 */
/* NUMA nodes, the CPUs on them, and moving pages between them, without libnuma. */
#ifndef GUEST_NODES_H
#define GUEST_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "region.h"

#define MAX_NODES 2

/* How many of the nodes 0 and 1 have memory and CPUs. */
int node_count(void);

/* Dies unless there are two. */
void need_two_nodes(void);

/* Pin the calling thread to a CPU of the node, the which-th, modulo their number. */
void pin_to_node(int node, int which);

/* Let NUMA balancing scan the region: bound to node 0, or to both nodes. */
void bind_for_balancing(const struct region *region, bool both);

/*
 * Give the calling thread, and those it creates, a policy that NUMA balancing
 * leaves alone. Only what bind_for_balancing() was called for gets hinting faults.
 */
void no_balancing_by_default(void);

/*
 * Move every page to the node, or die. Pages that another process maps, too, are
 * moved only with all.
 */
void move_to_node(const struct region *region, int node, bool all);

/* The same without caring how many arrived. */
void try_move_to_node(const struct region *region, int node);

/* How many of its folios are not on the node. */
size_t blocks_away(const struct region *region, int node);

#endif
