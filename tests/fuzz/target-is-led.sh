#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# target-is-led.sh LIBFUZZER: the engine sees which code ran, and what happened to pages, each on its own; and
# the settings that name nothing are refused.
set -u
target=$1 failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# What libFuzzer says at last: edges reached, features.
last()
{
	EL2FUZZ_COVERAGE=$1 "$target" -runs=300 -seed=1 -max_len=4096 2>&1 |
		sed -n 's/.*DONE *cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p'
}

read -r edges code < <(last code)
read -r both_edges both < <(last code,state)
echo "code: $edges edges, $code features; code and state: $both_edges edges, $both features"
if [ "${edges:-0}" -lt 200 ] || [ "${both_edges:-0}" -lt 200 ]; then
	echo "FAIL: it is not led by code"
	failed=1
fi
EL2FUZZ_COVERAGE=state "$target" -runs=300 -seed=1 -max_len=4096 >out 2>&1 || failed=1
grep -q 'NEW .* ft: ' out || { echo "FAIL: it is not led by states"; failed=1; }

# The emulator's blocks lead it as well.
read -r blocks _ < <(EL2FUZZ_CORE=aarch64 last code)
echo "aarch64: $blocks blocks"
if [ "${blocks:-0}" -lt 200 ]; then
	echo "FAIL: it is not led by the emulator's blocks"
	failed=1
fi

for setting in EL2FUZZ_CORE=z80 EL2FUZZ_LAYOUT=round EL2FUZZ_CAPS=lasers EL2FUZZ_KNOWN=/nonexistent \
	EL2FUZZ_IMAGE=/nonexistent; do
	env $setting "$target" -runs=1 >out 2>&1
	if [ $? != 2 ] || ! grep -q '^el2fuzz: ' out; then
		echo "FAIL: $setting:"
		cat out
		failed=1
	fi
done
exit $failed
