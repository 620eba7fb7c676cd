#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compiles-for-arm64.sh NATIVE KBUILD TREE GENERATED: the shims also make a program of user space out of the
# tree's sources on an AArch64 build machine: it compiles, and no privileged instruction is left in it.
set -u
native=$1 kbuild=$2 tree=$3 generated=$4
nvhe=$kbuild/arch/arm64/kvm/hyp/nvhe
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export EL2FUZZ_MACHINE=aarch64

for name in mem_protect tlb switch; do
	"$native/compile.sh" "$kbuild" "$tree" "$generated" "$nvhe/.$name.nvhe.o.cmd" - "$dir/$name.o" || exit 1
done
"$native/compile.sh" "$kbuild" "$tree" "$generated" "$nvhe/.mem_protect.nvhe.o.cmd" \
	"$native/entry.c" "$dir/entry.o" || exit 1
! llvm-objdump-19 -d --no-show-raw-insn "$dir"/*.o |
	grep -P '^ *[0-9a-f]+:\s+(mrs|msr|tlbi|at|ic|dc|hvc|smc|eret|wfi|wfe)\b'
