#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# verdicts.sh EL2FUZZ TREE FAKE-RUNNER BUILD: the whole gate, over a toy tree whose builds do what it says: all
# ways to name patches, all verdicts, formats and exit codes. EL2FUZZ was built from TREE, which is made here.
# shellcheck disable=SC2317 # called by check
# shellcheck source=tests/gate/lib.sh
. "$(dirname "$0")/lib.sh"
el2fuzz=$1 tree=$2 build=$4
export FAKE_RUNNER=$3 FAKE_BUILD_ID=$build/build-id
# The base, as it lies there, is beside the program.
ln -sf "$FAKE_RUNNER" "$(dirname "$el2fuzz")/el2fuzz-runner"
ln -sf "$build/features" "$build/build-id" "$(dirname "$el2fuzz")"
rm -rf "$tree"

# commit SUBJECT EDIT: of line 7 of mm/a.c
commit()
{
	sed -i "7s/.*/$2/" "$tree/mm/a.c"
	git -C "$tree" commit -qam "$1"
}

# has WHAT PATTERN [COUNT]: so many lines of what was printed last
has()
{
	local count

	count=$(grep -c -- "$2" out)
	[ "$count" -gt 0 ] && [ "$count" = "${3-$count}" ] && return
	echo "FAIL: $1: $count lines have '$2'"
	failed=1
}

make_tree "$tree"
git -C "$tree" init -q -b main
git -C "$tree" add -A
git -C "$tree" commit -qm base
git -C "$tree" tag base
commit 'mm: rename a number' seven
commit 'mm: return another error' FAKE_DIFFER=host_share_hyp
commit 'mm: drop a check' FAKE_FIND=host_share_hyp
git -C "$tree" format-patch -q --cover-letter -o "$dir/series" base
git -C "$tree" checkout -q --detach base
cp "$tree/mm/a.c" "$(dirname "$el2fuzz")/hyp.elf"
cat "$dir"/series/*.patch >series.mbox
sed 's/^Subject: \[PATCH/Subject: Re: [PATCH/' series/0001-*.patch >>series.mbox
sed 's/FAKE_DIFFER.*/FAKE_START=fail/; s/^-seven/-7/' series/0002-*.patch >no-boot.patch
sed 's/FAKE_DIFFER.*/does not compile/; s/^-seven/-7/' series/0002-*.patch >no-build.patch

mkdir -p corpus/seeds
printf '# el2fuzz trace 1 world=el2\nhost_share_hyp pfn=ram+0x12\nhost_unshare_hyp pfn=ram+0x12\n' \
	>corpus/seeds/one.trace

gate()
{
	"$el2fuzz" gate --core aarch64 --corpus "$dir/corpus" --time 1 "$@"
}

check 'a harmless commit passes' 0 '^PASS: mm: rename a number: 0 failures, 0 changes' gate --rev main~2
check 'a change is named' 0 '^CHANGED host_share_hyp' gate --rev main~1
check 'a strict gate fails a change' 1 '^CHANGED: mm: return another error' gate --strict --rev main~1
check 'a finding fails' 1 '^FAIL: mm: drop a check' gate --rev main
has 'a trace' '^        host_share_hyp pfn='
check 'a base makes it a series' 1 '(and 2 before it)' gate --base base --rev main
check 'a patch is judged on a base' 1 '^FAIL: .*drop a check' \
	gate --base main~1 --patch series/0003-mm-drop-a-check.patch
check 'patches are judged as one' 0 '^CHANGED: .*(and 1 before it)' gate series/0001-*.patch series/0002-*.patch
check 'a mbox is judged' 1 '^FAIL: \[PATCH 3/3\] mm: drop a check (and 2 before it)' gate --mbox series.mbox

check 'each patch is judged' 1 '^FAIL: 3/3 \[PATCH 3/3\] mm: drop a check: ' gate --each --mbox series.mbox
has 'the first by the base' '^PASS: 1/3 '
has 'the second by the first' '^CHANGED: 2/3 '
check 'ktap is one test for each machine and what it runs' 1 '^not ok 12 3/3 .*: fuzz, core aarch64, layout holes' \
	gate --each --format ktap --mbox series.mbox
