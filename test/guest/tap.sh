# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# TAP for guest cases.  A case sources this file and ends with done_testing;
# the host adds the plan, and takes a case that never says so as lost.
#
# What a case prints itself goes to the console, and so into its log.
#
# A result is written by a shell of its own that opens and closes the port: the last
# close of a serial port waits until every byte has left, so a panic right
# after a result cannot swallow it. Of its own, because a signal would cut the wait
# short, and a shell with children gets one whenever a child ends.

STATS=/sys/kernel/debug/uffdwp_guard/stats
test_count=0

to_host()
{
	(echo "$*" >/dev/ttyS1)
}

# Newlines would break the protocol.
one_line()
{
	echo "$*" | tr '\n\r' '  ' | sed 's/ *$//'
}

diag()
{
	to_host "# $(one_line "$*")"
}

pass()
{
	test_count=$((test_count + 1))
	to_host "ok $test_count - $(one_line "$*")"
}

fail()
{
	test_count=$((test_count + 1))
	to_host "not ok $test_count - $(one_line "$*")"
	return 1
}

# skip NAME REASON
skip()
{
	test_count=$((test_count + 1))
	to_host "ok $test_count - $(one_line "$1") # SKIP $(one_line "$2")"
}

# ok NAME COMMAND...: the command succeeds
ok()
{
	local name=$1 status

	shift
	"$@"
	status=$?
	[ $status -ne 0 ] || { pass "$name"; return; }
	fail "$name"
	diag "exit status $status: $*"
	return 1
}

# nok NAME COMMAND...: the command fails
nok()
{
	local name=$1

	shift
	"$@" || { pass "$name"; return; }
	fail "$name"
	diag "succeeded: $*"
	return 1
}

# is VALUE EXPECTED NAME
is()
{
	[ "$1" != "$2" ] || { pass "$3"; return; }
	fail "$3"
	diag "     got: $1"
	diag "expected: $2"
	return 1
}

# isnt VALUE UNEXPECTED NAME
isnt()
{
	[ "$1" = "$2" ] || { pass "$3"; return; }
	fail "$3"
	diag "got: $1"
	return 1
}

# cmp_ok VALUE -OPERATOR VALUE NAME, the operator being one of test(1)
cmp_ok()
{
	# Anything but a number is a failure, and no noise.
	if test "$1" "$2" "$3" 2>/dev/null; then
		pass "$4"
	else
		fail "$4"
		diag "false: $1 $2 $3"
		return 1
	fi
}

# stat NAME: a value of the guard's statistics (busybox stat: `busybox stat`)
stat()
{
	awk -v n="$1" '$1 == n { $1 = ""; print substr($0, 2); found = 1 }
		END { if (!found) print "absent" }' "$STATS" 2>/dev/null || echo absent
}

# nothing_missed WHAT: and if something is, which sites say so
nothing_missed()
{
	is "$(stat missed)" 0 "$1" ||
		diag "$(awk '$1 ~ /[.]missed$/ && $2 { printf "%s %s ", $1, $2 }' "$STATS")"
}

# broken PATH: does this kernel lose the mark on PATH once the bug is reopened?
broken()
{
	case ,$BROKEN, in
	*,"$1",*) return 0 ;;
	esac
	return 1
}

# bail REASON: the rest of the case makes no sense
bail()
{
	to_host "::bail test $(one_line "$*")"
	exit 1
}

# load MODULE [PARAMETER=VALUE...]: a module without which the case makes no sense
load()
{
	local message

	message=$(insmod "$@" 2>&1) || {
		to_host "::bail load $(one_line "$1: $message")"
		exit 1
	}
}

# load_guard [PARAMETER=VALUE...]
load_guard()
{
	load /lib/guard/uffdwp_guard.ko "$@"
}

# expect_panic: what comes next stops the machine
expect_panic()
{
	to_host "::panic $test_count"
}

done_testing()
{
	to_host "::end $test_count"
	exit 0
}
