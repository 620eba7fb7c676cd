#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kbuild runs when something in the tree has changed, and only then; the tree
# itself is never written to; a configuration that is not given is an error.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

builds()
{
	expect 0 "$root/cmake/kernel/kbuild.sh" tree kbuild
	[ "$(wc -l <builds)" = "$1" ] || fail "$2"
	sleep 0.05	# more than the file system's clock tick
}

fake_tree tree
hyp=tree/arch/arm64/kvm/hyp/nvhe
stub_make
builds 1 "the first start did not build"
before=$(ls -lR --time-style=full-iso tree)
builds 1 "a second start built again"
[ "$before" = "$(ls -lR --time-style=full-iso tree)" ] || fail "the tree was written to"

echo 'int unshare;' >>$hyp/mem_protect.c
builds 2 "an edited file was not noticed"
id=$(tail -n 1 kbuild/build-id)
echo 'int more;' >tree/include/more.h
builds 3 "a new file was not noticed"
[ "$id" != "$(tail -n 1 kbuild/build-id)" ] || fail "the build id is the same"
rm tree/include/more.h
builds 4 "a deleted file was not noticed"
[ "$id" = "$(tail -n 1 kbuild/build-id)" ] || fail "the build id is another"

# Make itself would not see this one.
touch kbuild/of-before
echo 'int old;' >old.c
touch -d 2001-01-01 old.c
mv old.c $hyp/mem_protect.c
builds 5 "a file moved in with an old date was not noticed"
[ ! -e kbuild/of-before ] || fail "objects of before are trusted in spite of an old date"
grep -q old kbuild/arch/arm64/kvm/hyp/nvhe/kvm_nvhe.o || fail "the old file was not built"

# All its files are older than what was built.
cp -a tree other
mv tree before
mv other tree
touch kbuild/of-before
builds 6 "another folder in the tree's place was not noticed"
[ ! -e kbuild/of-before ] || fail "objects of another folder are trusted"

rm -rf kbuild
echo CONFIG_DEBUG_INFO_DWARF5 >unknown
expect 2 "$root/cmake/kernel/kbuild.sh" tree kbuild
said "cannot be configured as needed" "Kconfig did not accept 'CONFIG_DEBUG_INFO_DWARF5=y'"
