#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What test/out/t/SYSTEM/SCENARIO.t is a link to: runs that scenario on that system.

set -euo pipefail
path=$(cd "$(dirname "$0")" && pwd)
scenario=${0##*/}
exec "$path/../../../system" -n "${path##*/}" "${scenario%.t}"