has 'a version' '^KTAP version 1$'
has 'a plan' '^1\.\.12$'
has 'all of it' '^ok ' 8
has 'all of it' '^not ok ' 4
check 'ktap is strict, too' 1 '^not ok .* mm: return another error' gate --strict --format ktap --rev main~1
check 'junit has a suite for each patch' 1 '<testsuite name="3/3 .*" tests="4" failures="4"' \
	gate --each --format junit --mbox series.mbox
has suites '<testsuite ' 3
has tests '<testcase ' 12
if command -v xmllint >/dev/null; then
	check 'junit is XML' 0 '' xmllint --noout <(gate --format junit --rev main 2>/dev/null)
fi

sed 's/^120$/other/' "$tree/mm/sub/b.c" >other.c
diff -u --label a/mm/sub/b.c --label b/mm/sub/b.c "$tree/mm/sub/b.c" other.c >elsewhere.patch
check 'where the code is the same nothing is run' 0 '^PASS: elsewhere.patch: the code is the same' gate elsewhere.patch
check 'that is a test' 0 '^ok 1 elsewhere.patch: same code$' gate --format ktap elsewhere.patch
check 'a world can be asked for all the same' 0 '^PASS: elsewhere.patch: 0 failures' gate --world el2 elsewhere.patch
check 'a tree that does not boot fails' 1 'the patched tree does not boot' gate no-boot.patch
check 'a tree that does not build is none' 2 'mm: return another error: the tree does not build' gate no-build.patch
has 'what the compiler says' 'mm/a.c:7:1: error: expected a number'
check 'of a series, what was judged is told' 2 '^PASS: 1/2 .*rename a number' \
	gate --each series/0001-mm-rename-a-number.patch series/0003-mm-drop-a-check.patch
has 'the hunk' '0003-mm-drop-a-check.patch does not apply: hunk 1 of mm/a.c'
check 'a commit that is not there is named' 2 'has no commit v9.9' gate --rev v9.9

echo 'no trace' >corpus/seeds/two.trace
sed 's/FAKE_DIFFER.*/FAKE_FIND=host_share_hyp/; s/^-seven/-7/' series/0002-*.patch >ends.patch
check 'what a gate saw before it came to an end is told' 2 '^FAIL (unfinished): .*mm: return another error' gate ends.patch
has 'a trace' '^        host_share_hyp pfn='
check 'in ktap' 2 '^not ok 1 .*: replay, .* (unfinished)' gate --format ktap ends.patch
check 'in junit' 2 '<error message="unfinished"/>' gate --format junit ends.patch
rm corpus/seeds/two.trace

# interrupted COMMAND...: gets a signal once it fuzzes
interrupted()
{
	local pid

	"$@" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null && ! grep -q 'gate: fuzz' out; do
		sleep 0.1
	done
	kill -TERM "$pid"
	wait "$pid"
}

check 'a signal ends it orderly' 2 '^UNFINISHED: mm: rename a number: ' \
	interrupted "$el2fuzz" gate --core aarch64 --corpus "$dir/corpus" --time 60 --rev main~2
has 'why' 'stopped by a signal'

check 'the tree is as it was' 0 '' git -C "$tree" status --porcelain
[ ! -s out ] || { echo 'FAIL: the tree was written to'; failed=1; }
mkdir -p small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
	mkdir small/el2fuzz
	head -c 65536 /dev/zero >small/full 2>/dev/null
	XDG_CACHE_HOME=$dir/small check 'no room for a copy is said' 2 'No space left\|disk is full' gate --rev main~2
	umount small
	mount --bind "$tree" "$tree" && mount -o remount,bind,ro "$tree"
	check 'a tree that is read-only is judged' 1 '^FAIL: ' gate --rev main
	umount "$tree"
fi
exit $failed
