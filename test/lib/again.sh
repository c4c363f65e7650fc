# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# An emulator with a thread for each CPU now and then fails while a kernel boots: it hangs, or
# the kernel finds its own code or memory other than it left them.  Up to init nothing of ours
# has run, so it is nobody's result, and the machine is started again.  What comes after init
# is judged, and never begun again; so is a boot that fails each time.

BOOTS=3

# The console may be behind: a kernel with threads for that prints when it has the time.
complained_in_boot()
{
	local tries=100

	until grep -a -q "$BOOTED" "$LOG.console"; do
		((tries--)) || return 1
		sleep 0.1
	done
	[ -n "$(boot_complaint "$LOG.console")" ]
}

failed_in_boot()
{
	[ -z "$UP" ] || return 1
	[ -z "$(boot_complaint "$LOG.console")" ] || return 0
	[ -n "$TIMED_OUT" ] && ! grep -a -q "$BOOTED" "$LOG.console"
}

# run_booted TIMEOUT QEMU-ARGUMENT...: as run_guest
run_booted()
{
	local boot why

	for ((boot = 1; ; boot++)); do
		GIVE_UP=complained_in_boot
		[ $boot -lt $BOOTS ] || GIVE_UP=false
		run_guest "$@"
		if [ $boot -ge $BOOTS ] || ! failed_in_boot; then
			break
		fi
		mv "$LOG.console" "$LOG.console.$boot"
		why=$(boot_complaint "$LOG.console.$boot") || true
		printf '# the machine failed before init and is started again (%s; console: %s)\n' \
			"${why:-it stood still}" "${LOG#"$TOP/"}.console.$boot"
	done
}
