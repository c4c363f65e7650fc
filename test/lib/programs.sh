# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Guest programs: each test/guest/NAME.c is one static binary; test/guest/lib/*.c
# is linked into all of them, test/guest/NAME/*.c into that one.

GUEST_CFLAGS=(-static -O2 -Wall -Wextra -Werror -pthread)

build_programs()
{
	local source name stamp log=$OUT/log/programs.log shared=() own

	mkdir -p "$OUT/bin" "$OUT/log"
	: >"$log"
	for source in "$TOP"/test/guest/lib/*.c; do
		[ ! -e "$source" ] || shared+=("$source")
	done
	rm -f "$OUT/bin/".*.new
	for source in "$OUT"/bin/*; do
		name=${source##*/}
		[ -e "$TOP/test/guest/$name.c" ] || rm -f "$source" "$OUT/bin/.$name.built"
	done
	for source in "$TOP"/test/guest/*.c; do
		[ -e "$source" ] || continue
		name=${source##*/}
		name=${name%.c}
		mapfile -t own < <(find "$TOP/test/guest/$name" -name '*.c' 2>/dev/null | sort)
		stamp=$({ gcc --version; echo "${GUEST_CFLAGS[@]}"
			  find "$TOP/test/guest" -name '*.h' -exec sha256sum {} + | sort
			  sha256sum "$source" "${own[@]}" "${shared[@]}"; } | sha256sum)
		[ "$(cat "$OUT/bin/.$name.built" 2>/dev/null)" != "$stamp" ] || continue
		say "host: building $name"
		gcc "${GUEST_CFLAGS[@]}" -I "$TOP/test/guest" -o "$OUT/bin/.$name.new" \
			"$source" "${own[@]}" "${shared[@]}" >>"$log" 2>&1 ||
			die_log "$log" "test/guest/$name.c does not build"
		mv "$OUT/bin/.$name.new" "$OUT/bin/$name"
		printf '%s\n' "$stamp" >"$OUT/bin/.$name.built"
	done
}
