#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# features.sh CC TREE KBUILD TABLE: which features of core/features_table.h does TREE have, as it is configured in
# KBUILD? "NAME 1" or 0 for each.
set -eu
cc=$1 tree=$2 kbuild=$3 table=$4

printf '#include "%s"\nEL2FUZZ_FEATURES(F)\n' "$table" |
	"$cc" -E -P '-DF(name,file,regex,summary)=@ name file regex' -x c - | tr '@' '\n' |
	sed -n 's/^ *\([a-z0-9_]*\) "\([^"]*\)" "\([^"]*\)" *$/\1 \2 \3/p' |
while read -r name file regex; do
	case $file in
	.config)	path=$kbuild/.config ;;
	*)		path=$tree/arch/arm64/$file ;;
	esac
	if grep -Eqs -e "$regex" "$path"; then has=1; else has=0; fi
	echo "$name $has"
done
