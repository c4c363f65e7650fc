# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a guest's results and its console amount to.  Fails closed: whatever was
# not seen to be right is wrong.  The first class that applies names the outcome:
#
#	build	something did not build, no guest was started
#	load	the kernel did not get to init, or a module did not load
#	oops	the kernel complained
#	timeout	the guest did not end in time
#	lost	the guest ended without its final token, or results are missing
#	test	a test failed
#	pass
#
# A run that does not come to its judgement is "broken off" (run.sh).

# What the kernel says of its own faults.  Only lines with its time stamp are looked
# at: programs write to the console as well.
STAMP='\[ *[0-9]+\.[0-9]{6}\] '
COMPLAINTS='BUG[: ]|WARNING:|Oops|Kernel panic|Call Trace|general protection fault
|double fault|stack guard page|kernel stack|unable to handle|Bad (page|rss)|bad: scheduling
|scheduling while atomic|sleeping function called|INFO: task .* blocked for more than
|INFO: rcu|rcu: INFO|kthread starved|lockup|LOCKUP|workqueue: .* hogged
|possible (circular|recursive|irq lock)|inconsistent lock state|suspicious RCU
|INFO: possible|INFO: trying to register|DEBUG_LOCKS|\*\*\* DEADLOCK
|KASAN|KCSAN|KFENCE|KMSAN|UBSAN|ODEBUG|kmemleak: .*(leaks|unknown object|disabled)|refcount_t|corruption|corrupted
|non-zero pgtables|segfault at|traps: |trap invalid|nobody cared|Out of memory|oom-kill
|page allocation failure|page_owner|VM_BUG|Unknown symbol|messages dropped'
COMPLAINTS=${COMPLAINTS//$'\n'/}

# The last that the kernel says before anything of ours runs.
BOOTED='Run /init as init process'

judge_reset()
{
	RESULTS=0		# results relayed
	FAILED=0		# of them not ok
	UP='' END='' STATUS='' PANIC='' BAIL='' GARBAGE=''
}

# judge_line LINE: take one line of the guest, relay what is TAP.
judge_line()
{
	local line=${1%$'\r'} result

	result='^(not )?ok ([0-9]+) - '
	case $line in
	::up) UP=1 ;;
	::end\ *) END=${line#* } ;;
	::exit\ *) STATUS=${line#* } ;;
	::panic\ *) PANIC=${line#* } ;;
	::bail\ *) BAIL=${line#* } ;;
	'#'*) printf '%s\n' "$line" ;;
	*)
		if [[ $line =~ $result ]] && [ "${BASH_REMATCH[2]}" -eq $((RESULTS + 1)) ] &&
		   [ -z "$END$PANIC" ]; then
			RESULTS=$((RESULTS + 1))
			[ -z "${BASH_REMATCH[1]}" ] || FAILED=$((FAILED + 1))
			printf '%s\n' "$line"
		else
			GARBAGE=${GARBAGE:-$line}
			printf '# out of order: %s\n' "$line"
		fi ;;
	esac
}

# A test of the host's own, numbered after the guest's.
host_result()
{
	local verdict=$1

	shift
	RESULTS=$((RESULTS + 1))
	printf '%s %d - %s\n' "$verdict" "$RESULTS" "$*"
}

host_failure()
{
	local class=$1

	shift
	OUTCOME=${OUTCOME:-$class}
	host_result 'not ok' "$*"
}

# The kernel has many races of its own, which are none of ours: what KCSAN prints between
# two rulers counts if a function of the guard's is in it. One that an interrupt found running has
# no part in what that did: what stands below its entry in a stack does not count.
without_foreign_races()
{
	awk '
		BEGIN { while (length(ruler) < 66) ruler = ruler "=" }
		function tell() { if (!race || ours) printf "%s", held }
		{ gsub(/\r/, "") }
		substr($0, length($0) - 67) == "] " ruler {
			if (open) { held = held $0 "\n"; tell(); held = ""; open = 0 }
			else { open = 1; race = ours = interrupted = 0; held = $0 "\n" }
			next
		}
		!open { print; next }
		/BUG: KCSAN: / { race = 1 }
		/ to 0x[0-9a-f]+ of [0-9]+ bytes/ { interrupted = 0 }
		/\] +asm_(sysvec_|common_interrupt|exc_nmi)/ { interrupted = 1 }
		/\[uffdwp_guard\]/ && !interrupted { ours = 1 }
		/BUG|WARNING|INFO|Oops/ && !/BUG: KCSAN: / { ours = 1 }	# got in between
		{ held = held $0 "\n" }
		END { if (open) { race = 0; tell() } }'
}

