#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What test/out/t/KERNEL/CASE.t is a link to: runs that case on that kernel, unless
# its row in test/kernels does without.

set -euo pipefail
path=$(cd "$(dirname "$0")" && pwd)
case=$(basename "$0" .t)
kernel=${path##*/}
cd "$path/../../../.."
# shellcheck source=test/lib/common.sh
. test/lib/common.sh
# shellcheck source=test/lib/table.sh
. test/lib/table.sh

reason=$(row_without "$kernel" "$case")
if [ -n "$reason" ]; then
	printf '1..0 # SKIP %s\n' "$reason"
	exit
fi
exec test/vm -n -k "$kernel" "$case"
