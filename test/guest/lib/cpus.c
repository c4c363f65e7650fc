// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "cpus.h"

#include "util.h"

void cpus_allowed(cpu_set_t *cpus)
{
	if (sched_getaffinity(0, sizeof(*cpus), cpus))
		die_errno("sched_getaffinity");
}

void run_on_cpus(const cpu_set_t *cpus)
{
	if (sched_setaffinity(0, sizeof(*cpus), cpus))
		die_errno("cannot run on %d CPUs", CPU_COUNT(cpus));
}

void run_on_cpu(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die_errno("cannot run on CPU %d", cpu);
}
