# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One run of a guest, from its start to its outcome.  BOOT is the emulator's command,
# LOG where its results go: LOG.console, .tap, .outcome and .qemu.

# Takes a line of the results; a machine that has more to say there has its own.
TAKE_LINE=judge_line

# So many seconds a machine may be without a word before init, if that is to be watched.
BOOT_TIMEOUT=

# run_guest TIMEOUT QEMU-ARGUMENT...: sets TIMED_OUT, QEMU_ERROR and what judge_line() sets.
run_guest()
{
	local timeout=$1 status=0 line qemu results

	shift
	TIMED_OUT=''
	QEMU_ERROR=''
	: >"$LOG.console"
	judge_reset
	exec {results}< <(exec timeout -k 5 "$timeout" "${BOOT[@]}" \
		-serial "file:$LOG.console" -serial stdio -monitor none "$@" \
		</dev/null 2>"$LOG.qemu")
	qemu=$!
	# shellcheck disable=SC2064
	trap "kill $qemu 2>/dev/null || true" EXIT
	while [ -n "$BOOT_TIMEOUT" ] && [ -z "$UP" ]; do
		IFS= read -r -t "$BOOT_TIMEOUT" line <&"$results" || { status=$?; break; }
		"$TAKE_LINE" "$line"
	done
	# As read says that its time is over.
	if [ $status -gt 128 ]; then
		TIMED_OUT=$BOOT_TIMEOUT
		kill "$qemu"
	fi
	status=0
	while IFS= read -r line || [ -n "$line" ]; do
		"$TAKE_LINE" "$line"
	done <&"$results"
	wait "$qemu" || status=$?
	trap - EXIT
	exec {results}<&-
	[ -z "$TIMED_OUT" ] || return 0
	# shellcheck disable=SC2034
	case $status in
	0) ;;
	124|137) TIMED_OUT=$timeout ;;
	*) QEMU_ERROR="qemu exits with $status: $(tail -n 1 "$LOG.qemu")" ;;
	esac
}

# judged_run COMMAND...: what COMMAND says is kept, and OUTCOME is its last word
judged_run()
{
	local stdout tee

	mkdir -p "${LOG%/*}"
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
