#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# compile.sh KBUILD CMD SOURCE OBJECT [FLAG...]
#
# Compiles SOURCE exactly as Kbuild compiled what CMD, one of its .cmd files, is about: same compiler,
# flags and headers, so that what we learn from the headers is what the hypervisor was built with.
set -eu

kbuild=$1 cmd=$2 source=$3 object=$4
shift 4
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")

[ -r "$cmd" ] || {
	echo "compile.sh: $cmd: not there; build the tree's EL2 objects first" >&2
	exit 2
}

# "savedcmd_... := clang ... -Wp,-MMD,<dep> ... -c -o <object> <source> [; ...]"
saved=$(sed -n '1{s/^[^=]*:= //;s/ *;.*//;s/ -Wp,-MMD,[^ ]*//;s/ -c -o [^ ]* [^ ]* *$//;p;}' "$cmd")
case $saved in
*clang*) ;;
*)
	echo "compile.sh: $cmd: not in the form Kbuild writes" >&2
	exit 2
	;;
esac

cd "$kbuild"
# The saved command is a shell command line, quotes included.
eval "$saved -Wp,-MMD,\"\$object.d\" -Wno-missing-prototypes -Wno-missing-declarations \
	-ffile-prefix-map=\"\$root\"/=/el2fuzz/ \"\$@\" -c -o \"\$object\" \"\$source\""

# Kbuild's own headers are named from its folder, where we are and whoever reads the list is not.
sed -i -E "s#(^|[[:space:]])(\./)?((arch|include)/)#\1$kbuild/\3#g" "$object.d"
