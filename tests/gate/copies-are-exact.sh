#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The copy of a tree is what the commit and the patches say, whatever it was before; what does not change keeps
# its date; and the tree itself is never written to.
# shellcheck disable=SC2317 # called by check
# shellcheck source=tests/gate/lib.sh
. "$(dirname "$0")/lib.sh"
tree_sh=$root/cmake/gate/tree.sh

make_tree tree
git -C tree init -q
git -C tree add -A
git -C tree commit -qm first
cp -a tree second
sed -i 's/^7$/seven/' tree/mm/a.c
git -C tree rm -q virt/c.c
echo new >tree/mm/sub/new.c
git -C tree add -A
git -C tree commit -qm second
rm -rf second/.git

cp -a tree patched
rm -rf patched/.git
sed -i 's/^120$/hundred and twenty/' patched/mm/sub/b.c
patch_of tree patched mm/sub/b.c >one.patch
mkdir -p patched/mm/made
echo made >patched/mm/made/d.c
patch_of tree patched mm/made/d.c >two.patch
cp -a patched third
git -C tree diff >/dev/null
(
	cp -a tree renamed
	git -C renamed mv mm/a.c mm/z.c
	git -C renamed diff -M --cached >three.patch
)
mv third/mm/a.c third/mm/z.c
(cd tree && find . -type f ! -path './.git/index' -printf '%p %T@ %C@\n' | sort) >before

make()
{
	"$tree_sh" "$dir/tree" "$dir/copy" "$@"
}

check 'a copy without patches is made' 0 '' make -
same 'a copy without patches is the tree' tree copy
check 'patches are applied' 0 '' make - "$dir/one.patch" "$dir/two.patch"
same 'a copy with patches is the patched tree' patched copy
date=$(stat -c %Y.%y copy/mm/sub/b.c)
check 'a rename is applied on top' 0 '' make - "$dir/one.patch" "$dir/two.patch" "$dir/three.patch"
same 'a copy with a rename has the file where it is' third copy
[ "$date" = "$(stat -c %Y.%y copy/mm/sub/b.c)" ] ||
	{ echo 'FAIL: what did not change has another date'; failed=1; }
check 'a commit is taken' 0 '' make HEAD^
same 'a copy of a commit is the commit' second copy
check 'a commit and a patch are taken' 0 '' make HEAD "$dir/one.patch" "$dir/two.patch"
same 'a copy of a commit with patches is both' patched copy
check 'the copy goes back' 0 '' make -
same 'the copy goes back to the tree' tree copy
[ copy/mm/sub/b.c -nt before ] || { echo 'FAIL: what went back has its old date'; failed=1; }

# nvhe/Makefile names ../pgtable.o: there, too, the patch is in force, in a fresh copy.
mkdir -p climbed/arch/arm64/kvm/hyp/nvhe
seq 1 40 >climbed/arch/arm64/kvm/hyp/pgtable.c
echo 'hyp-obj-y += ../pgtable.o' >climbed/arch/arm64/kvm/hyp/nvhe/Makefile
cp -a climbed changed
sed -i 's/^7$/seven/' changed/arch/arm64/kvm/hyp/pgtable.c
patch_of climbed changed arch/arm64/kvm/hyp/pgtable.c >climb.patch
check 'a file beside an untouched folder is patched' 0 '' \
	"$tree_sh" "$dir/climbed" "$dir/climbing" - "$dir/climb.patch"
check 'no folder leads back to the tree' 0 '^seven$' cat climbing/arch/arm64/kvm/hyp/nvhe/../pgtable.c

# What Kbuild made of the tree is good for its copy, under the copy's name, and for no other tree.
mkdir build kbuild copied
echo other >COPYING
cp COPYING tree
ln -s "$dir/tree/COPYING" copied
touch kbuild/el2fuzz.done
echo "deps := $dir/tree/mm/a.c $dir/tree-of-others" >kbuild/a.o.cmd
printf 'EL2FUZZ_LINUX:PATH=%s\nEL2FUZZ_KBUILD:PATH=%s\n' "$dir/tree" "$dir/kbuild" >build/CMakeCache.txt
check 'objects are seeded' 0 '' "$root/cmake/gate/seed.sh" build "$dir/copied" "$dir/seeded"
check 'they are of the copy' 0 "^deps := $dir/copied/mm/a.c $dir/tree-of-others\$" cat seeded/a.o.cmd
check 'its folder is known' 0 "^$(stat -c '%i %W' copied)\$" cat seeded/el2fuzz.folder
check 'another tree gets none' 0 '' "$root/cmake/gate/seed.sh" build "$dir/second" "$dir/unseeded"
[ ! -e unseeded ] || { echo 'FAIL: objects of another tree were taken'; failed=1; }
rm tree/COPYING

(cd tree && find . -type f ! -path './.git/index' -printf '%p %T@ %C@\n' | sort) >after
diff before after || { echo 'FAIL: the tree was written to'; failed=1; }
exit $failed
