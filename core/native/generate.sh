#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# generate.sh KBUILD TREE ABSENT GENERATED
#
# Writes what the shims take from the user's tree, and fails where the tree is not of the form that
# these rewrites expect:
#
#  - asm/tlbflush.h, with its one macro that makes a TLBI instruction calling the harness instead: the
#    header's inline functions use it, so no redefinition behind it would reach them;
#  - asm/kvm_host.h, with its push and pop of a memcache also known to the sanitizers;
#  - sysreg_names.h, which encoding each register's assembler name has;
#  - absent.h, the encodings of the registers that the machine has not, by the patterns in ABSENT.
set -eu

kbuild=$1 tree=$2 absent=$3 generated=$4
here=$(dirname "$(readlink -f "$0")")

fail()
{
	echo "native/generate.sh: $*" >&2
	exit 2
}

final=$generated generated=$generated.new
mkdir -p "$final/asm" "$generated/asm"
tlbflush=$tree/arch/arm64/include/asm/tlbflush.h
[ "$(grep -c '^#define __tlbi(op, \.\.\.)' "$tlbflush")" = 1 ] ||
	fail "$tlbflush does not define __tlbi(op, ...) on one line, once"
sed 's/^#define __tlbi(op, \.\.\.).*/#define __tlbi(op, ...) el2fuzz_tlbi(#op, (el2fuzz_u64)(0, ##__VA_ARGS__))/' \
	"$tlbflush" > "$generated/asm/tlbflush.h"

# What is pushed to and popped from a memcache is told to the sanitizers: behind each definition, on its
# last line, comes one that takes its name.
kvm_host=$tree/arch/arm64/include/asm/kvm_host.h
for name in push pop; do
	[ "$(grep -c "^static inline .*[ *]${name}_hyp_memcache(struct kvm_hyp_memcache \*mc,\$" "$kvm_host")" = 1 ] ||
		fail "$kvm_host does not define ${name}_hyp_memcache(struct kvm_hyp_memcache *mc, ...)"
done
{
	echo "# 1 \"$kvm_host\""
	sed '
	/^static inline .*push_hyp_memcache(/,/^}/ {
		s/push_hyp_memcache/el2fuzz_tree_&/
		s/^}/& EL2FUZZ_PUSH_HYP_MEMCACHE/
	}
	/^static inline .*pop_hyp_memcache(/,/^}/ {
		s/pop_hyp_memcache/el2fuzz_tree_&/
		s/^}/& EL2FUZZ_POP_HYP_MEMCACHE/
	}' "$kvm_host"
} > "$generated/asm/kvm_host.h"

# All macros of the tree's <asm/sysreg.h>, as the hypervisor sees them.
line=$(sed -n '1{s/^[^=]*:= //;s/ -Wp,-MMD,[^ ]*//;s/ -c -o .*//;p;}' \
	"$kbuild/arch/arm64/kvm/hyp/nvhe/.mem_protect.nvhe.o.cmd")
macros=$(cd "$kbuild" && echo '#include <asm/sysreg.h>' | eval "$line -E -dM -x c -")
names=$(printf '%s\n' "$macros" |
	sed -nE 's/^#define (SYS_[A-Z0-9_]+) (__)?(sys_reg|SYS_).*/\1/p' | sort -u)
[ "$(printf '%s\n' "$names" | wc -l)" -gt 300 ] ||
	fail "$tree: <asm/sysreg.h> does not define SYS_<register> by sys_reg()"

{
	echo '/* Made by core/native/generate.sh from the tree'"'"'s <asm/sysreg.h>. */'
	printf '%s\n' "$names" | awk '{
		name = substr($1, 5)
		print "#define EL2FUZZ_SYSREG_" tolower(name) " " $1
		print "#define EL2FUZZ_SYSREG_" name " " $1
	}'
	# SYS_PMEVCNTRn_EL0(n) is a family: pmevcntr0_el0, ...
	printf '%s\n' "$macros" |
		sed -nE 's/^#define SYS_([A-Z0-9]+)n_(EL[0-9])\([a-z]+\) .*/\1 \2/p' | sort -u |
		awk '{
			for (i = 0; i < 32; i++)
				printf "#define EL2FUZZ_SYSREG_%s%d_%s SYS_%sn_%s(%d)\n",
					tolower($1), i, tolower($2), $1, $2, i
		}'
	# What the tree knows by assembler name only.
	cat "$here/sysreg_extra.h"
} > "$generated/sysreg_names.h"

# "PATTERN...  # why": shell patterns of SYS_ names.
sed 's/#.*//' "$absent" | tr -s ' \t' '\n' | while read -r pattern; do
	[ -n "$pattern" ] || continue
	# shellcheck disable=SC2254 # it is a pattern
	printf '%s\n' "$names" | while read -r name; do
		case $name in $pattern) echo "$name," ;; esac
	done
done > "$generated/absent.h"

# What has not changed keeps its date: most edits of the tree change none of it.
for file in asm/tlbflush.h asm/kvm_host.h sysreg_names.h absent.h; do
	cmp -s "$generated/$file" "$final/$file" || mv "$generated/$file" "$final/$file"
done
rm -r "$generated"
