# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the systems of a row find in /run/scenario: a tar archive on a disk of its own, so
# that the cached disk never depends on what is tested.

scenario_environment()
{
	local word

	printf '%s=%s\n' SYSTEM "$SYSTEM" OLD "$OLD" NEW "$NEW" VERSION "$VERSION" NEXT "$NEXT"
	printf '%s\n' "${COMPILER_ENVIRONMENT[@]}" MEMORIES=shmem,anon "OWNER=$FIRMWARE_OWNER"
	printf "UPGRADE='%s'\\n" "$UPGRADE"
	for word in $ROW_PROPERTIES; do
		printf '%s\n' "$word" | sed 's/^[^=]*/\U&/'
	done
}

# system_tar: needs what system_fetch, package_fetch and compiler_fetch left
system_tar()
{
	local out=$OUT/$SYSTEM root=$OUT/$SYSTEM/scenario

	rm -rf "$root"
	mkdir -p "$root"/{lib,bin,scenarios,packages,owner}
	install -m 644 "$TOP/test/scenarios/lib/start" "$root"
	install -m 644 "$TOP/test/guest/tap.sh" "$TOP"/test/scenarios/lib/*.sh "$root/lib"
	find "$TOP/test/scenarios" -maxdepth 1 -type f -exec install -m 644 -t "$root/scenarios" {} +
	install -m 755 "$OUT"/bin/* "$root/bin"
	cp "$out"/packages/*.deb "$root/packages"
	cp "$OUT"/firmware/mok.* "$root/owner"
	cp -a "$out/tree" "$root/tree"
	cp -a "$out/ccache" "$root/ccache"
	scenario_environment >"$root/environment"
	tar -C "$root" --owner=0 --group=0 -cf "$root.tar.new" .
	mv "$root.tar.new" "$root.tar"
	rm -rf "$root"
	ln -sfn "$SYSTEM_DIR" "$out/image"
}
