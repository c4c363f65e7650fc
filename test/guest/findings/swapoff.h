/* SPDX-License-Identifier: GPL-2.0 */
/* The swap device, which is taken away. */
#ifndef FINDINGS_SWAPOFF_H
#define FINDINGS_SWAPOFF_H

#include <sys/types.h>

/* NULL if there is none. */
extern const char *swap_device;

/* A child that swaps it off, and ends. */
pid_t start_swapoff(void);

#endif
