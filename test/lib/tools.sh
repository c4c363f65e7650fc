# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian's tools for the guest, with their loader and libraries at the places where they
# look for them. The sets are large, so each is an archive of its own, that is laid over the
# guest's file system only for a case that asks for it ("with: SET").

TOOLS_SUITES=trixie,trixie-security

# tools_of SET: "PACKAGE TOOL" a line
tools_of()
{
	case $1 in
	tracers) printf '%s\n' 'linux-perf perf' 'trace-cmd trace-cmd' 'bpftrace bpftrace' ;;
	load) echo 'stress-ng stress-ng' ;;
	prometheus) echo 'prometheus promtool' ;;
	*) die "there is no set of tools '$1'" ;;
	esac
}

# tool_files TREE TOOL: the libraries that it loads; TOOL from /usr on
tool_files()
{
	local usr=$1/usr

	"$usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
		--library-path "$usr/lib/x86_64-linux-gnu" --list "$usr/$2" |
		sed -n 's/.* => \(.*\) (0x.*/\1/p'
}

# tool_install TREE TOOL ROOT: into a root file system, with all that it loads
tool_install()
{
	local usr=$1/usr tool=$2 root=$3 file

	install -D "$usr/$tool" "$root/bin/${tool##*/}"
	install -D "$usr/lib64/ld-linux-x86-64.so.2" "$root/lib64/ld-linux-x86-64.so.2"
	while read -r file; do
		install -D "$file" "$root/lib/x86_64-linux-gnu/${file##*/}"
	done < <(tool_files "$1" "$tool")
}

# tool_loads TREE TOOL
tool_loads()
{
	# Read to the end: who writes would be killed, and that count as a failure.
	tool_files "$@" | grep '/libc\.so' >/dev/null
}

# tools_make SET DIR
tools_make()
{
	local tree=$2/tree root=$2/root packages package tool

	packages=$(tools_of "$1" | cut -d ' ' -f 1 | paste -sd ,)
	debian_tree "$tree" extract "$packages" "$TOOLS_SUITES" || return 1
	while read -r package tool; do
		if ! tool_loads "$tree" "bin/$tool"; then
			echo "$tool of $package does not load"
			return 1
		fi
		tool_install "$tree" "bin/$tool" "$root"
	done < <(tools_of "$1")
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$2/cpio" || return 1
	rm -rf --one-file-system "$tree" "$root"
}

# tools_fetch SET
tools_fetch()
{
	local dir

	dir=$(cache_entry "tools-$1" 1 "$TOOLS_SUITES" "$(tools_of "$1")")
	cache_make "$dir" "$OUT/log/tools-$1.log" \
		"host: fetching $(tools_of "$1" | cut -d ' ' -f 2 | xargs) of $TOOLS_SUITES" \
		tools_make "$1"
	ln -sfn "$dir/cpio" "$OUT/tools-$1.cpio"
}
