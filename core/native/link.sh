#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# link.sh HYP_ELF HYP_VA_BASE CC IMAGE MAPPED OBJECT...
#
# Links the native image, with everything that has an address in the AArch64 image, HYP_ELF, and none in
# C at that address above HYP_VA_BASE. What the kernel proper defines becomes zeroed memory, as there.
set -eu

hyp=$1 base=$2 cc=$3 image=$4 mapped=$5
shift 5
here=$(dirname "$(readlink -f "$0")")
aarch64_base=$((1 << 47))
prefix=__kvm_nvhe_

# Bounds of sections, MAPPED, which is the host's, and code that C takes the address of.
llvm-nm-19 "$hyp" | while read -r value type name; do
	case $name in
	"$prefix"__hyp_*_start|"$prefix"__hyp_*_end|"$prefix"__per_cpu_start|"$prefix"__per_cpu_end) ;;
	"$prefix$mapped") ;;
	"$prefix"__hyp_*|"$prefix"__start_*|"$prefix"__stop_*) continue ;;
	"$prefix"*)
		case $type in T|t) ;; *) continue ;; esac ;;
	el2fuzz_image_end) ;;
	*)	continue ;;
	esac
	printf '%s %d\n' "${name#"$prefix"}" $((0x$value - aarch64_base + base))
done | sort > "$image.aarch64"

llvm-nm-19 --undefined-only --format=just-symbols "$@" 2>/dev/null | sort -u > "$image.wanted"
llvm-nm-19 --defined-only --format=just-symbols "$@" 2>/dev/null | sort -u > "$image.defined"
{
	printf 'EL2FUZZ_CODE_VA = %d;\n' $((base - (256 << 20)))
	# What the image's own script or the harness asks for, whoever else does.
	awk '$1 ~ /^__hyp_.*_(start|end)$|^__per_cpu_|^el2fuzz_image_end$/ { print $1 " = " $2 ";" }' \
		"$image.aarch64"
	comm -23 "$image.wanted" "$image.defined" | join - "$image.aarch64" |
		awk '$1 !~ /^__hyp_.*_(start|end)$|^__per_cpu_/ { print $1 " = " $2 ";" }'
} > "$image.addresses.lds"

comm -23 "$image.wanted" "$image.defined" | while read -r symbol; do
	grep -q "^$symbol = " "$image.addresses.lds" && continue
	grep -qw "$symbol" "$here/image.lds" && continue
	case $symbol in __sanitizer_cov_*|__real_*|__asan_unregister_globals) continue ;; esac
	printf '\t.bss\n\t.balign 64\n\t.globl %s\n%s:\n\t.space 4096\n' "$symbol" "$symbol"
done > "$image.stubs.S"
"$cc" "--target=${EL2FUZZ_MACHINE:-$(uname -m)}-linux-gnu" -c "$image.stubs.S" -o "$(dirname "$image")/stubs.o"

# Functions of the tree that an object of ours wraps; one that the tree has not leads nowhere.
options=$(sed -n 's/^__wrap_//p' "$image.defined" | while read -r name; do
	if grep -qx "$name" "$image.defined"; then
		echo "--wrap=$name"
	else
		echo "--defsym=__real_$name=EL2FUZZ_CODE_VA"
	fi
done)

# shellcheck disable=SC2086 # several options
ld.lld-19 $options -static --no-dynamic-linker -z norelro -z noexecstack -z max-page-size=4096 -e 0 \
	-T "$image.addresses.lds" -T "$here/image.lds" -o "$image" "$@" "$(dirname "$image")/stubs.o"
