#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# locks-are-checked.sh EL2FUZZ BUILD: each way to use a lock wrongly is noticed by the native core. The image is
# linked again with one file of the tree broken by a rule of corpus/mutants; what Ninja would run says how.
set -u
el2fuzz=$1 build=$2
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
tree=$(sed -n 's/^EL2FUZZ_LINUX:PATH=//p' "$build/CMakeCache.txt")

die()
{
	echo "locks-are-checked.sh: $*" >&2
	exit 1
}

# command_for TARGET: what makes it
command_for()
{
	ninja -C "$build" -t commands "$1" | tail -n 1 | sed 's/ && [^&]*cmake_transform_depfile.*//'
}

# break_image RULE IMAGE FOLDER: an image like IMAGE, whose objects are in FOLDER, with one file broken
break_image()
{
	file=$(sed -n 's/^file: *//p' "$1")
	name=$(basename "$file" .c)
	object=$3$name.o
	"$root/cmake/mutants/rule.sh" "$tree" "$1" >patch || exit 1
	patch -s -o "$dir/$name.c" "$tree/$file" patch || die "$1: is no patch"
	command_for "core/native/$object" |
		sed "s, - [^ ]*/$object , $dir/$name.c $dir/$name.o ," >compile
	command_for "$2" | sed "s, $object , $dir/$name.o ,; s,$2.work/,$dir/,g; s,[^ ]*/$2\$,$dir/$2," >link
	sh compile >log 2>&1 && sh link >>log 2>&1 || die "$1: $(cat log)"
}

# fires RULE IMAGE FOLDER CORE SEED FINDING
fires()
{
	local rule=$root/corpus/mutants/$1.mutant

	if ! grep -qw "$(sed -n 's/^function: *//p' "$rule")" "$tree/$(sed -n 's/^file: *//p' "$rule")"; then
		echo "$1: the tree has no such function"
		return
	fi
	break_image "$rule" "$2" "$3"
	cp "$build/hyp.elf" .
	"$el2fuzz" replay --core "$4" --image "$dir/hyp.elf" "$root/corpus/seeds/$5.trace" >said 2>&1
	grep -m 1 "^FAIL: $6" said || die "$1: not \"$6\" but $(tail -n 3 said)"
}

fires share-keeps-lock hyp-native.elf '' native share-unshare 'hang, '
fires san-unlock-not-held hyp-native.elf '' native blocks 'sanitizer, .* unlock of a lock that is not held'
fires san-table-without-lock hyp-native-san.elf san/ native-san blocks 'sanitizer, .* table without its lock'
fires san-vmemmap-without-lock hyp-native-san.elf san/ native-san shared-with-guest \
	'sanitizer, .* vmemmap without host_mmu.lock'
fires san-vm-table-without-lock hyp-native-san.elf san/ native-san reserve-unreserve \
	'sanitizer, .* table without its lock'
