# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The guest's whole file system: busybox, init, modules, programs and cases.

module_install()
{
	local to=$1 module

	shift
	mkdir -p "$to"
	for module in "$@"; do
		[ ! -e "$module" ] || strip --strip-debug -o "$to/${module##*/}" "$module"
	done
}

# The row's properties as shell variables.
guest_environment()
{
	local word

	printf 'KERNEL=%s\nRELEASE=%s\n' "$KERNEL" "$(cat "$KERNEL_DIR/release")"
	for word in $ROW_PROPERTIES; do
		printf "%s='%s'\n" "${word%%=*}" "${word#*=}" | sed 's/^[^=]*/\U&/'
	done
}

build_initramfs()
{
	local root=$OUT/$KERNEL/initramfs build=$OUT/$KERNEL/build file variant

	rm -rf "$root"
	mkdir -p "$root"/{bin,etc,lib/guard,lib/test,cases,proc,sys,dev,tmp,run}
	install -m 755 "$(command -v busybox)" "$root/bin/busybox"
	install -m 755 "$TOP/test/guest/init" "$root/init"
	install -m 644 "$TOP"/test/guest/*.sh "$root/lib"
	mkdir "$root/docs"
	cp -r "$TOP"/docs/{recipes.rst,ci.rst,examples/prometheus,examples/ci} "$root/docs"
	tool_install "$OUT/bpftool" sbin/bpftool "$root"
	guest_environment >"$root/etc/kernel"

	module_install "$root/lib/guard" "$build/default/uffdwp_guard.ko"
	for variant in $(variants_wanted); do
		module_install "$root/lib/guard/$variant" "$build/$variant/uffdwp_guard.ko"
	done
	module_install "$root/lib/test" "$build"/test-modules/*.ko
	selftests_install "$root"
	drivers_install "$root"
	for file in "$OUT"/bin/* "$CASES"/*; do
		[ -f "$file" ] || continue
		case $file in
		"$OUT"/*) install -m 755 "$file" "$root/bin" ;;
		*) install -m 644 "$file" "$root/cases" ;;
		esac
	done

	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$root.cpio.new"
	mv "$root.cpio.new" "$root.cpio"
	ln -sf "$KERNEL_DIR/vmlinuz" "$OUT/$KERNEL/vmlinuz"
}
