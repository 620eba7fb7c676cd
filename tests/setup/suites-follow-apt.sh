#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The added suites come from the mirror and with the keyring that apt is
# configured with, in both notations, and only where they are missing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v apt-get >/dev/null || skip "no apt here"

mkdir -p etc/{sources.list.d,apt.conf.d} lists/partial
cat >apt.conf <<EOF
Dir::Etc "$tmp/etc";
Dir::State::lists "$tmp/lists";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
EOF
export APT_CONFIG=$tmp/apt.conf EL2FUZZ_OS_RELEASE=$tmp/os-release

release()
{
	printf 'ID=%s\nVERSION_CODENAME=%s\nPRETTY_NAME="%s"\n' "$1" "$2" "$1 $2" >os-release
}

# suites TEXT...: each is a line that suites.sh would write.
suites()
{
	local line

	expect 0 "$root/cmake/setup/suites.sh" --print
	for line; do
		grep -qxF -e "$line" stdout || { cat stdout; fail "would not write: $line"; }
	done
}

release debian bookworm
expect 2 "$root/cmake/setup/suites.sh" --print
said "apt has no source for bookworm"

cat >etc/sources.list <<'EOF'
# comment
deb [arch=amd64 signed-by=/keys/other.gpg] http://other.invalid/x bookworm-security main
deb [signed-by=/keys/one.gpg arch=amd64] http://one.invalid/debian bookworm main contrib
EOF
suites 'URIs: http://one.invalid/debian/' 'Signed-By: /keys/one.gpg' \
	'Suites: trixie trixie-backports' 'Pin: release n=trixie' 'Pin: release n=trixie-backports'
[ "$(grep -c 'Pin-Priority: 50$' stdout)" = 2 ] || fail "not every added suite is pinned low"

rm etc/sources.list
cat >etc/sources.list.d/debian.sources <<'EOF'
# Types: deb
Types: deb
URIs: http://sec.invalid/debian
Suites: bookworm-security
Components: main
Signed-By: /keys/sec.gpg

# A comment, and

Types: deb
URIs: http://two.invalid/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 /keys/two.gpg
 /keys/three.gpg
EOF
suites 'URIs: http://two.invalid/debian/' 'Signed-By:' ' /keys/two.gpg' ' /keys/three.gpg'

# What the user has added is the user's to rank.
sed -i 's/bookworm-updates/trixie/' etc/sources.list.d/debian.sources
suites 'Suites: trixie-backports'
[ "$(grep -c 'Pin-Priority: 50$' stdout)" = 1 ] || fail "the user's own suite was pinned"

release debian trixie
suites 'Suites: trixie-backports' 'URIs: http://two.invalid/debian/'
sed -i 's/trixie/trixie trixie-backports/' etc/sources.list.d/debian.sources
suites
! grep -q 'Suites:\|Priority: 50$' stdout || fail "a suite was added that is there"

release ubuntu noble
expect 2 "$root/cmake/setup/suites.sh" --print
said "'ubuntu noble'" "Debian 12 (bookworm) and Debian 13 (trixie)"
