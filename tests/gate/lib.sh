# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# What tests of the gate's scripts share: a small tree, and checks. Sourced.
root=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
dir=$(mktemp -d)
trap 'cd /; umount "$dir/small" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export XDG_CACHE_HOME=$dir/cache GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
mkdir cache
failed=0

# check NAME EXIT-CODE PATTERN COMMAND...: the pattern must be in what the command prints.
check()
{
	local name=$1 code=$2 pattern=$3 got

	shift 3
	"$@" >out 2>&1 </dev/null
	got=$?
	if [ "$got" != "$code" ] || { [ -n "$pattern" ] && ! grep -q -- "$pattern" out; }; then
		echo "FAIL: $name: exit code $got instead of $code, or no '$pattern' in:"
		sed 's/^/    /' out
		failed=1
	else
		echo "ok: $name"
	fi
}

# same NAME DIR DIR: the two have the same files with the same contents, links followed.
same()
{
	if ! diff -r --exclude=.git "$2" "$3" >out; then
		echo "FAIL: $1:"
		sed 's/^/    /' out
		failed=1
	else
		echo "ok: $1"
	fi
}

# A tree of three files in two folders.
make_tree()
{
	mkdir -p "$1/mm/sub" "$1/virt"
	printf 'VERSION = 7\n' >"$1/Makefile"
	seq 1 40 >"$1/mm/a.c"
	seq 100 140 >"$1/mm/sub/b.c"
	seq 200 240 >"$1/virt/c.c"
}

# patch_of A B: what turns the tree A into B
patch_of()
{
	diff -urN --label "a/$3" --label "b/$3" "$1/$3" "$2/$3"
}
