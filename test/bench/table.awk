# SPDX-License-Identifier: GPL-2.0
#
# Makes a table of lines "ROW STATE OPERATION INSTRUCTIONS": for each row and operation what
# the kernel alone needs, and what each state adds to that, then the goals.

{
	cost[$1, $2, $3] = $4
	if (!($1 in row_seen)) {
		row_seen[$1]
		rows[++nr_rows] = $1
	}
	if (!($3 in operation_seen)) {
		operation_seen[$3]
		operations[++nr_operations] = $3
	}
}

function base(row, state, operation)
{
	return cost[row, (state ~ /-involved$|^report$|^fix$/) ? "none-involved" : "none", operation]
}

function added(row, state, operation)
{
	return cost[row, state, operation] - base(row, state, operation)
}

function percent(row, state, operation)
{
	return 100 * added(row, state, operation) / base(row, state, operation)
}

function section(states, title, baseline,    n, list, r, o, s)
{
	n = split(states, list, " ")
	print title "\n"
	printf "%-12s %-14s %12s", "kernel", "operation", "alone"
	for (s = 1; s <= n; s++)
		printf " %22s", list[s]
	print ""
	for (r = 1; r <= nr_rows; r++)
		for (o = 1; o <= nr_operations; o++) {
			if (!((rows[r], baseline, operations[o]) in cost))
				continue
			printf "%-12s %-14s %12.2f", rows[r], operations[o],
				cost[rows[r], baseline, operations[o]]
			for (s = 1; s <= n; s++)
				if ((rows[r], list[s], operations[o]) in cost)
					printf " %+13.2f %+6.2f %%", added(rows[r], list[s], operations[o]),
						percent(rows[r], list[s], operations[o])
				else
					printf " %22s", "-"
			print ""
		}
	print ""
}

# What a handler of the guard takes at most, with preemption off.
function longest(limit,    m, modes, o, r, figure)
{
	split("report fix", modes, " ")
	for (m = 1; m <= 2; m++)
		for (o = 1; o <= nr_operations; o++)
			for (r = 1; r <= nr_rows; r++) {
				if (!((rows[r], "longest-" modes[m], operations[o]) in cost))
					continue
				figure = cost[rows[r], "longest-" modes[m], operations[o]]
				printf "%-12s %-10s %-18s %10d goal %10d  %s\n", rows[r], modes[m],
					operations[o], figure, limit,
					figure <= limit ? "holds" : "does not hold"
			}
	print ""
}

# Of names SERIES:OPERATION:SIZE, in the order in which they were counted.
function growth(    o, r, name)
{
	printf "%-12s %-22s %8s %14s %14s %14s %14s\n", "kernel", "what grows", "to", "uninvolved", "armed",
		"protected", "fix"
	for (r = 1; r <= nr_rows; r++)
		for (o = 1; o <= nr_operations; o++) {
			if (!((rows[r], "grown-fix", operations[o]) in cost))
				continue
			split(operations[o], name, ":")
			printf "%-12s %-22s %8d %14.2f %+14.2f %14.2f %+14.2f\n", rows[r],
				name[1] ", " name[2], name[3], cost[rows[r], "grown-none", operations[o]],
				grown(rows[r], "armed", "none", operations[o]),
				cost[rows[r], "grown-involved", operations[o]],
				grown(rows[r], "fix", "involved", operations[o])
		}
	print ""
}

function grown(row, state, baseline, operation)
{
	return cost[row, "grown-" state, operation] - cost[row, "grown-" baseline, operation]
}

# goal STATE OPERATION LIMIT UNIT [FLOOR]: the limit is per cent, or instructions per page; the
# state FLOOR shows what empty probes alone need
function goal(state, operation, limit, unit, floor,    r, figure, least)
{
	for (r = 1; r <= nr_rows; r++) {
		if (!((rows[r], state, operation) in cost))
			continue
		figure = of(rows[r], state, operation, unit)
		least = "-"
		if (floor != "" && ((rows[r], floor, operation) in cost))
			least = sprintf("%.2f", of(rows[r], floor, operation, unit))
		printf "%-12s %-10s %-14s %10.2f %-10s goal %6.1f  floor %8s  %s\n", rows[r], state,
			operation, figure, unit, limit, least,
			figure <= limit ? "holds" : "does not hold"
	}
}

function of(row, state, operation, unit)
{
	return unit == "%" ? percent(row, state, operation) : added(row, state, operation)
}

END {
	section("loaded armed kprobes kretprobes events", \
		"Added in a process without userfaultfd (instructions, per cent)", "none")
	section("report fix kprobes-involved kretprobes-involved events-involved", \
		"Added in a process whose memory is protected", "none-involved")
	print "Longest stretch of a handler with preemption off (instructions)\n"
	longest(20000)
	print "Growth (instructions; what the guard adds to memory that is not protected, and that is)\n"
	growth()
	print "Goals\n"
	for (o = 1; o <= nr_operations; o++)
		goal("loaded", operations[o], 0.1, "%")
	goal("armed", "fault", 0.1, "%", "kprobes")
	goal("armed", "mprotect1", 3, "%", "kprobes")
	goal("armed", "mprotect-area", 3, "%", "kprobes")
	goal("armed", "mprotect", 0.1, "%", "kprobes")
	goal("armed", "migration", 2, "%", "kprobes")
	goal("armed", "fork", 0.5, "%", "kprobes")
	split("report fix", modes, " ")
	for (m = 1; m <= 2; m++) {
		goal(modes[m], "mprotect", 12, "an entry", "kretprobes-involved")
		goal(modes[m], "migration", 6, "%", "kretprobes-involved")
		goal(modes[m], "numa", 10, "%", "kprobes-involved")
		goal(modes[m], "wpfault", 3, "%", "kretprobes-involved")
	}
}
