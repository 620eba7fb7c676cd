#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# genhtml-renders-lcov.sh EL2FUZZ TREE: genhtml takes what `el2fuzz run --lcov` writes, and shows the lines of the tree.
set -eu
el2fuzz=$1 tree=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
	echo "FAIL: $*"
	exit 1
}

cd "$dir"
mkdir known
"$el2fuzz" run --traces 200 --seed 1 --minimise 0 --lcov cov.info --known "$dir/known" >run.out 2>&1 || [ $? = 1 ] ||
	fail "no run: $(cat run.out)"
# Its paths are those of the tree, as compilers print them.
(cd "$tree" && genhtml --quiet --output-directory "$dir/html" "$dir/cov.info") >genhtml.out 2>&1 ||
	fail "genhtml: $(cat genhtml.out)"

page=$(find html -name 'mem_protect.c.gcov.html')
[ -n "$page" ] || fail "no page of mem_protect.c among: $(find html -name '*.gcov.html')"
grep -q '__pkvm_host_share_hyp' "$page" || fail "$page does not show the source"
# lineCov and lineNoCov until lcov 2.0
grep -qE 'class="(lineCov|tlaGNC)' "$page" || fail "$page has no line that was reached"
grep -qE 'class="(lineNoCov|tlaUNC)' "$page" || fail "$page has no line that was not reached"
