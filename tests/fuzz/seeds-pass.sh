#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# seeds-pass.sh EL2FUZZ CORPUS [OPTION...]: the tree's own code does on every seed trace, in every layout, what
# the model says, also when everything is compared after every step. A core that a trace's world lacks is
# no failure of the trace.
set -u
el2fuzz=$1 corpus=$2
shift 2
failed=0

for trace in "$corpus"/seeds/*.trace; do
	feature=$(sed -n '2s/^# tree: //p' "$trace")
	if [ -n "$feature" ] && grep -qx "$feature 0" "$(dirname "$el2fuzz")/features"; then
		echo "$trace needs a tree that has $feature"
		continue
	fi
	for layout in small holes; do
		if ! out=$("$el2fuzz" replay "$@" --step --layout $layout "$trace" 2>&1) &&
			! grep -q 'this build has no core .* of the world' <<<"$out"; then
			echo "FAIL: $trace in layout $layout:"
			echo "$out"
			failed=1
		fi
	done
done
exit $failed
