/* SPDX-License-Identifier: GPL-2.0 */
/* Memory at which whoever touches it waits until it is killed, in a system call, too. */
#ifndef GUEST_STALL_H
#define GUEST_STALL_H

/* A page of it, of a userfaultfd that is returned in *@uffd and that nobody answers. */
void *stall_page(int *uffd);

/* Until so many more threads wait there. */
void stall_wait(int uffd, long threads);

#endif
