#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kill -9 while unpacking or while building: what is half done is never used.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Start COMMAND in a process group of its own and kill that once FILE appears.
kill_when()
{
	local file=$1 pid
	shift
	setsid "$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	for _ in {1..100}; do
		[ ! -e "$file" ] || break
		sleep 0.05
	done
	[ -e "$file" ] || fail "$* never got as far as $file"
	kill -9 -- "-$pid"
	wait "$pid" 2>/dev/null || :
}

# A package that takes for ever to unpack.
fake_tree linux-source-7.3
mkdir -p deb/usr/src
tar -cJf deb/usr/src/linux-source-7.3.tar.xz linux-source-7.3
stub dpkg-query <<<'exit 1'
stub apt-cache <<<'case $1 in
	search)	echo "linux-source-7.3 - source" ;;
	policy)	echo "  Candidate: 7.3.4-1" ;; esac'
stub apt-get <<<"touch linux-source-7.3_7.3.4-1_all.deb"
stub dpkg-deb <<<"tar -C $tmp/deb -c ./usr/src/linux-source-7.3.tar.xz"
stub xz <<<"head -c 100 >/dev/null; touch $tmp/unpacking; sleep 60"
trees=$XDG_CACHE_HOME/el2fuzz/trees

kill_when "$tmp/unpacking" "$root/cmake/setup/tree.sh"
[ -z "$(ls "$trees")" ] || fail "a tree is there after a killed unpack: $(ls "$trees")"
rm bin/xz
expect 0 "$root/cmake/setup/tree.sh"
printed "$trees/linux-source-7.3-7.3.4-1"
[ -e "$(cat stdout)/Makefile" ] || fail "the tree is not complete"
[ ! -e "$trees/.tmp" ] || fail "the killed unpack still takes room"

stub_make
touch hang
kill_when "$tmp/hanging" "$root/cmake/kernel/kbuild.sh" linux-source-7.3 kbuild
touch kbuild/half-done
rm hang
expect 0 "$root/cmake/kernel/kbuild.sh" linux-source-7.3 kbuild
[ ! -e kbuild/half-done ] || fail "the killed build was continued"
[ -s kbuild/build-id ] || fail "there is no build id"
