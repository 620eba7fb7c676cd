#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# No file of the project names a host that this machine's apt fetches from.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
command -v apt-get >/dev/null || skip "no apt here"

hosts=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
	sed -n 's|^[a-z+]*://\([^@/]*@\)\?\([^/:]*\).*|\2|p' | sort -u)
[ -n "$hosts" ] || skip "apt has no source"
cd "$root"
for host in $hosts; do
	! grep -rnF --exclude-dir=build --exclude-dir=.git -e "$host" . || fail "$host is named"
done
