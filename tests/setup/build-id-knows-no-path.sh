#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The build id is of the code, the configuration and the compiler: not of where
# they are, and it changes with each of them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

id()
{
	expect 0 "$root/cmake/kernel/build-id.sh" "$tmp/$1" "$tmp/$2"
	! grep -qF "$tmp" "$2/build-id" || fail "a path is in the build id"
	sed -n 's/^id //p' "$2/build-id"
}

same()
{
	[ "$1" = "$2" ] || fail "the id differs $3"
}

differs()
{
	[ "$1" != "$2" ] || fail "the id is the same $3"
}

mkdir out out2
echo CONFIG_KVM=y | tee out/.config >out2/.config
fake_tree plain
cp -r plain moved
file=arch/arm64/kvm/hyp/nvhe/mem_protect.c
first=$(id plain out)
[[ $first =~ ^[0-9a-f]{16}$ ]] || fail "'$first' is no id"
same "$first" "$(id moved out2)" "in another folder"
grep -qx 'kernel 7.3.4' out/build-id || fail "no kernel version"
echo 'int more;' >>moved/$file
differs "$first" "$(id moved out)" "after an edit"
echo CONFIG_MORE=y >>out2/.config
differs "$first" "$(id plain out2)" "with another configuration"
echo CONFIG_KVM=y >out2/.config

export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
git -C plain init -q
git -C plain add .
git -C plain commit -qm tree
git clone -q plain clone
first=$(id plain out)
grep -q '^git ' out/build-id || fail "a checkout is not described"
same "$first" "$(id clone out2)" "in a clone"
echo 'int more;' >>clone/$file
edited=$(id clone out)
differs "$first" "$edited" "after an edit in a checkout"
echo 'int still_more;' >>clone/$file
differs "$edited" "$(id clone out)" "after a second edit"
git -C clone checkout -q .
same "$first" "$(id clone out)" "after the edit was undone"
echo 'int new;' >clone/arch/arm64/kvm/new.c
differs "$first" "$(id clone out)" "with a file that git does not track"
