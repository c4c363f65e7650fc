# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The kernel's own selftests, of the very sources that a row's kernel was made from, as
# static programs for the guest: linux-source packages have them, of the same version. NAME/ is
# a whole folder of them, which has scripts and is not built.

# Neither the programs nor the headers that they include are made of these.
SELFTESTS_SPARE=(Documentation block crypto drivers fs ipc kernel net rust samples security sound)

# What the cases of this kernel ask for in their `selftests:` header.
selftests_wanted()
{
	headers_wanted "$KERNEL" selftests
}

# selftests_package: sets PACKAGE, the sources that KERNEL_DIR's kernel was made from
selftests_package()
{
	[[ $(cat "$KERNEL_DIR/release") =~ ^[0-9]+\.[0-9]+ ]] &&
		PACKAGE=linux-source-${BASH_REMATCH[0]}
}

# selftests_unpack ROOT PACKAGE VERSION: in /build there
selftests_unpack()
{
	local root=$1 package=$2 version=$3 spare=("${SELFTESTS_SPARE[@]/#/--exclude=$2/}")

	chroot_run "$root" '' apt-get update &&
		chroot_run "$root" '' env -C /build apt-get \
			-o APT::Sandbox::User=root download "$package=$version" || return 1
	dpkg-deb --fsys-tarfile "$root"/build/*.deb |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -C "$root/build" -xJ --anchored "${spare[@]}"
}

# Each of some hundred tests takes memory of this size, 32 MiB by itself, and goes through
# it byte by byte, which an emulator has no time for.  And in kernels that keep the
# tests' options in a struct, nobody sets that of uffd-stress to protect anything.
SELFTESTS_EDITS='
	s/^(#define +UFFD_TEST_MEM_SIZE +).*/\1(4UL << 20)/
	s/(gopts->test_uffdio_wp = )gopts->test_uffdio_wp &&/\1true \&\&/
'

# selftests_edit FOLDER
selftests_edit()
{
	local file=$1/uffd-unit-tests.c

	# 6.12.118 has a word of it there, and does not include it.
	[ ! -e "$1/khugepaged.c" ] || grep -q 'kselftest\.h' "$1/khugepaged.c" ||
		sed -i '0,/^#include/s//#include "..\/kselftest.h"\n&/' "$1/khugepaged.c" || return 1
	[ -e "$file" ] || return 0
	sed -i -E "$SELFTESTS_EDITS" "$1"/uffd-*.c
	grep -q '^#define .*(4UL << 20)$' "$file" ||
		{ echo "$file: where is the size of its memory?"; return 1; }
}

# selftests_build ROOT TREE NAME...: those of the programs that the sources have
selftests_build()
{
	local root=$1 tree=$2 folder name targets=()

	shift 2
	for folder in mm vm; do
		[ ! -d "$root$tree/tools/testing/selftests/$folder" ] || break
	done
	for name; do
		[ ! -e "$root$tree/tools/testing/selftests/$folder/$name.c" ] ||
			targets+=("/build/bin/$name")
	done
	selftests_edit "$root$tree/tools/testing/selftests/$folder" || return 1
	[ ${#targets[@]} -gt 0 ] || { echo "$tree has none of $*"; return 1; }
	mkdir "$root/build/bin"
	chroot_run "$root" '' make -C "$tree" -j"$(nproc)" headers &&
		chroot_run "$root" '' make -C "$tree/tools/testing/selftests/$folder" \
			-j"$(nproc)" OUTPUT=/build/bin LDFLAGS=-static "${targets[@]}"
}

# selftests_programs ROOT PACKAGE TO NAME...
selftests_programs()
{
	local root=$1 package=$2 to=$3

	shift 3
	[ $# -gt 0 ] || return 0
	case " $* " in
	*' ksm_tests '*|*' migration '*)
		chroot_run "$root" '' apt-get install -y --no-install-recommends libnuma-dev ||
			return 1 ;;
	esac
	selftests_build "$root" "/build/$package" "$@" &&
		find "$root/build/bin" -maxdepth 1 -type f -executable -exec mv -t "$to" {} +
}

# selftests_make PACKAGE VERSION NAMES DIR
selftests_make()
{
	local package=$1 version=$2 names=$3 dir=$4 root=$4/root name programs=()

	kernel_root "$KERNEL_DIR" "$root" || return 1
	mkdir -p "$root/build" "$dir/bin"
	selftests_unpack "$root" "$package" "$version" || return 1
	for name in $names; do
		case $name in
		*/) cp -r "$root/build/$package/tools/testing/selftests/$name" "$dir/bin" || return 1 ;;
		*) programs+=("$name") ;;
		esac
	done
	selftests_programs "$root" "$package" "$dir/bin" "${programs[@]}" &&
		rm -rf --one-file-system "$root"
}

# selftests_fetch: sets SELFTESTS_DIR; nothing if no case of the row asks for any. It has what
# cases ask for on other rows as well, which may be of the same sources.
selftests_fetch()
{
	local names version cases

	SELFTESTS_DIR=''
	[ -n "$(selftests_wanted)" ] || return 0
	mapfile -t cases < <(case_names)
	names=$(words_of selftests "${cases[@]}" | xargs)
	selftests_package || die "$KERNEL: which sources has $(cat "$KERNEL_DIR/release")?"
	version=$(cat "$KERNEL_DIR/version")
	SELFTESTS_DIR=$(cache_entry "selftests-${PACKAGE#linux-source-}" 1 \
		"$PACKAGE" "$version" "$names" "$SELFTESTS_EDITS" "$ROW_SUITES")
	cache_make "$SELFTESTS_DIR" "$OUT/$KERNEL/log/selftests.log" \
		"$KERNEL: building selftests of $PACKAGE $version (160 MB to fetch)" \
		selftests_make "$PACKAGE" "$version" "$names"
}

# selftests_install ROOT
selftests_install()
{
	local name

	[ -n "$SELFTESTS_DIR" ] || return 0
	mkdir -p "$1/lib/selftests"
	for name in $(selftests_wanted); do
		[ ! -e "$SELFTESTS_DIR/bin/$name" ] ||
			cp -r "$SELFTESTS_DIR/bin/$name" "$1/lib/selftests"
	done
}
