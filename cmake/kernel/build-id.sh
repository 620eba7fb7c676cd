#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build-id.sh TREE OUT: write OUT/build-id, which says what OUT was built from:
# "key value" lines, the last one a hash of the others. No path, user, host or
# date enters it: the same code, configuration and compiler give the same id.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"
export GIT_OPTIONAL_LOCKS=0	# a user's tree is never written to

tree=$1 out=$2
cd "$tree"

git()
{
	command git -c safe.directory='*' -c core.quotePath=false "$@"
}

# Names and contents of the files named on stdin, NUL between; the name
# alone where there is no content, as of a deleted file.
hash_files()
{
	sort -z | while IFS= read -r -d '' file; do
		sha256sum -- "$file" 2>/dev/null || echo "no $file"
	done | sha256sum | cut -c1-16
}

# Without git: all that the objects can come from.
hash_sources()
{
	find -L Makefile arch/arm64 include kernel lib mm virt \
		-path arch/arm64/boot -prune -o -type f -print0 |
	sort -z | xargs -0 sha256sum -- | sha256sum | cut -c1-16
}

kernel_version()
{
	sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\|EXTRAVERSION\) = *//p' Makefile | head -n 4 |
		paste -sd. | sed 's/\.\([^.]*\)$/\1/'
}

print()
{
	echo "kernel $(kernel_version)"
	# Only a checkout of its own: a tree may lie in a folder of another.
	if [ "$(git rev-parse --show-prefix 2>/dev/null || echo no)" = '' ]; then
		echo "git $(git describe --always --abbrev=12 2>/dev/null)"
		changes=$( { git diff-index -z --name-only HEAD &&
			git ls-files -z --others --exclude-standard arch/arm64/kvm; } | hash_files)
		echo "changes $changes"
	else
		echo "sources $(hash_sources)"
	fi
	echo "config $(sha256sum <"$out/.config" | cut -c1-16)"
	echo "compiler $(clang-19 --version | head -n 1)"
}

text=$(print)
id=$(printf '%s\n' "$text" | sha256sum | cut -c1-16)
printf '%s\nid %s\n' "$text" "$id" >"$out/build-id.new"
# It is as old as what it says: what is made of it need not be made again.
if cmp -s "$out/build-id.new" "$out/build-id"; then
	rm "$out/build-id.new"
else
	mv "$out/build-id.new" "$out/build-id"
fi
