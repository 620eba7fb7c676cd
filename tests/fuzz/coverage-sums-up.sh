#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage-sums-up.sh EL2FUZZ: `el2fuzz coverage` knows lines and branches, of one run or of several, and says what
# it wants.
set -u
el2fuzz=$1 failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fail()
{
	echo "FAIL: $*"
	failed=1
}

# reached FILE: lines and ways of pgtable.c, of a list
reached()
{
	sed -nE 's|.*% +([0-9]+) of .* lines .*% +([0-9]+) of .* branches  arch/arm64/kvm/hyp/pgtable.c$|\1 \2|p' "$1"
}

"$el2fuzz" coverage --world pgtable --time 9 --db all.db >all 2>&1 || fail "coverage --time: $(cat all)"
[ "$(grep -c '^run ' all)" = 3 ] || fail "not three sets of capabilities: $(cat all)"
"$el2fuzz" run --world pgtable --traces 20 --seed 1 --db one.db --lcov one.info >said 2>&1 ||
	fail "run --lcov: $(cat said)"
"$el2fuzz" coverage --world pgtable one.info >one 2>&1 || fail "coverage of a tracefile: $(cat one)"
read -r lines ways <<<"$(reached one)"
read -r more_lines more_ways <<<"$(reached all)"
echo "20 traces: ${lines:=0} lines, ${ways:=0} ways; 9 seconds: ${more_lines:=0} lines, ${more_ways:=0} ways"
if [ "$ways" -lt 50 ] || [ "$more_lines" -le "$lines" ] || [ "$more_ways" -le "$ways" ]; then
	fail "too few: $(cat one all)"
fi

# Less than a second for each set of capabilities is not for ever.
timeout 60 "$el2fuzz" coverage --world pgtable --time 1 --db all.db >brief 2>&1 || fail "coverage --time 1: $(tail -n 3 brief)"
! grep -q ' lines .*/el2fuzz/' brief all || fail "it counts our own lines: $(cat brief)"

# What is said not to be reachable is not, on whichever core that has its own lines.
for core in aarch64 native; do
	"$el2fuzz" coverage --core $core --time 6 --db $core.db >$core 2>&1 || fail "coverage --core $core: $(tail -n 3 $core)"
	! grep ', though "' $core || fail "corpus/unreachable is wrong for $core"
done

# Several tracefiles, one after the other, are their sum.
cat one.info one.info >two.info
"$el2fuzz" coverage --world pgtable two.info | diff - one || fail "twice the same is more"

wants()
{
	local what=$1

	shift
	"$el2fuzz" coverage "$@" >said 2>&1
	if [ $? != 2 ] || ! grep -q -- "$what" said; then
		fail "coverage $*: no '$what' in: $(cat said)"
	fi
}
wants 'which tracefile'
wants 'one tracefile, and at most one file' a b c
wants 'a tracefile or --time' --time 1 a b
wants 'not an lcov tracefile' "$el2fuzz"
wants 'nowhere: No such file' nowhere
wants 'FILE: FUNCTION: TEXT: REASON' --unreachable one.info one.info
exit $failed
