#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# same-code.sh IMAGE IMAGE: do two linked images hold the same code and data? Prints "same" or "other". What debuggers
# and linkers read does not count: it has paths and names in it.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"

# What is no program is told by its bytes.
content()
{
	llvm-strip-19 --strip-all -o - "$1" 2>/dev/null || cat "$1"
}

[ -f "$1" ] || die "$1: there is no such image"
[ -f "$2" ] || die "$2: there is no such image"
if cmp -s <(content "$1") <(content "$2"); then
	echo same
else
	echo other
fi
