#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# both-agree.sh EL2FUZZ CORPUS: in lockstep, the cores do the same on every seed trace. A world that has
# not both is no failure.
set -u
el2fuzz=$1 corpus=$2
failed=0

for layout in small holes; do
	for trace in "$corpus"/seeds/*.trace; do
		if ! out=$("$el2fuzz" replay --core both --step --layout $layout "$trace" 2>&1) &&
			! grep -q 'this build has no core .* of the world' <<<"$out"; then
			echo "FAIL: $trace in layout $layout:"
			echo "$out"
			failed=1
		fi
	done
done
exit $failed
