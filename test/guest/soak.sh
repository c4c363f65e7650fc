# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# For the cases that run the soak: what it is to meet, and what its oracle says.

SWAP=/dev/ram0
GUARD_PARAMETERS=/sys/module/uffdwp_guard/parameters
THP=/sys/kernel/mm/transparent_hugepage
TRACING=/sys/kernel/tracing

# soak_argument NAME DEFAULT: as the kernel's command line has it
soak_argument()
{
	local value

	value=$(sed -n "s/.*\\<soak\\.$1=\\([0-9]*\\).*/\\1/p" /proc/cmdline)
	echo "${value:-$2}"
}

soak_seed()
{
	soak_argument seed $(($(od -An -N 3 -t u4 /dev/urandom) + 1))
}

# What kinds of memory there can be here; asynchronous ones from 6.7 on.
soak_kinds()
{
	echo "shmem shmem anon $HUGE"
	case $RELEASE in
	6.[0-6].*) ;;
	*)
		echo async-shmem async-anon
		case " $HUGE " in
		*' thp '*) echo async-thp-shmem ;;
		esac ;;
	esac
}

# Where to swap to: a driver of the kernel's own package, or built in.
soak_swap()
{
	[ -e "$SWAP" ] || load /lib/drivers/brd.ko rd_nr=1 rd_size=65536
	if ! mkswap "$SWAP" >/dev/null || ! swapon "$SWAP"; then
		bail "no swap"
	fi
}

# khugepaged never rests.
soak_set_up()
{
	huge_pages
	soak_swap
	if [ -e $THP/khugepaged ]; then
		echo 10 >$THP/khugepaged/scan_sleep_millisecs
		echo 10 >$THP/khugepaged/alloc_sleep_millisecs
		echo 4096 >$THP/khugepaged/pages_to_scan
	fi
	cat /proc/vmstat >/tmp/vmstat
	SEED=$(soak_seed)
	diag "seed $SEED"
}

# kernel_did COUNTER: how often since soak_set_up
kernel_did()
{
	awk -v c="$1" '$1 == c { n = $2 - n } END { print n + 0 }' /tmp/vmstat /proc/vmstat
}

# soak_met [COUNTER]...: by the kernel's own count each load was one, those that are named too.
# A short soak meets few huge pages: what becomes of them is asked of a long one alone.
soak_met()
{
	local counter count counts='' never='' few

	few='thp_split_page thp_split_pmd thp_migration_success thp_collapse_alloc'
	for counter in pswpout pswpin pgmigrate_success numa_hint_faults thp_fault_alloc "$@" $few; do
		count=$(kernel_did "$counter")
		counts="$counts $counter $count;"
		[ "$count" -eq 0 ] || continue
		case " $few " in
		*" $counter "*) [ "$(soak_argument seconds 0)" -ge 300 ] || continue ;;
		esac
		never="$never $counter"
	done
	diag "the kernel's counts:$counts"
	is "$never" "" "the kernel swapped, migrated and faulted meanwhile, and in a long soak split and collapsed"
}

# Modes change and scans are asked for; it ends in fix.
bother_guard()
{
	local mode

	for mode in report fix report fix; do
		echo $mode >"$GUARD_PARAMETERS/mode"
		echo all >"$GUARD_PARAMETERS/scan"
		usleep 200000
	done
}

seconds_up()
{
	cut -d. -f1 /proc/uptime
}

# unannounced PHASE [KIND]: writes of which no message came; by default of memory that KSM
# leaves alone
unannounced()
{
	echo "$measured" | awk -v p="$1" -v k="${2-}" '
		$1 == "unannounced" && $5 == p && (k != "" ? $6 ~ k : $6 !~ /^ksm-/) { n++ }
		END { print n + 0 }'
}

# There is room for all that comes in a round.
trace_violations()
{
	echo mono >$TRACING/trace_clock
	echo 16384 >$TRACING/buffer_size_kb
	echo >$TRACING/trace
	echo 1 >$TRACING/events/uffdwp_guard/violation/enable
}

trace_lost()
{
	cat $TRACING/per_cpu/cpu*/stats | awk '/^(overrun|dropped events):/ { n += $NF } END { print n + 0 }'
}

# untold_of_all: unannounced writes whose entry the guard has not told of since the page was
# protected
untold_of_all()
{
	echo "$measured" | grep '^unannounced ' >/tmp/unannounced
	awk '
		part == 1 {
			since[++n] = $4
			said[n] = $0
			wanted[$2 " " $3] = wanted[$2 " " $3] " " n
			next
		}
		match($0, /[0-9]+\.[0-9]+: violation:/) {
			at = substr($0, RSTART) + 0
			for (i = 1; i <= NF; i++) {
				split($i, field, "=")
				value[field[1]] = field[2]
			}
			sub(/.*\//, "", value["process"])
			count = split(wanted[value["process"] " " value["addr"]], which, " ")
			for (i = 1; i <= count; i++)
				if (at >= since[which[i]])
					told[which[i]] = 1
		}
		END {
			for (i = 1; i <= n; i++)
				if (!told[i])
					print said[i]
		}' part=1 /tmp/unannounced part=2 $TRACING/trace
}

# soak_starts ARGUMENTS...: in the background; its rounds are gone through by soak_goes_to
soak_starts()
{
	mkfifo /tmp/soak.go
	soak "$@" </tmp/soak.go >/tmp/soak.out &
	soak=$!
	exec 3>/tmp/soak.go
}

soak_says()
{
	grep -q "^pause $1\$" /tmp/soak.out
}

soak_lives()
{
	kill -0 "$soak" 2>/dev/null || bail "the soak has ended: see the console"
}

# soak_waits PLACE: comes back when it is there. However long it takes: the case has an end.
soak_waits()
{
	local next

	next=$(($(seconds_up) + 60))
	until soak_says "$1"; do
		soak_lives
		usleep 200000
		[ "$(seconds_up)" -ge $next ] || continue
		diag "under way, up for $(seconds_up) s"
		next=$((next + 60))
	done
}

# soak_goes_to PLACE: lets it go on; what it says on the way is measured
soak_goes_to()
{
	local said

	said=$(grep -c . /tmp/soak.out)
	echo >&3
	soak_waits "$1"
	measured=$(sed "1,${said}d" /tmp/soak.out)
}

# In one line.
soak_figures()
{
	echo "$measured" | grep -v -e '^pause' -e '^unannounced' | tr '\n' ';'
}

soak_ends()
{
	exec 3>&-
	wait "$soak"
}
