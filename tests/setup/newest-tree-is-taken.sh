#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The default tree: the newest package by number, the cached one without asking,
# and an older cached one, said so, where no newer one can be had.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
tree=$root/cmake/setup/tree.sh
trees=$XDG_CACHE_HOME/el2fuzz/trees

printf '# best first\n7.10\n7.9\n6.12\n' >known
export EL2FUZZ_KNOWN_TREES=$tmp/known

fake_tree linux-source-7.10
mkdir -p deb/usr/src
tar -cJf deb/usr/src/linux-source-7.10.tar.xz linux-source-7.10
stub dpkg-query <<<'exit 1'
stub sudo <<<'exit 1'
stub id <<<'echo 1000'
stub apt-cache <<<'case $1 in
	search)	printf "linux-source-%s - source\n" 7.9 7.10 7.11 6.12 ;;
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

# One that does not build is left out; what is asked for by name need not be known.
mkdir -p "$trees/linux-source-6.12-6.12.1-1"
expect 0 "$tree" --not linux-source-7.10
printed "$trees/linux-source-7.9-7.9.1-1"
expect 0 "$tree" --offline --not linux-source-7.10 --not linux-source-7.9
printed "$trees/linux-source-6.12-6.12.1-1"
fake_tree linux-source-7.11
tar -cJf deb/usr/src/linux-source-7.11.tar.xz linux-source-7.11
stub dpkg-deb <<<"tar -C $tmp/deb -c ./usr/src/linux-source-7.11.tar.xz"
stub apt-get <<<'touch linux-source-7.11_all.deb'
expect 0 "$tree" --package linux-source-7.11
printed "$XDG_CACHE_HOME/el2fuzz/packages/linux-source-7.11-1-linux-source-7.11"
expect 2 "$tree" --package linux-source-9.9
said "no package linux-source-9.9"

# Where none of 7.x is to be had, the older one is, in one line.
rm -r "$trees"
stub apt-cache <<<'case $1 in
	search)	echo "linux-source-6.12 - source" ;;
	policy)	echo "  Candidate: 1" ;; esac'
fake_tree linux-source-6.12
tar -cJf deb/usr/src/linux-source-6.12.tar.xz linux-source-6.12
stub dpkg-deb <<<"tar -C $tmp/deb -c ./usr/src/linux-source-6.12.tar.xz"
stub apt-get <<<'touch linux-source-6.12_all.deb'
expect 0 "$tree"
printed "$trees/linux-source-6.12-1"
said "linux-source-7.10 cannot be had, or does not do; the next best is linux-source-6.12"

# Nor is one that the user has pinned away, or that the mirror lists and has not.
rm -r "$trees"
stub apt-cache <<<'case $1 in
	search)	printf "linux-source-%s - source\n" 7.9 7.10 6.12 ;;
	policy)	case $2 in *7.10) echo "  Candidate: (none)" ;; *) echo "  Candidate: 1" ;; esac ;; esac'
stub apt-get <<<'case $* in *7.9*) echo "E: 404 Not Found"; exit 100 ;; esac; touch linux-source-6.12_all.deb'
expect 0 "$tree"
printed "$trees/linux-source-6.12-1"
said "linux-source-7.10 cannot be had, or does not do; the next best is linux-source-7.9" \
	"cannot download or unpack linux-source-7.9 1 into $trees; the next best is linux-source-6.12"
