#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# link.sh IMAGE_VA NOTHING_VA IMAGE OPTIONS OBJECT...
#
# Links an image of the nested world, native or AArch64. Each symbol that no object defines is given a page of its own, in
# which there is nothing: to read, write or call it is a fault whose address has its name.
set -eu

image_va=$1 nothing_va=$2 image=$3 options=$4
shift 4
here=$(dirname "$(readlink -f "$0")")

llvm-nm-19 --undefined-only --format=just-symbols "$@" 2>/dev/null | sort -u > "$image.wanted"
llvm-nm-19 --defined-only --format=just-symbols "$@" 2>/dev/null | sort -u > "$image.defined"
{
	printf 'EL2FUZZ_NESTED_IMAGE = %s;\nEL2FUZZ_NOTHING = %s;\n' "$image_va" "$nothing_va"
	comm -23 "$image.wanted" "$image.defined" | grep -v '^__real_' | while read -r symbol; do
		grep -qw "$symbol" "$here/image.lds" || echo "$symbol"
	done | awk '{ printf "%s = EL2FUZZ_NOTHING + %d;\n", $1, 4096 * NR }'
} > "$image.nothing.lds"

# shellcheck disable=SC2086 # several options
ld.lld-19 $options -static --no-dynamic-linker -z norelro -z noexecstack -z max-page-size=4096 -e 0 \
	-T "$image.nothing.lds" -T "$here/image.lds" -o "$image" "$@"
