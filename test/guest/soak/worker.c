// SPDX-License-Identifier: GPL-2.0
/* A process with an area, its owners and those who disturb them. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/nodes.h"
#include "lib/util.h"
#include "soak/soak.h"

struct thread {
	struct area *area;
	pthread_t thread;
	int nr;
	__u64 state;
	bool checked;
};

/* A step at a time: between two of them the phase may change. */
static bool owner_goes_on(struct thread *t, struct slice *slice)
{
	struct control *c = t->area->control;
	bool idle = true, quit;

	pthread_rwlock_rdlock(&c->gate);
	quit = c->phase == PHASE_QUIT;
	if (c->phase == PHASE_RUN) {
		owner_step(t->area, slice, &t->state);
		t->checked = false;
		idle = false;
	} else if (c->phase == PHASE_CHECK && !t->checked) {
		owner_check(t->area, slice);
		t->checked = true;
		c->unchecked--;
	}
	pthread_rwlock_unlock(&c->gate);
	if (idle && !quit)
		usleep(10000);
	return !quit;
}

static void *owner(void *arg)
{
	struct thread *t = arg;

	pin_to_node(t->nr % 2, t->nr / 2);
	while (owner_goes_on(t, &t->area->slices[t->nr]))
		;
	return NULL;
}

static bool disturber_goes_on(struct thread *t)
{
	struct control *c = t->area->control;
	bool run, quit;

	pthread_rwlock_rdlock(&c->gate);
	quit = c->phase == PHASE_QUIT;
	run = c->phase == PHASE_RUN;
	if (run)
		disturb(t->area, &t->state);
	pthread_rwlock_unlock(&c->gate);
	if (!run && !quit)
		usleep(10000);
	return !quit;
}

static void *disturber(void *arg)
{
	struct thread *t = arg;

	while (disturber_goes_on(t))
		;
	return NULL;
}

static void work(struct control *control, const char *name, __u64 seed)
{
	struct thread threads[OWNERS + DISTURBERS];
	struct area area;
	int i;

	area_open(&area, control, name);
	area_listen(&area);
	control->open++;
	for (i = 0; i < OWNERS + DISTURBERS; i++) {
		threads[i] = (struct thread){
			.area = &area, .nr = i, .state = seeded(seed, i),
		};
		errno = pthread_create(&threads[i].thread, NULL,
				       i < OWNERS ? owner : disturber, &threads[i]);
		if (errno)
			die_errno("pthread_create");
	}
	for (i = 0; i < OWNERS + DISTURBERS; i++)
		pthread_join(threads[i].thread, NULL);
}

pid_t worker_start(struct control *control, const char *name, __u64 seed)
{
	pid_t pid = fork();

	if (pid < 0)
		die_errno("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(control, name, seed);
	_exit(0);
}
