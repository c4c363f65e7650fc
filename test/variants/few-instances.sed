# SPDX-License-Identifier: GPL-2.0
# Of each return probe, so few can be under way at once.
s/^\(#define GUARD_INSTANCES[ \t]*\)512$/\14/
s/^\(#define GUARD_INSTANCES_FAULT[ \t]*\)2048$/\14/
