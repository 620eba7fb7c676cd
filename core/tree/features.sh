#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# features.sh CC TREE TABLE: which features of core/features_table.h does TREE have? "NAME 1" or 0 for each.
set -eu
cc=$1 tree=$2 table=$3

printf '#include "%s"\nEL2FUZZ_FEATURES(F)\n' "$table" |
	"$cc" -E -P '-DF(name,file,regex,summary)=@ name file regex' -x c - | tr '@' '\n' |
	sed -n 's/^ *\([a-z0-9_]*\) "\([^"]*\)" "\([^"]*\)" *$/\1 \2 \3/p' |
while read -r name file regex; do
	if grep -Eqs -e "$regex" "$tree/arch/arm64/$file"; then has=1; else has=0; fi
	echo "$name $has"
done
