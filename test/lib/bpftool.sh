# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# bpftool for the guest: a reader of BTF that is not the guard's own. It comes with its
# own loader and libraries, at the places where it looks for them.

BPFTOOL_SUITES=trixie,trixie-security

bpftool_make()
{
	debian_tree "$1/root" extract bpftool "$BPFTOOL_SUITES" || return 1
	tool_loads "$1/root" sbin/bpftool
}

bpftool_fetch()
{
	local dir

	dir=$(cache_entry bpftool 1 "$BPFTOOL_SUITES")
	cache_make "$dir" "$OUT/log/bpftool.log" "host: fetching bpftool of $BPFTOOL_SUITES" \
		bpftool_make
	ln -sfn "$dir/root" "$OUT/bpftool"
}
