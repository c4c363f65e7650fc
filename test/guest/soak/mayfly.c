// SPDX-License-Identifier: GPL-2.0
/* Processes that are killed at any moment, with everything they have under way. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/util.h"
#include "soak/soak.h"

/* They never hold the gate: it would stay held. */
static void live(__u64 seed)
{
	static const char * const kinds[] = { "shmem", "anon", "thp" };
	static struct control own;
	struct area area;
	__u64 state = seeded(seed, 1);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	area_open(&area, &own, kinds[below(&state, ARRAY_SIZE(kinds))]);
	area_listen(&area);
	for (;;) {
		owner_step(&area, &area.slices[0], &state);
		disturb(&area, &state);
	}
}

void mayfly_live_and_die(struct control *control, __u64 *state)
{
	__u64 seed = draw(state);
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die_errno("fork");
	if (!pid)
		live(seed);
	usleep(below(state, 200000));
	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid)
		die_errno("cannot end a process");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("a process to be killed ended with status 0x%x", status);
	control->mayflies++;
}
