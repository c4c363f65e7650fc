# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Memory that nobody has any more, where the kernel looks for such (kmemleak).

LEAKS=/sys/kernel/debug/kmemleak

# Prints what is lost, and so does the console. Not of what is younger than five seconds; and
# of what has changed since the last time, or was not looked at yet, only the next time.
leaks()
{
	sleep 6
	echo scan >$LEAKS
	echo scan >$LEAKS
	cat $LEAKS
}
