# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Module builds.  Each build is a copy of the sources under test/out/KERNEL/build,
# so that kernels and variants never share an object file.

# Files of a tree that are sources; an in-tree `make` may have left objects there.
source_files()
{
	find "$@" \( -name '.?*' -o -name '*.mod.c' \) -prune -o -type f \
		\( -name '*.[chS]' -o -name Kbuild -o -name Makefile -o -name dkms.conf \) \
		-print | sort
}

# tree_sync FROM TO: bring TO in line with FROM, touching only what differs, so
# that make rebuilds what it must and nothing else.
tree_sync()
{
	local from=$1 to=$2 file

	mkdir -p "$to"
	(cd "$from" && source_files .) >"$to/.sources.new"
	if [ -e "$to/.sources" ]; then
		comm -23 "$to/.sources" "$to/.sources.new" |
			while read -r file; do rm -f "$to/$file"; done
	fi
	while read -r file; do
		cmp -s "$from/$file" "$to/$file" ||
			install -D -m 644 "$from/$file" "$to/$file"
	done <"$to/.sources.new"
	mv "$to/.sources.new" "$to/.sources"
}

# The product's sources, as variant NAME has them, in DIR.
stage_product()
{
	local variant=$1 dir=$2 script=$TOP/test/variants/$1.sed file part

	for part in Kbuild Makefile module; do
		[ -e "$TOP/$part" ] || die "$KERNEL: no $part at the top level"
	done
	mkdir -p "$dir"
	while read -r file; do
		install -D -m 644 "$TOP/$file" "$dir/${file#./}"
	done < <(cd "$TOP" && for part in Kbuild Makefile dkms.conf module include; do
			[ ! -e "$part" ] || source_files "./$part"
		 done)
	[ "$variant" != default ] || return 0

	[ -f "$script" ] || die "$KERNEL: no test/variants/$variant.sed"
	for file in "$dir"/module/*.[ch] "$dir"/include/*.h; do
		[ ! -e "$file" ] || sed -i -f "$script" "$file"
	done
	if diff -r -q "$dir" "$OUT/$KERNEL/stage/default" >/dev/null; then
		die "$KERNEL: test/variants/$variant.sed changes nothing"
	fi
}

# Sparse has opinions on the kernel's own headers; only ours must be clean.
sparse_is_clean()
{
	local log=$1 tree=$2 file line

	grep -q '^ *CHECK ' "$log" || { echo "sparse checked nothing"; return 1; }
	while read -r line; do
		file=${line%%:*}
		file=${file#/build/}
		file=${file#./}
		[ ! -e "$tree/$file" ] || { echo "$line"; return 1; }
	done < <(grep -E ':[0-9]+: (warning|error):' "$log")
}

# Warnings are errors here; a host that only wants the module may see them.
kbuild()
{
	local dir=$1

	shift
	chroot_run "$KERNEL_DIR/root" "$dir" make -C /build -j"$(nproc)" \
		W=1 KCFLAGS=-Werror "$@"
}

sparse_tree()
{
	local name=$1 dir=$2 log=$3 flags='' complaint

	shift 3
	# A lock that is let go by another function than took it, as some tests need,
	# sparse cannot follow.
	[ "$name" != test-modules ] || flags=-Wno-context
	case $(row_property "$ROW_PROPERTIES" sparse) in
	no)
		say "$KERNEL: no sparse on $name: that of its suite is too old"
		return ;;
	no-context) flags=-Wno-context ;;
	esac
	kbuild "$dir" "$@" C=2 CHECK=sparse CF="$flags" >"$log" 2>&1 ||
		die_log "$log" "$KERNEL: sparse fails on $name"
	complaint=$(sparse_is_clean "$log" "$dir") ||
		die_log "$log" "$KERNEL: sparse on $name: $complaint"
}

# build_tree NAME MAKE-ARGUMENTS...: build and check what was staged as NAME.
build_tree()
{
	local name=$1 stage=$OUT/$KERNEL/stage/$1 dir=$OUT/$KERNEL/build/$1
	local log=$OUT/$KERNEL/log/build-$1.log stamp like=''

	case $name in
	default|test-modules) ;;
	*) like=$OUT/$KERNEL/build/default ;;
	esac
	shift
	stamp=$({ cat "$KERNEL_DIR/version"; echo "$KERNEL_DIR" "$@"
		  cd "$stage" && find . -type f -exec sha256sum {} + | sort; } | sha256sum)
	[ "$(cat "$dir/.built" 2>/dev/null)" != "$stamp" ] || return 0

	say "$KERNEL: building $name"
	[ "$(cat "$dir/.kernel" 2>/dev/null)" = "$KERNEL_DIR" ] || rm -rf "$dir"
	# A variant differs in a line or two: most objects of the default build will do, since
	# every build is /build to the compiler. They are newer than what it may have itself.
	if [ -n "$like" ]; then
		rm -rf "$dir"
		cp -a "$like" "$dir"
	fi
	rm -f "$dir/.built"
	tree_sync "$stage" "$dir"
	printf '%s\n' "$KERNEL_DIR" >"$dir/.kernel"
	kbuild "$dir" "$@" >"$log" 2>&1 ||
		die_log "$log" "$KERNEL: $name does not build"
	[ -n "$like" ] || sparse_tree "$name" "$dir" "$log.sparse" "$@"
	printf '%s\n' "$stamp" >"$dir/.built"
}

# What the cases of this kernel ask for in their `variants:` header.
variants_wanted()
{
	headers_wanted "$KERNEL" variants
}

build_modules()
{
	local variant kdir

	kdir=/lib/modules/$(cat "$KERNEL_DIR/release")/build
	rm -rf "$OUT/$KERNEL/stage"
	for variant in default $(variants_wanted); do
		stage_product "$variant" "$OUT/$KERNEL/stage/$variant"
		build_tree "$variant" KDIR="$kdir"
		[ -e "$OUT/$KERNEL/build/$variant/uffdwp_guard.ko" ] ||
			die "$KERNEL: $variant leaves no uffdwp_guard.ko"
	done

	[ -d "$TOP/test/modules" ] || return 0
	mkdir -p "$OUT/$KERNEL/stage"
	tree_sync "$TOP/test/modules" "$OUT/$KERNEL/stage/test-modules"
	rm "$OUT/$KERNEL/stage/test-modules/.sources"
	cp -r "$OUT/$KERNEL/stage/default"/{include,module} "$OUT/$KERNEL/stage/test-modules"
	build_tree test-modules -C "$kdir" M=/build modules
}
