# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One run of a guest, from its start to its outcome.  BOOT is the emulator's command,
# LOG where its results go: LOG.console, .tap, .outcome and .qemu.

# Takes a line of the results; a machine that has more to say there has its own.
TAKE_LINE=judge_line

# So many seconds a machine may be without a word before init, if that is to be watched.
BOOT_TIMEOUT=

# What tells whether to give a machine up that has got to init: nothing is taken of it then.
GIVE_UP=false

# It may be at its end by itself: the times that it has can be over at once.
RUNNING=''
stop_it()
{
	kill "$RUNNING" 2>/dev/null || true
}

# run_guest TIMEOUT QEMU-ARGUMENT...: sets TIMED_OUT, QEMU_ERROR and what judge_line() sets.
run_guest()
{
	local timeout=$1 status=0 line results

	shift
	TIMED_OUT=''
	QEMU_ERROR=''
	: >"$LOG.console"
	judge_reset
	exec {results}< <(exec timeout -k 5 "$timeout" "${BOOT[@]}" \
		-serial "file:$LOG.console" -serial stdio -monitor none "$@" \
		</dev/null 2>"$LOG.qemu")
	RUNNING=$!
	while [ -n "$BOOT_TIMEOUT" ] && [ -z "$UP" ]; do
		IFS= read -r -t "$BOOT_TIMEOUT" line <&"$results" || { status=$?; break; }
		"$TAKE_LINE" "$line"
	done
	# As read says that its time is over.
	if [ $status -gt 128 ]; then
		TIMED_OUT=$BOOT_TIMEOUT
		stop_it
	elif [ -n "$UP" ] && "$GIVE_UP"; then
		UP=''
		stop_it
		cat <&"$results" >/dev/null
	fi
	status=0
	while IFS= read -r line || [ -n "$line" ]; do
		"$TAKE_LINE" "$line"
	done <&"$results"
	wait "$RUNNING" || status=$?
	RUNNING=''
	exec {results}<&-
	[ -z "$TIMED_OUT" ] || return 0
	# shellcheck disable=SC2034
	case $status in
	0) ;;
	124|137) TIMED_OUT=$timeout ;;
	*) QEMU_ERROR="qemu exits with $status: $(tail -n 1 "$LOG.qemu")" ;;
	esac
}

# Whatever ends the run but its judgement: the machine ends with it, and what it was is kept.
broken_off()
{
	[ -z "$RUNNING" ] || stop_it
	[ ! -e "$LOG.outcome" ] || return 0
	echo "broken off with $1 at: $2" >"$LOG.outcome"
	say "$LOG: $(cat "$LOG.outcome")"
}

# judged_run COMMAND...: what COMMAND says is kept, and OUTCOME is its last word
judged_run()
{
	local stdout tee signal

	mkdir -p "${LOG%/*}"
	trap 'broken_off "status $?" "$BASH_COMMAND"' EXIT
	# Who waits for a run that was interrupted goes on unless that died of it.
	for signal in HUP INT TERM; do
		# shellcheck disable=SC2064
		trap "broken_off SIG$signal \"\$BASH_COMMAND\"; trap - EXIT $signal; kill -$signal \$BASHPID" $signal
	done
	# No pipe to tee: the outcome has to survive.
	exec {stdout}>&1 > >(exec tee "$LOG.tap" >&"$stdout")
	tee=$!
	"$@"
	if [ "$OUTCOME" != pass ] && [ -e "$LOG.console" ]; then
		tr -d '\r' <"$LOG.console" | tail -n 15 | sed 's/^/# | /'
		echo "# console: ${LOG#"$TOP/"}.console"
	fi
	echo "# outcome: $OUTCOME"
	echo "$OUTCOME" >"$LOG.outcome"
	exec >&- {stdout}>&-
	wait "$tee"
	[ "$OUTCOME" = pass ]
}
