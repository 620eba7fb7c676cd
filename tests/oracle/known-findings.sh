#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# known-findings.sh EL2FUZZ CORPUS [OPTION...]: each known finding is still found by its trace, under the name it
# is known by, in every layout, whether everything is compared at each step or not.
set -u
el2fuzz=$1 corpus=$2
shift 2
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
	echo "FAIL: $1:"
	echo "$out"
	failed=1
}

# What finding_signature() makes of "FAIL: CLASS, step N (OP): PLACE".
signature()
{
	sed -n 's/^FAIL: \([a-z]*\), step [0-9]* (\([a-z0-9_]*\)): /\1 \2 /p' <<<"$out" |
		sed 's/:[0-9]\+//g'
}

# What the tree has not, it cannot do wrong.
ops=$("$el2fuzz" ops 2>/dev/null | awk '$2 == "no" { print $1 }')

for known in "$corpus"/known/*.known; do
	trace=${known%.known}.trace
	caps='' core='' tlb=''
	[[ $(head -n 1 "$known") != tlb\ * ]] || tlb='--tlb full'
	! grep -qx "$(head -n 1 "$known" | cut -d' ' -f2)" <<<"$ops" || continue
	! grep -q world=pgtable "$trace" || [ -e "$(dirname "$el2fuzz")/pgtable.elf" ] || continue
	feature=$(sed -n '2,3s/^tree: //p' "$known")
	has=1
	[[ $feature != no\ * ]] || has=0
	[ -z "$feature" ] || grep -qx "${feature#no } $has" "$(dirname "$el2fuzz")/features" || continue
	[ -z "$(sed -n '2s/^without: //p' "$known")" ] || caps='--caps none'
	if [[ $(head -n 1 "$known") == sanitizer\ * ]]; then
		core='--core native-san'
		[ -e "$(dirname "$el2fuzz")/hyp-native-san.elf" ] || continue
	fi
	with=$(sed -n '2,3s/^with: //p' "$known")
	[ -z "$with" ] || caps="--caps $with"
	# A capability that the tree makes no use of
	! grep -qx "cap_$with 0" "$(dirname "$el2fuzz")/features" || continue
	layout=$(sed -n '3s/^layout: //p' "$known")
	for options in "--layout small $caps" "--layout holes $caps" "--step --layout small $caps"; do
		[ -z "$layout" ] || [[ $options == *"--layout $layout"* ]] || continue
		# shellcheck disable=SC2086
		out=$("$el2fuzz" replay "$@" $core $tlb $options "$trace" 2>&1)
		code=$?
		! grep -q 'this build has no core .* of the world' <<<"$out" || continue
		[ $code = 1 ] || fail "$trace $options: exit code $code instead of 1"
		# shellcheck disable=SC2053 # it is a pattern
		[[ $(signature) == $(head -n 1 "$known") ]] ||
			fail "$trace $options: '$(signature)' instead of '$(head -n 1 "$known")'"
	done
done
exit $failed
