# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# What scenarios need beside TAP.  A scenario sources this file, and ends each boot
# with reboot_system or done_testing.

. /run/scenario/lib/tap.sh

SAID=/run/scenario/said
NAME=uffdwp_guard
test_count=$(cat "$STATE/count" 2>/dev/null || echo 0)

# reboot_system: the scenario starts anew with the next BOOT
reboot_system()
{
	echo "$test_count" >"$STATE/count"
	touch "$STATE/reboot"
	exit 0
}

# try COMMAND...: run it, with what it says on the console and in $SAID
try()
{
	local start status

	start=$(cut -d . -f 1 /proc/uptime)
	{
		"$@" </dev/null 2>&1
		echo $? >"$SAID.status"
	} | tee "$SAID"
	read -r status <"$SAID.status"
	start=$(($(cut -d . -f 1 /proc/uptime) - start))
	[ "$start" -lt 5 ] || diag "$start s: $*"
	return "$status"
}

quote_said()
{
	tail -n 15 "$SAID" | while IFS= read -r line; do diag "| $line"; done
}

# must NAME COMMAND...: a command without which the scenario makes no sense
must()
{
	local name=$1 status

	shift
	try "$@"
	status=$?
	[ $status -ne 0 ] || { pass "$name"; return; }
	fail "$name"
	diag "exit status $status: $*"
	quote_said
	bail "$name"
}

# said TEXT NAME: the last command has said so
said()
{
	grep -q -F -e "$1" "$SAID" && { pass "$2"; return; }
	fail "$2"
	diag "nothing like: $1"
	quote_said
	return 1
}

# Newer dkms writes MODULE/VERSION, older MODULE, VERSION.
dkms_status()
{
	dkms status | sed 's/^\([^,/]*\)[,/] */\1 /; s/, x86_64: / /; s/, */ /g' | sort
}

# is_installed VERSION KERNEL...: dkms has this version for these kernels, and no other
is_installed()
{
	local version=$1 kernel want=''

	shift
	for kernel in "$@"; do
		want="$want$NAME $version $kernel installed
"
	done
	is "$(dkms_status)" "$(printf '%s' "$want" | sort)" "dkms has version $version for $*, and nothing else"
}

# The files of the module for a kernel, whatever they are compressed with.
module_files()
{
	find "/lib/modules/$1/" -name "$NAME.ko*"
}

# nothing_left KERNEL...: no trace of the guard but a module in memory
nothing_left()
{
	local kernel

	is "$(dkms_status)" "" "dkms knows no module"
	is "$(find /var/lib/dkms -name "*$NAME*" 2>&1)$(find /usr/src -name "*$NAME*")" "" \
		"nothing is left in dkms's tree and in /usr/src"
	for kernel in "$@"; do
		is "$(module_files "$kernel")" "" "nothing is left in /lib/modules/$kernel"
		nok "modprobe finds no guard for $kernel" modprobe -n -S "$kernel" "$NAME"
	done
}

# fires MODE: a page that was mprotect()ed still announces its writes, and the guard
# was there to look at it
fires()
{
	local checked

	checked=$(stat change_pte_range.checked)
	try uffdwp -n 64 mprotect "${MEMORIES%%,*}"
	is "$(sed -n 's/^fired //p' "$SAID")" 64 "writes to 64 protected pages are announced"
	cmp_ok "$(stat change_pte_range.checked)" -ge "$((checked + 64))" "and the guard has looked at each"
	is "$(stat violations) $(stat missed)" "0 0" "with nothing to complain of"
	is "$(stat mode)" "$1" "in mode=$1"
}
