#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# asm-sites.sh IMAGE ALLOWED
#
# Looks at the asm statements that no shim covers, each a trap in IMAGE. One that ALLOWED does not name is
# an error; one that it says has no effect here is made a no-op.
set -eu

image=$1 allowed=$2

# Where .text is: address and offset in the file.
text=$(llvm-readelf-19 -SW "$image" | sed -n 's/^.* \.text *PROGBITS *//p')
va=$(echo "$text" | cut -d' ' -f1) offset=$(echo "$text" | cut -d' ' -f2)

# A trap, and what has the same length and does nothing: ud2 and xchg %ax,%ax; udf #0 and nop
case $(llvm-readelf-19 -h "$image" | sed -n 's/^ *Machine: *//p') in
*X86-64)	nop='\146\220' ;;
AArch64)	nop='\037\040\003\325' ;;
*)	echo "$image: of a machine that nobody has told of" >&2
	exit 2 ;;
esac

sites=$(llvm-objcopy-19 -O binary --only-section=.el2fuzz.asm "$image" - |
	od -An -v -w8 -tx8 | tr -d ' ')
status=0
for site in $sites; do
	# The innermost function, inlined or not, and its file without the folder
	place=$(llvm-symbolizer-19 --obj="$image" --functions=short --inlines "0x$site" |
		sed -n '1h;2{s/:[0-9]*:[0-9]*$//;s/.*\///;H;x;s/\n/ /;p;q;}')
	kind=$(sed -n "s/^$place \([a-z]*\).*/\1/p" "$allowed")
	case $kind in
	trap) ;;
	nothing)
		# shellcheck disable=SC2059 # these are bytes
		printf "$nop" | dd of="$image" bs=1 conv=notrunc status=none \
			seek=$((0x$site - 0x$va + 0x$offset)) ;;
	*)
		echo "inline assembly that no shim covers: ${place% *}() of ${place#* }; see $allowed" >&2
		status=1 ;;
	esac
done
exit $status
