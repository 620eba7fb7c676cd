#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# compile.sh KBUILD TREE GENERATED CMD SOURCE OBJECT [FLAG...]
#
# Compiles SOURCE for the build machine as Kbuild compiled what CMD, one of its .cmd files, is about:
# the same defines, headers and optimisation, behind the shims and what generate.sh has made. SOURCE
# "-" is the source that CMD itself names. Headers in the folders of $EL2FUZZ_SHIMS come before the shims.
set -eu

# shellcheck disable=SC2034 # eval uses them
kbuild=$1 tree=$2 generated=$3 cmd=$4 source=$5 object=$6
shift 6
here=$(dirname "$(readlink -f "$0")")
# shellcheck disable=SC2034
root=$(readlink -f "$here/../..")
# shellcheck disable=SC2034
shim=$here/shim

# "savedcmd_... := clang ... -Wp,-MMD,<dep> ... -c -o <object> <source> [; ...]"
line=$(sed -n '1{s/^[^=]*:= //;s/ *;.*//;s/ *$//;p;}' "$cmd")
case $line in
*clang*' -c -o '*.c) ;;
*)
	echo "native/compile.sh: $cmd: not in the form Kbuild writes" >&2
	exit 2
	;;
esac
[ "$source" != - ] || source=${line##* }

# What only means something to AArch64, or to a kernel: target, instructions, where the stack's guard
# is, and the kernel's own sanitizers. Warnings are the tree's business.
saved=$(printf '%s\n' "${line%% -c -o *}" | sed -E '
	s/ -Wp,-MMD,[^ ]*//
	s/ --target=[^ ]*//
	s/ -m(little-endian|general-regs-only|branch-protection=[^ ]*)//g
	s/ -mstack-protector-guard[^ ]*//g
	s/ -f(no-)?sanitize[^ ]*//g
	s/ -W[^ ]*//g
	s/ -fno-PIE//')

# The tree's sources are AArch64's whatever they are compiled for.
case ${EL2FUZZ_MACHINE:-$(uname -m)} in
x86_64)
	machine='--target=x86_64-linux-gnu -DEL2FUZZ_ON_X86_64 -U__x86_64__ -U__x86_64
		-D__aarch64__=1 -D__AARCH64EL__=1 -D__LP64__=1' ;;
aarch64)
	machine='--target=aarch64-linux-gnu -DEL2FUZZ_ON_AARCH64' ;;
*)
	echo "native/compile.sh: $(uname -m) is no machine that the shims know" >&2
	exit 2 ;;
esac

first=
for folder in ${EL2FUZZ_SHIMS-}; do
	first="$first -I$folder"
done

cd "$kbuild"
compiler=${saved%% *}
# The saved command is a shell command line, quotes included.
eval "$compiler $(echo $machine) $first \
	-I\"\$shim/changed\" -I\"\$shim/plain\" -I\"\$shim/nothing\" -I\"\$generated\" -I\"\$root\" \
	${saved#* } \
	-DEL2FUZZ_TREE_VGIC='\"$tree/arch/arm64/kvm/vgic/vgic.h\"' \
	-include \"\$shim/prelude.h\" -include \"\$shim/vgic.h\" \
	-ffile-prefix-map=\"\$root\"/=/el2fuzz/ -fPIE -fdirect-access-external-data -fno-stack-protector -w -ferror-limit=0 -Werror=implicit-function-declaration \
	-Wp,-MMD,\"\$object.d\" \"\$@\" -c -o \"\$object\" \"\$source\""

# Kbuild's own headers are named from its folder, where we are and whoever reads the list is not.
sed -i -E "s#(^|[[:space:]])(\./)?((arch|include)/)#\1$kbuild/\3#g" "$object.d"
