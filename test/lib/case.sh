#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What test/out/t/KERNEL/CASE.t is a link to: runs that case on that kernel.

set -euo pipefail
path=$(cd "$(dirname "$0")" && pwd)
case=${0##*/}
exec "$path/../../../vm" -n -k "${path##*/}" "${case%.t}"
