# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian's tools for the guest, with their loader and libraries at the places where they
# look for them. They are large, so each set is an archive of
# its own, that is laid over the guest's file system only for a case that asks for it
# ("with: SET").

TOOLS_SUITES=trixie,trixie-security

# tools_of SET: "PACKAGE TOOL" a line
tools_of()
{
	case $1 in
	prometheus) echo 'prometheus promtool' ;;
	*) die "there is no set of tools '$1'" ;;
	esac
}

# tool_files TREE TOOL: the libraries that it loads
tool_files()
{
	local usr=$1/usr

	"$usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
		--library-path "$usr/lib/x86_64-linux-gnu" --list "$usr/bin/$2" |
		sed -n 's/.* => \(.*\) (0x.*/\1/p'
}

# tools_make SET DIR
tools_make()
{
	local tree=$2/tree root=$2/root packages package tool file

	packages=$(tools_of "$1" | cut -d ' ' -f 1 | paste -sd ,)
	debian_tree "$tree" extract "$packages" "$TOOLS_SUITES" || return 1
	install -D "$tree/usr/lib64/ld-linux-x86-64.so.2" "$root/lib64/ld-linux-x86-64.so.2"
	while read -r package tool; do
		install -D "$tree/usr/bin/$tool" "$root/bin/$tool"
		if ! tool_files "$tree" "$tool" | grep -q '/libc\.so'; then
			echo "$tool of $package does not load"
			return 1
		fi
		while read -r file; do
			install -D "$file" "$root/lib/x86_64-linux-gnu/${file##*/}"
		done < <(tool_files "$tree" "$tool")
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
