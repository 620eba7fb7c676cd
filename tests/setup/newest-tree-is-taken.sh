#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The default tree: the newest package by number, the cached one without asking,
# and an older cached one, said so, where no newer one can be had.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
tree=$root/cmake/setup/tree.sh
trees=$XDG_CACHE_HOME/el2fuzz/trees

fake_tree linux-source-7.10
mkdir -p deb/usr/src
tar -cJf deb/usr/src/linux-source-7.10.tar.xz linux-source-7.10
stub dpkg-query <<<'exit 1'
stub sudo <<<'exit 1'
stub id <<<'echo 1000'
stub apt-cache <<<'case $1 in
	search)	printf "linux-source-7.%s - source\n" 9 10 2 ;;
	policy)	echo "  Candidate: 1-$2" ;; esac'
stub apt-get <<<'exit 100'
stub dpkg-deb <<<"tar -C $tmp/deb -c ./usr/src/linux-source-7.10.tar.xz"

expect 2 "$tree" --offline
said "no kernel tree" "--offline" "--linux DIR"
expect 2 "$tree"
said "cannot download or unpack linux-source-7.10"

mkdir -p "$trees/linux-source-7.9-7.9.1-1"
expect 0 "$tree"
printed "$trees/linux-source-7.9-7.9.1-1"
[ ! -s stderr ] || fail "a cached tree is worth no words"
expect 0 "$tree" --refresh
printed "$trees/linux-source-7.9-7.9.1-1"
said "no newer tree can be had now; using $trees/linux-source-7.9-7.9.1-1"

stub apt-get <<<'touch linux-source-7.10_all.deb'
expect 0 "$tree" --refresh
printed "$trees/linux-source-7.10-1-linux-source-7.10"
[ -d "$(cat stdout)/arch/arm64/kvm/hyp/nvhe" ] || fail "the tree is not complete"
expect 0 "$tree" --offline
printed "$trees/linux-source-7.10-1-linux-source-7.10"
