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
HUGE=$(echo "${HUGE-hugetlb,hugetlb-private,thp}" | tr , ' ')
HUGE_PAGES=8	# of a region; each node's pool has some more

# The site that watches a path, in memory of that kind.
site_of()
{
	case $1-${2-} in
	mprotect-hugetlb*) echo hugetlb_change_protection ;;
	mprotect-thp*) echo change_huge_pmd ;;
	mprotect-*) echo change_pte_range ;;
	migration-*) echo remove_migration_pte ;;
	numa-thp*) echo do_huge_pmd_numa_page ;;
	numa-*) echo do_numa_page ;;
	refault-hugetlb*) echo hugetlb_fault ;;
	esac
}

# The level of the entries that map it.
level_of()
{
	case $1 in
	hugetlb*) echo hugetlb ;;
	thp*) echo pmd ;;
	*) echo pte ;;
	esac
}

# The paths that lead through entries of a kind of huge memory. NUMA balancing never
# looks at hugetlb, and a fault never maps a huge page whose mark a zap has kept: that
# is for entries of base pages and of hugetlb.
huge_paths()
{
	case $1 in
	hugetlb*) echo mprotect migration refault ;;
	thp) echo "$PATHS" ;;
	esac
}

# Huge pages for the taking: a pool on each node, and transparent ones for who asks.
huge_pages()
{
	local pool want=$((HUGE_PAGES + 4))

	for pool in /sys/devices/system/node/node[01]/hugepages/hugepages-2048kB; do
		echo $want >"$pool/nr_hugepages"
		[ "$(cat "$pool/nr_hugepages")" = $want ] || bail "$pool: cannot have $want"
	done
	case " $HUGE " in
	*' thp '*) echo madvise >/sys/kernel/mm/transparent_hugepage/enabled ||
		bail "no transparent huge pages" ;;
	esac
}

# measure PROGRAM ARGUMENTS...: its "name value" lines are read with value NAME
measure()
{
	measured=$("$@" 2>/tmp/measure.err) ||
		bail "$* could not measure (status $?): $(cat /tmp/measure.err)"
	cat /tmp/measure.err >&2
}

value()
{
	echo "$measured" | awk -v n="$1" '$1 == n { print $2 }'
}

# untold SITE: addresses that the tracker missed and that the tracepoint has not told of
untold()
{
	local address

	for address in $(echo "$measured" | awk '$1 == "missed_at" { print $2 }'); do
		grep -q "violation: site=$1 .* addr=$address " /sys/kernel/tracing/trace ||
			echo "$address"
	done
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
	case $2 in
	"$MEMORY"|hugetlb|hugetlb-1g|thp-shmem|large) broken "$1" ;;
	*) return 1 ;;
	esac
}

all_fired()
{
	is "$(value fired) $(value missed) $(value extra)" "$(value pages) 0 0" "$1"
}

all_missed()
{
	is "$(value fired) $(value missed) $(value extra)" "0 $(value pages) 0" "$1"
}

# Does the kernel as it is drop the mark of a huge pmd on PATH? Of that the guard knows
# nothing: such an entry looks as if it had never been protected.
drops()
{
	[ "$2" = thp ] || return 1
	case ,${DROPS-}, in
	*,"$1",*) return 0 ;;
	esac
	return 1
}

# huge PATH MEMORY OPTIONS...: sends huge pages along PATH. Where a hinting fault that
# migrates drops the mark, readers stay with the pages, and none does.
huge()
{
	local path=$1 memory=$2

	shift 2
	case $path,${DROPS-} in
	numa,?*) set -- -N 1 "$@" ;;
	esac
	measure uffdwp -n "$HUGE_PAGES" "$@" "$path" "$memory"
}

# all_sound PATH MEMORY NAME: every page fires where neither bug nor guard is at work
all_sound()
{
	if drops "$1" "$2"; then
		all_missed "$3: every page is missed, for the kernel itself drops the mark"
	else
		all_fired "$3: every page fires"
	fi
}

PATIENCE=$((100 * ${SLOW-1}))	# tenths of a second

# wait_for COMMAND...: until it succeeds, so long at most
wait_for()
{
	local tries=$PATIENCE

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

# goes_on NAME LINE: lets it go on, and comes back when it has said LINE and waits again
goes_on()
{
	echo >"/tmp/$1.go"
	wait_for grep -q "$2" "/tmp/$1.out" || bail "$1: did not come to say $2"
}

# path_runs NAME: lets it go on, and comes back when its path is behind it
path_runs()
{
	goes_on "$1" 'pause ran'
}

# writes_now NAME: lets it write, if it does, and end; measured is all it said
writes_now()
{
	echo >"/tmp/$1.go"
	wait "$(cat "/tmp/$1.pid")" || bail "$1: could not measure (status $?)"
	measured=$(cat "/tmp/$1.out")
	rm "/tmp/$1.go"
}

# registers NAME: an `again` that was started comes back when it has registered; what it said
# is measured
registers()
{
	echo >"/tmp/$1.go"
	wait_for grep -q 'pause registered' "/tmp/$1.out" || bail "$1: did not register"
	measured=$(cat "/tmp/$1.out")
}

# Bytes that an entry of its level maps.
page_bytes()
{
	case $1 in
	hugetlb-1g) echo 1073741824 ;;
	hugetlb*|thp*) echo 2097152 ;;
	*) echo 4096 ;;
	esac
}

# Are marks compared on this kernel? Not where entries are looked at later.
comparable()
{
	[ "${DEFERS-no}" != yes ]
}

# Are they by now? It takes a moment from the first registration on.
compared()
{
	[ "$(stat marks.compared)" = 1 ]
}

# planted NAME COUNT MEMORY [KIND]: plants write access under the marks of a paused
# program's first pages, or what KIND is
planted()
{
	local page done=0

	page=$(value start)
	while [ $done -lt "$2" ]; do
		echo "$(value pid) $page ${4-writable}" >/sys/module/plant/parameters/plant ||
			bail "$1: cannot plant at $page"
		page=$(printf '0x%x' $((page + $(page_bytes "$3"))))
		done=$((done + 1))
	done
}

# kept NAME COUNT PROGRAM ARGUMENTS... MEMORY: a paused program with COUNT planted pages
kept()
{
	local name=$1 count=$2 memory

	shift 2
	for memory; do :; done
	paused "$name" "$@"
	planted "$name" "$count" "$memory"
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

# migrate_planted MEMORY COUNT: protects so many pages, plants write access under the
# marks, migrates there and writes. try_to_migrate() makes writable migration entries of them.
migrate_planted()
{
	kept planted "$2" uffdwp -p -n "$2" -H 1 migration "$1"
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
