#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The suites that set-up adds change no upgrade of any installed package, apart
# from libunicorn and the kernel source; simulated, with and without them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ -e /etc/apt/sources.list.d/el2fuzz-extra.sources ] || skip "no suite was added here"

upgrades()
{
	apt-get -s -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Debug::NoLocking=1 "$@" dist-upgrade |
		grep '^Inst' | grep -vE '^Inst (libunicorn|linux-source-7)' | sort
}

cp -r /etc/apt/sources.list.d without
rm without/el2fuzz-extra.sources
upgrades >with.txt || :
upgrades -o Dir::Etc::sourceparts="$tmp/without" >without.txt || :
diff without.txt with.txt || fail "the added suites change what apt would upgrade"
