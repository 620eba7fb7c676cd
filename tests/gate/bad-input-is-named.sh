#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What cannot be judged is refused with exit code 2 and the reason: which file, which hunk.
# shellcheck disable=SC2317 # called by check
# shellcheck source=tests/gate/lib.sh
. "$(dirname "$0")/lib.sh"
el2fuzz=$1

make_tree tree
git -C tree init -q
git -C tree add -A
git -C tree commit -qm first
make_tree plain
cp -a plain patched
sed -i 's/^7$/seven/; s/^33$/thirty three/' patched/mm/a.c
patch_of plain patched mm/a.c >good.patch
sed 's/^ 31$/ 31 and more/' good.patch >other.patch
sed 's,a/mm/a.c,a/mm/none.c,; s,b/mm/a.c,b/mm/none.c,' good.patch >none.patch
head -c 4096 /dev/urandom >junk
echo 'Dear all, this is no patch.' >prose
printf 'diff --git a/mm/link b/mm/link\nnew file mode 120000\n--- /dev/null\n+++ b/mm/link\n@@ -0,0 +1 @@\n+%s\n\\ No newline at end of file\n' "$dir" >link.patch
printf -- '--- /dev/null\n+++ b/mm/link/escaped\n@@ -0,0 +1 @@\n+x\n' >through.patch
printf -- '--- /dev/null\n+++ b/../../escaped\n@@ -0,0 +1 @@\n+x\n' >outside.patch

series()
{
	"$root/cmake/gate/series.sh" "$@"
}

copy()
{
	"$root/cmake/gate/tree.sh" "$dir/plain" "$dir/copy" - "$@"
}

check 'a patch is wanted' 2 'what is to be judged' "$el2fuzz" gate
check 'one kind of patch is wanted' 2 'not several' "$el2fuzz" gate --patch good.patch --rev HEAD
check 'an unknown format is refused' 2 'text ktap junit' "$el2fuzz" gate --patch x --format html
check 'an unknown core is refused' 2 'aarch64 native' "$el2fuzz" gate --patch x --core z80
check 'a missing patch is named' 2 'nowhere.patch: no such file' "$el2fuzz" gate --patch nowhere.patch
check 'junk is no patch' 2 'junk: is binary, and no patch' "$el2fuzz" gate junk
check 'prose is no patch' 2 'prose: there is no patch in it' "$el2fuzz" gate --patch prose
check 'junk is no mbox' 2 'junk: is binary, and no mbox' "$el2fuzz" gate --mbox junk
check 'a patch is no mbox' 2 'no mbox\|no mail' "$el2fuzz" gate --mbox good.patch
check 'a missing mbox is named' 2 'nowhere: no such file' "$el2fuzz" gate --mbox nowhere

check 'a commit that is not there is named' 2 'has no commit v9.9' series tree --rev v9.9
check 'an option is no commit' 2 'has no commit --output=x' series tree --rev --output=x
check 'a base that is not there is named' 2 'has no commit v9.8' series tree --base v9.8 --patch good.patch
check 'a first commit needs a base' 2 'has no parent' series tree --rev HEAD
check 'a tree without git has no commits' 2 'is no git checkout' series plain --rev HEAD
check 'a tree without git has no base' 2 'is no git checkout' series plain --base HEAD --patch good.patch

check 'a good patch applies' 0 '' copy "$dir/good.patch"
check 'the hunk that does not apply is named' 2 \
	'other.patch does not apply: hunk 2 of mm/a.c (near mm/a.c:30)' copy "$dir/other.patch"
check 'a file that is not there is named' 2 'mm/none.c: No such file' copy "$dir/none.patch"
check 'a patch applies once' 2 'hunk 1 of mm/a.c' copy "$dir/good.patch" "$dir/good.patch"
check 'no patch writes through its own link' 2 'beyond a symbolic link\|does not apply' \
	copy "$dir/link.patch" "$dir/through.patch"
check 'no patch writes outside' 2 'invalid path\|does not apply' copy "$dir/outside.patch"
if [ -e escaped ] || [ -e ../escaped ]; then
	echo 'FAIL: a patch wrote outside of the copy'
	failed=1
fi

mkdir small readonly
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
	head -c 60000 /dev/zero >small/full 2>/dev/null
	head -c 60000 /dev/zero >small/fuller 2>/dev/null
	check 'a full disk is named' 2 'No space left on device\|disk is full' \
		"$root/cmake/gate/tree.sh" "$dir/plain" "$dir/small/copy" - "$dir/good.patch"
	umount small
	cp -a plain/. readonly
	mount --bind readonly readonly && mount -o remount,bind,ro readonly
	check 'a tree that is read-only will do' 0 '' \
		"$root/cmake/gate/tree.sh" "$dir/readonly" "$dir/copy2" - "$dir/good.patch"
	same 'a copy of a read-only tree can be patched' patched copy2
	umount readonly
else
	echo 'skipped: nothing can be mounted here'
fi
exit $failed
