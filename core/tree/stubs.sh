#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stubs.sh LINKER_SCRIPT OBJECT... > stubs.S
#
# The hypervisor's object refers to symbols of the kernel proper: alternative callbacks, static keys,
# host data. None of them is run or read at EL2 after the boot-time patching, which the loader does
# itself. Each becomes a stub: code that stops with its name, or zeroed data.
set -eu

script=$1
shift

# Symbols that are called, or named by an alternative as its callback, are code.
code=$(llvm-readelf-19 -rW "$@" | awk '
	/^Relocation section/ { alt = /altinstructions/; next }
	/R_AARCH64_(CALL|JUMP)26/ { print $5 }
	alt && /R_AARCH64_PREL32/ { print $5 }' | sort -u)

llvm-nm-19 --defined-only --format=just-symbols "$@" 2>/dev/null | sort -u > "${TMPDIR:-/tmp}/defined.$$"
trap 'rm -f "${TMPDIR:-/tmp}/defined.$$"' EXIT

echo '/* Made by core/tree/stubs.sh. */'
llvm-nm-19 --undefined-only --format=just-symbols "$@" 2>/dev/null | sort -u |
while read -r symbol; do
	grep -qxF "$symbol" "${TMPDIR:-/tmp}/defined.$$" && continue
	grep -qwF "$symbol" "$script" && continue
	if echo "$code" | grep -qxF "$symbol"; then
		printf '\t.text\n\t.globl %s\n%s:\n\tbrk #0x100\n' "$symbol" "$symbol"
	else
		printf '\t.bss\n\t.balign 64\n\t.globl %s\n%s:\n\t.space 4096\n' "$symbol" "$symbol"
	fi
done
