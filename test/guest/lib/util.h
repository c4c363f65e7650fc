/* SPDX-License-Identifier: GPL-2.0 */
/* Failing, waiting, and reading the kernel's files. */
#ifndef GUEST_UTIL_H
#define GUEST_UTIL_H

#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Exit status of every program: 0 measured (the numbers say what), 1 wrong
 * usage, 2 could not measure. 1 and 2 come with one line on standard error.
 */
#define EXIT_USAGE	1
#define EXIT_SETUP	2

#define misuse(...)	errx(EXIT_USAGE, __VA_ARGS__)
#define die(...)	errx(EXIT_SETUP, __VA_ARGS__)

/* Adds what errno says. */
#define die_errno(...)	err(EXIT_SETUP, __VA_ARGS__)

/* A decimal argument in [min, max], or exit status 1. */
long number_arg(const char *what, const char *arg, long min, long max);

/*
 * Say "pause WHERE" and wait for a line on standard input, so that a script can
 * act in between. Exit status 2 when the input ends instead.
 */
void pause_at(const char *where);

/* Whole file as a string of less than size bytes; false if it cannot be read. */
bool read_text(const char *path, char *text, size_t size);

/* False, with errno set, if it cannot be written. */
bool write_text(const char *path, const char *text);

/* The child is killed when the calling thread ends. */
pid_t fork_or_die(void);

/* Waits for a child; dies unless it ended with status 0. */
void child_ended(pid_t pid);

/* Of a base page. */
size_t page_size(void);

/* Minor faults of the calling thread so far. */
long thread_faults(void);

/* Seconds on the monotonic clock. */
double now(void);

#endif
