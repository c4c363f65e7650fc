/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPUs the calling thread runs on. Exit status 2 where that cannot be had. */
#ifndef GUEST_CPUS_H
#define GUEST_CPUS_H

#include <sched.h>

void cpus_allowed(cpu_set_t *cpus);

void run_on_cpus(const cpu_set_t *cpus);

void run_on_cpu(int cpu);

#endif
