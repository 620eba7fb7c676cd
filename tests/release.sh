#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# release.sh [--time SECONDS] [DIR|PACKAGE]...: does a new kernel release do? Without names, the newest
# linux-source package that apt has. For each: what does not build, and why; which hypercalls are not modelled;
# which features it has that the best known release has not, and the other way; what a minute of fuzzing finds in
# each world.
# Exit code: 0 all do, 1 something was found, 2 something does not build.
set -u
here=$(dirname "$(readlink -f "$0")")
root=$here/..
seconds=60 trees=() worst=0
while [ $# -gt 0 ]; do
	case $1 in
	--time)	seconds=$2; shift ;;
	*)	trees+=("$1") ;;
	esac
	shift
done
if [ ${#trees[@]} = 0 ]; then
	trees=("$(apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' | cut -d' ' -f1 | sort -V | tail -n 1)")
	[ -n "${trees[0]}" ] || { echo "apt has no linux-source package" >&2; exit 2; }
fi
known=$("$root/el2fuzz" build el2fuzz-machine) || exit 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fails()
{
	[ "$worst" -ge "$1" ] || worst=$1
}

for tree in "${trees[@]}"; do
	echo "== $tree"
	if ! build=$("$root/el2fuzz" --linux "$tree" build el2fuzz-machine); then
		fails 2
		continue
	fi
	"$build/el2fuzz" ops | grep '^not modelled' || :
	diff "$known/features" "$build/features" | sed -n 's/^< /    the default tree: /p; s/^> /    this tree: /p'
	for world in el2 pgtable nested; do
		"$build/el2fuzz" run --world $world --db "$dir/db" --time "$seconds" >"$dir/log" 2>&1
		case $? in
		0)	;;
		1)	fails 1 ;;
		*)	grep -q 'the tree lacks what it needs' "$dir/log" || fails 2 ;;
		esac
		echo "-- world $world"
		grep -E '^finding|^[0-9]+ traces|^[0-9]+ findings|^el2fuzz' "$dir/log"
		rm -f "$dir"/db*
	done
done
exit "$worst"