# The first complaint of the kernel; up to the panic if one is expected.
first_complaint()
{
	local console=$1 expected=$2

	without_foreign_races <"$console" |
		if [ -n "$expected" ]; then
			sed -E "/${STAMP}Kernel panic - not syncing/,\$d"
		else
			cat
		fi | grep -a -v -E "$STAMP(Kernel c|C)ommand line: " |
		grep -a -m 1 -E "${STAMP}.*($COMPLAINTS)|printk messages dropped" |
		grep -a -o -E "$STAMP.*|\*\*.*"
}

# boot_complaint CONSOLE: the first one from before init
boot_complaint()
{
	first_complaint <(sed "\|$BOOTED|,\$d" "$1") ''
}

judge_end()
{
	local guest=$1 want=$2 timed_out=$3

	if [ -n "$timed_out" ]; then
		host_failure timeout "the guest ends in time # timeout: after $timed_out s"
	elif [ -n "$GARBAGE" ]; then
		host_failure lost "every result arrives # lost: unexpected line: $GARBAGE"
	elif [ -n "$want" ]; then
		if [ -z "$PANIC" ]; then
			host_failure lost "the guest comes to its panic # lost: it never announced one"
		elif [ "$PANIC" != "$guest" ] || [ -n "$END$STATUS" ]; then
			host_failure lost "the guest ends in a panic # lost: $guest of $PANIC results, then it went on"
		else
			host_result ok "every result arrives"
		fi
	elif [ -z "$END" ]; then
		host_failure lost "the guest comes to its end # lost: after $guest results${STATUS:+, the case exits with $STATUS}"
	elif [ "$END" != "$guest" ] || [ "$guest" -eq 0 ]; then
		host_failure lost "every result arrives # lost: $guest of $END"
	elif [ "$STATUS" != 0 ]; then
		host_failure lost "the case exits with 0 # lost: status ${STATUS:-unknown}"
	else
		host_result ok "every result arrives"
	fi
}

# judge KERNEL CASE TIMED_OUT EXPECTED_PANIC: the host's results, the plan and OUTCOME.
judge()
{
	local kernel=$1 case=$2 timed_out=$3 want=$4 guest=$RESULTS complaint panic
	local console=$OUT/$kernel/log/$case.console

	OUTCOME=''
	if [ -z "$UP" ]; then
		host_failure load "the kernel gets to init # load: ${QEMU_ERROR:-see the end of the console}"
	fi
	case $BAIL in
	load\ *) host_failure load "modules load # ${BAIL/ /: }" ;;
	esac

	complaint=$(first_complaint "$console" "$want") || true
	if ! grep -a -q 'Linux version ' "$console"; then
		[ -z "$UP" ] || host_failure lost "the console is kept # lost: it has no kernel in it"
	elif [ -n "$complaint" ]; then
		host_failure oops "console is clean # oops: $complaint"
	else
		host_result ok "console is clean"
	fi
	if [ -n "$want" ]; then
		panic=$(tr -d '\r' <"$console" | grep -a -m 1 -o 'Kernel panic - not syncing: .*') || true
		if [[ $panic == *"$want"* ]]; then
			host_result ok "the kernel panics: $want"
		elif [ -n "$panic" ]; then
			host_failure oops "the kernel panics: $want # oops: $panic"
		else
			host_failure test "the kernel panics: $want # test: it does not"
		fi
	fi

	case $BAIL in
	'') [ -z "$UP" ] || judge_end "$guest" "$want" "$timed_out" ;;
	test\ *) host_failure test "the case goes on # ${BAIL/ /: }" ;;
	esac
	[ "$FAILED" -eq 0 ] || OUTCOME=${OUTCOME:-test}
	OUTCOME=${OUTCOME:-pass}
	printf '1..%d\n' "$RESULTS"
}
