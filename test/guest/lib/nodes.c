// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "nodes.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "util.h"

#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING 8192
#endif

/* The kernel reads one bit less than it is told. */
#define MASK_BITS (MAX_NODES + 1)

static bool node_cpus(int node, cpu_set_t *set)
{
	char path[64], list[256], *range, *save;
	int first, last;

	CPU_ZERO(set);
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
	if (!read_text(path, list, sizeof(list)))
		return false;
	for (range = strtok_r(list, ",\n", &save); range; range = strtok_r(NULL, ",\n", &save)) {
		if (sscanf(range, "%d-%d", &first, &last) < 2)
			last = first;
		for (; first <= last; first++)
			CPU_SET(first, set);
	}
	return CPU_COUNT(set);
}

int node_count(void)
{
	cpu_set_t cpus;
	int node = 0;

	while (node < MAX_NODES && node_cpus(node, &cpus))
		node++;
	return node;
}

void need_two_nodes(void)
{
	if (node_count() < 2)
		die("two NUMA nodes with CPUs are needed");
}

void pin_to_node(int node, int which)
{
	cpu_set_t cpus;
	int cpu = -1;

	if (!node_cpus(node, &cpus))
		die("node %d has no CPUs", node);
	which %= CPU_COUNT(&cpus);
	do {
		cpu++;
		if (CPU_ISSET(cpu, &cpus))
			which--;
	} while (which >= 0);
	run_on_cpu(cpu);
}

void bind_for_balancing(const struct region *region, bool both)
{
	unsigned long mask = both ? 3 : 1;

	if (!syscall(SYS_mbind, region->base, region_len(region),
		     MPOL_BIND | MPOL_F_NUMA_BALANCING, &mask, MASK_BITS, 0))
		return;
	if (errno != EINVAL)
		die_errno("mbind with MPOL_F_NUMA_BALANCING");
	/* Up to 5.11 only memory without any policy is balanced, on all nodes. */
	if (syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0))
		die_errno("set_mempolicy");
}

void no_balancing_by_default(void)
{
	unsigned long mask = 3;

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, MASK_BITS))
		die_errno("set_mempolicy");
}

#define ANY_NODE -1

/*
 * A folio is moved as a whole, and only once in a call: asked for is the first page of
 * each block. Returns what became of each block: its node, or a negative errno. To be
 * freed. With ANY_NODE none is moved.
 */
static int *ask_to_move(const struct region *region, int node, bool all, size_t *blocks)
{
	size_t block = region->kind->block, i;
	void **addresses;
	int *nodes, *status;

	*blocks = (region_len(region) + block - 1) / block;
	addresses = calloc(*blocks, sizeof(*addresses));
	nodes = calloc(*blocks, sizeof(*nodes));
	status = calloc(*blocks, sizeof(*status));
	if (!addresses || !nodes || !status)
		die_errno("cannot allocate for %zu pages", region->pages);
	for (i = 0; i < *blocks; i++) {
		addresses[i] = region->base + i * block;
		nodes[i] = node;
		status[i] = -EINPROGRESS;
	}
	if (syscall(SYS_move_pages, 0, *blocks, addresses, node == ANY_NODE ? NULL : nodes, status,
		    all ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE) < 0)
		die_errno("move_pages to node %d", node);
	free(nodes);
	free(addresses);
	return status;
}

void move_to_node(const struct region *region, int node, bool all)
{
	size_t blocks, i;
	int *status = ask_to_move(region, node, all, &blocks);

	for (i = 0; i < blocks; i++)
		if (status[i] != node)
			die("block %zu did not move to node %d: %s", i, node,
			    status[i] < 0 ? strerror(-status[i]) : "is elsewhere");
	free(status);
}

void try_move_to_node(const struct region *region, int node)
{
	size_t blocks;

	free(ask_to_move(region, node, false, &blocks));
}

size_t blocks_away(const struct region *region, int node)
{
	size_t blocks, i, away = 0;
	int *status = ask_to_move(region, ANY_NODE, false, &blocks);

	for (i = 0; i < blocks; i++)
		away += status[i] != node;
	free(status);
	return away;
}
