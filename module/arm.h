/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When probes on the paths of mm are live: arm.c decides, registration.c tells it.
 */
#ifndef UFFDWP_ARM_H
#define UFFDWP_ARM_H

#include <linux/compiler.h>
#include <linux/kprobes.h>
#include <linux/types.h>

/* arm.c */
extern unsigned long guard_arming;
extern unsigned long guard_arm_count;
extern unsigned long guard_disarm_count;

/**
 * guard_live() - since when have the probes been live?
 *
 * Context: any.
 *
 * Return: the number of the arming that is in force, 0 if none is. The same before and
 * after something happened: the probes were live meanwhile.
 */
static inline unsigned long guard_live(void)
{
	return READ_ONCE(guard_arming);
}

unsigned long guard_arm_seen(void);
unsigned long guard_arm_for(bool found);
void guard_arm_start(void);
void guard_arm_stop(void);
void guard_arm_blindly(bool begins);
void guard_arm_interrupted(bool over);
void guard_look_soon(void);

/* light.c */
int guard_probe_enable(struct kprobe *probe);
unsigned int guard_sites_light(bool again);
void guard_sites_put_out(void);

/* registration.c */
int guard_registration_install(void);
int guard_registration_enable(void);
void guard_registration_remove(void);

#endif /* UFFDWP_ARM_H */
