# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What most cases do: send protected pages along a path of the kernel, and
# compare what user space saw with what the guard counted.

# What the row of this kernel says there is.
PATHS='mprotect migration numa'
[ "${NUMA-}" != no ] || PATHS='mprotect migration'
MEMORIES=$(echo "${MEMORIES-shmem,anon}" | tr , ' ')
MEMORY=${MEMORIES%% *}

# The site that watches a path.
site_of()
{
	case $1 in
	mprotect) echo change_pte_range ;;
	migration) echo remove_migration_pte ;;
	numa) echo do_numa_page ;;
	esac
}

# measure PROGRAM ARGUMENTS...: its "name value" lines are read with value NAME
measure()
{
	measured=$("$@") || bail "$* could not measure (status $?)"
}

value()
{
	echo "$measured" | awk -v n="$1" '$1 == n { print $2 }'
}

# summed STAT...: their sum
summed()
{
	local sum=0 name

	for name; do
		sum=$((sum + $(stat "$name")))
	done
	echo $sum
}

# summed_all PATTERN: the sum of all stats whose whole names match it
summed_all()
{
	awk -v p="^$1\$" '$1 ~ p { n += $2 } END { print n + 0 }' "$STATS"
}

# Before the guard is loaded.  Where the kernel's own bug cannot be had (reopen=leave:
# 5.10, whose vm_page_prot of memory that can be protected never carries the write bit),
# a stand-in breaks mprotect.
reopen()
{
	case ${REOPEN-} in
	leave) load /lib/test/leave.ko symbol=change_protection vma=0 flags=4 ;;
	*) load /lib/test/reopen.ko ;;
	esac
}

# The bug reopened breaks PATH for shared memory alone: vm_page_prot of private
# memory never carries the write bit. The stand-in does not mind.
breaks()
{
	[ "$2" = "$MEMORY" ] && broken "$1"
}

all_fired()
{
	is "$(value fired) $(value missed) $(value extra)" "$(value pages) 0 0" "$1"
}

all_missed()
{
	is "$(value fired) $(value missed) $(value extra)" "0 $(value pages) 0" "$1"
}

# wait_for COMMAND...: until it succeeds, ten seconds at most
wait_for()
{
	local tries=100

	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		usleep 100000
	done
}

# started NAME LINE PROGRAM ARGUMENTS...: starts a program, and comes back when it has
# said LINE and waits. Its lines so far are measured.
started()
{
	local name=$1 line=$2

	shift 2
	rm -f "/tmp/$name.out"
	mkfifo "/tmp/$name.go"
	sleep 3600 >"/tmp/$name.go" &
	"$@" <"/tmp/$name.go" >"/tmp/$name.out" &
	echo $! >"/tmp/$name.pid"
	wait_for grep -q "$line" "/tmp/$name.out" ||
		bail "$*: did not come to say $line"
	measured=$(cat "/tmp/$name.out")
}

# paused NAME PROGRAM ARGUMENTS...: the same for one with -p: its pages are protected
paused()
{
	local name=$1

	shift
	started "$name" 'pause protected' "$@"
}

# path_runs NAME: lets it go on, and comes back when its path is behind it
path_runs()
{
	echo >"/tmp/$1.go"
	wait_for grep -q 'pause ran' "/tmp/$1.out" || bail "$1: the path did not end"
}

# writes_now NAME: lets it write and end; measured is all it said
writes_now()
{
	echo >"/tmp/$1.go"
	wait "$(cat "/tmp/$1.pid")" || bail "$1: could not measure (status $?)"
	measured=$(cat "/tmp/$1.out")
	rm "/tmp/$1.go"
}

# planted NAME COUNT: plants write access under the marks of a paused program's first pages
planted()
{
	local page done=0

	page=$(value start)
	while [ $done -lt "$2" ]; do
		echo "$(value pid) $page writable" >/sys/module/plant/parameters/plant ||
			bail "$1: cannot plant at $page"
		page=$(printf '0x%x' $((page + 4096)))
		done=$((done + 1))
	done
}

# kept NAME COUNT PROGRAM ARGUMENTS...: a paused program with COUNT planted pages
kept()
{
	local name=$1 count=$2

	shift 2
	paused "$name" "$@"
	planted "$name" "$count"
}

# Have so many scans been finished?
scans()
{
	[ "$(stat scan.done)" -ge "$1" ]
}

# scanned WHAT: scans that, and comes back when it is done
scanned()
{
	echo "$1" >/sys/module/uffdwp_guard/parameters/scan || return
	wait_for scans "$(stat scan.asked)"
}

# migrate_planted MEMORY: protects 16 pages, plants write access under the marks, migrates
# there and writes. try_to_migrate() makes writable migration entries of such pages.
migrate_planted()
{
	kept planted 16 uffdwp -p -n 16 -H 1 migration "$1"
	path_runs planted
	writes_now planted
}

guard_log()
{
	dmesg | sed -n 's/.*uffdwp_guard: //p'
}

# busybox tries a second system call when a module does not load: its lines come twice.
guard_log_once()
{
	guard_log | sort -u
}
