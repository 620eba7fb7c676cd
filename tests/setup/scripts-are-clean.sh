#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The checker of shell scripts has nothing to say about any script.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v shellcheck >/dev/null || skip "shellcheck is not installed"

cd "$root"
shellcheck -x el2fuzz .ci/run tests/*.sh cmake/*/*.sh
shellcheck -x tests/setup/*.sh fuzz/oss-fuzz/*.sh
shellcheck -x tests/gate/*.sh
