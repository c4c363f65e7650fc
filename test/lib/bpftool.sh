# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# bpftool for the guest: a reader of BTF that is not the guard's own. It comes with its
# own loader and libraries, at the places where it looks for them.

BPFTOOL_SUITES=trixie,trixie-security

bpftool_make()
{
	debian_tree "$1/root" extract bpftool "$BPFTOOL_SUITES" || return 1
	bpftool_files "$1/root" | grep -q '/libc\.so'
}

bpftool_fetch()
{
	local dir

	dir=$(cache_entry bpftool 1 "$BPFTOOL_SUITES")
	cache_make "$dir" "$OUT/log/bpftool.log" "host: fetching bpftool of $BPFTOOL_SUITES" \
		bpftool_make
	ln -sfn "$dir/root" "$OUT/bpftool"
}

# bpftool_files ROOT: the libraries that it loads
bpftool_files()
{
	local usr=$1/usr

	"$usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
		--library-path "$usr/lib/x86_64-linux-gnu" --list "$usr/sbin/bpftool" |
		sed -n 's/.* => \(.*\) (0x.*/\1/p'
}

# bpftool_install TREE ROOT
bpftool_install()
{
	local usr=$1/usr root=$2 file

	install -D "$usr/sbin/bpftool" "$root/bin/bpftool"
	install -D "$usr/lib64/ld-linux-x86-64.so.2" "$root/lib64/ld-linux-x86-64.so.2"
	while read -r file; do
		install -D "$file" "$root/lib/x86_64-linux-gnu/${file##*/}"
	done < <(bpftool_files "$1")
}
