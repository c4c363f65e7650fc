#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A console is judged by what the kernel's own checkers write there: each of them must be
# heard, and what it says when all is well must not be taken for a complaint.

set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/lib/common.sh
. test/lib/common.sh
# shellcheck source=test/lib/judge.sh
. test/lib/judge.sh
# shellcheck source=test/lib/tap.sh
. test/lib/tap.sh

console=$(mktemp)
trap 'rm -f "$console"' EXIT

# complains TEXT: whether a console with that line in it has a complaint
complains()
{
	printf '[    0.000000] Linux version 6.12\r\n[   12.345678] %s\r\n[   12.345679] done\r\n' \
		"$1" >"$console"
	[ -n "$(first_complaint "$console" '')" ]
}

# As they are printed, the first line of each.
heard()
{
	cat <<-'END'
	BUG: KASAN: slab-use-after-free in guard_inspect+0x1b1/0x770 [uffdwp_guard]
	BUG: KASAN: vmalloc-out-of-bounds in path_opened+0x20/0x90 [uffdwp_guard]
	BUG: KCSAN: data-race in mode_set [uffdwp_guard] / guard_mode [uffdwp_guard]
	kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
	kmemleak: Freeing unknown object at 0xffff888003b9c000
	kmemleak: Kernel memory leak detector disabled
	WARNING: possible circular locking dependency detected
	WARNING: possible recursive locking detected
	WARNING: inconsistent lock state
	WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected
	WARNING: suspicious RCU usage
	BUG: sleeping function called from invalid context at kernel/locking/mutex.c:585
	BUG: scheduling while atomic: insmod/77/0x00000002
	BUG: using smp_processor_id() in preemptible [00000000] code: insmod/77
	ODEBUG: free active (active state 0) object: ffff888 object type: work_struct
	list_add corruption. next->prev should be prev (ffff), but was 0000.
	list_del corruption, ffff->next is LIST_POISON1 (dead000000000100)
	page dumped because: VM_BUG_ON_PAGE(!PageLocked(page))
	kernel BUG at mm/page_table_check.c:105!
	WARNING: CPU: 1 PID: 90 at mm/page_table_check.c:199 page_table_check_pte_flags+0x3c/0x50
	refcount_t: underflow; use-after-free.
	INFO: task rmmod:88 blocked for more than 30 seconds.
	watchdog: BUG: soft lockup - CPU#0 stuck for 41s! [insmod:77]
	rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
	BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 42s!
	INFO: trying to register non-static key.
	DEBUG_LOCKS_WARN_ON(lock->magic != lock)
	END
}

unheard()
{
	cat <<-'END'
	kasan: KernelAddressSanitizer initialized
	kcsan: enabled early
	kmemleak: Kernel memory leak detector initialized (mem pool available: 38010)
	kfence: initialized - using 2097152 bytes for 255 objects
	Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
	Running RCU self tests
	debug_vm_pgtable: [debug_vm_pgtable         ]: Validating architecture page table helpers
	page_table_check=on
	uffdwp_guard: watching write protection, mode=fix
	END
}

# race FUNCTION FUNCTION [TEXT [TEXT]]: a console with that race in it, one TEXT behind it and
# one within; BELOW and BELOW_OTHER are further functions of the first and the second stack
BELOW=() BELOW_OTHER=()
race()
{
	local ruler

	ruler=$(printf '=%.0s' {1..66})
	printf '[   12.345678] %s\r\n' "$ruler" "BUG: KCSAN: data-race in $1 / $2" "${4-}" \
		'write to 0xffff888003b9c000 of 8 bytes by task 77 on cpu 1:' " $1+0x1b/0x70" \
		"${BELOW[@]/#/ }" \
		" Call Trace of none" 'read to 0xffff888003b9c000 of 8 bytes by task 78 on cpu 0:' \
		" $2+0x1b/0x70" "${BELOW_OTHER[@]/#/ }" "$ruler" "${3-done}" >"$console"
}

ends_in()
{
	local status=0

	[ "$(first_complaint "$console" '' | sed 's/^\[[^]]*\] //')" = "$1" ] || status=1
	ok $status "$2"
}

race 'mode_set [uffdwp_guard]' do_task_dead
ends_in 'BUG: KCSAN: data-race in mode_set [uffdwp_guard] / do_task_dead' 'a race of ours is heard'
race do_task_dead try_to_wake_up
ends_in '' 'one of the kernel with itself is not'
race do_task_dead try_to_wake_up 'BUG: scheduling while atomic: insmod/77/0x00000002'
ends_in 'BUG: scheduling while atomic: insmod/77/0x00000002' 'but what comes behind it is'
race do_task_dead try_to_wake_up 'done' 'BUG: scheduling while atomic: insmod/77/0x00000002'
status=0
[ -n "$(first_complaint "$console" '')" ] || status=1
ok $status 'and what another CPU says within'
timer='asm_sysvec_apic_timer_interrupt+0x16/0x20'
ours='guard_walk_pte+0x328/0x4c0 [uffdwp_guard]'
BELOW=(hrtimer_interrupt+0x1c2/0x390 "$timer" "$ours")
race __hrtimer_run_queues hrtimer_active
ends_in '' "nor one of interrupts, of which one came while the guard ran"
BELOW_OTHER=("$ours")
race __hrtimer_run_queues memcpy
ends_in 'BUG: KCSAN: data-race in __hrtimer_run_queues / memcpy' 'unless the guard is the other one'
BELOW_OTHER=()
BELOW=(memcpy+0x1/0x10 "$ours" "$timer")
race copy_something do_task_dead
ends_in 'BUG: KCSAN: data-race in copy_something / do_task_dead' "or calls who does it"
BELOW=(memcpy+0x1/0x10 asm_exc_page_fault+0x1/0x10 "$ours")
race copy_something do_task_dead
ends_in 'BUG: KCSAN: data-race in copy_something / do_task_dead' "or takes the fault in which it is done"
BELOW=()
while IFS= read -r line; do
	status=0
	complains "$line" || status=1
	ok $status "heard: $line"
done < <(heard)
while IFS= read -r line; do
	status=0
	! complains "$line" || status=1
	ok $status "not taken for a complaint: $line"
done < <(unheard)
done_testing
