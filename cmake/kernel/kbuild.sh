#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kbuild.sh TREE OUT [OPTION...] [--nested]: let the tree's own Kbuild, in a configuration of those in the file
# of that name, make its EL2 objects in OUT: OUT/arch/arm64/kvm/hyp/nvhe/kvm_nvhe.o, and of the host kernel
# the page-table library (OUT/arch/arm64/kvm/hyp/pgtable.o) and, with --nested, the objects
# that nested.objects names, if the tree can nest. OUT/el2fuzz.nested says if it can. TREE is only read.
# Costs some 30 ms when nothing in TREE has changed since the last time.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"

target=arch/arm64/kvm/hyp/nvhe
host=arch/arm64/kvm/hyp/pgtable.o	# the same library, as the host kernel has it

[ $# -ge 2 ] || die "usage: kbuild.sh TREE OUT [OPTION...] [--nested]"
tree=$(readlink -f "$1") out=$(readlink -m "$2") options=" ${*:3} "

# What Kconfig is given: a line is one that it must accept, or several, of which it must accept one.
configuration()
{
	local option symbols symbol

	cat "$here/el2.config"
	while IFS='|' read -r option symbols _; do
		for symbol in $symbols; do
			if [[ $options == *" ${option// } "* ]]; then
				echo "CONFIG_${symbol//\//=y CONFIG_}=y"
			else
				# shellcheck disable=SC2086 # a list
				printf '# CONFIG_%s is not set\n' ${symbol//\// }
			fi
		done
	done < <(grep '^--' "$here/configurations")
}

[ -d "$tree" ] || die "$1: not a directory; --linux takes the top folder of a kernel tree"
grep -qs '^VERSION = ' "$tree/Makefile" ||
	die "$tree: not a Linux tree: it has no Makefile that starts with VERSION = ..."
[ -d "$tree/$target" ] ||
	die "$tree: this Linux tree has no $target, the code under test;" \
		"Linux 6.12 or later is needed"
case $tree$out in
*[[:space:]:]*)
	die "Kbuild cannot work in a path with a space or a colon: move" \
		"the tree ($tree) or the build folder ($out)" ;;
esac
for file in .config include/config arch/arm64/include/generated; do
	[ ! -e "$tree/$file" ] ||
		die "$tree: this tree is configured in place ($file is there), so the kernel" \
			"refuses to be built elsewhere. Run 'make mrproper' in it (this deletes" \
			"its .config and objects), or use a clean checkout:" \
			"git worktree add ../linux-el2fuzz"
done

# Where the tree knows VNCR_EL2 of a guest hypervisor.
can_nest='' nested=''
if grep -qs kvm_vcpu_allocate_vncr_tlb "$tree/arch/arm64/kvm/nested.c"; then
	can_nest=y
	[[ $options != *" --nested "* ]] || nested=$(sed '/^#/d;s/$/.o/' "$here/nested.objects" | tr '\n' ' ')
fi

stamp=$out/el2fuzz.done		# as old as the start of the last build that succeeded
busy=$out/el2fuzz.busy		# there while Kbuild is at work: it was killed, if there before
log=$out.log

# Everything the EL2 objects are made from, links followed. A folder counts too:
# its time is that of the last file that came or went.
inputs()
{
	local git

	git=$(git -C "$tree" -c safe.directory='*' rev-parse --git-path logs/HEAD 2>/dev/null) ||
		git=Makefile
	(cd "$tree" && find -L Makefile Kbuild Kconfig "$git" arch/Kconfig arch/arm64 include init \
		kernel lib mm scripts tools/include virt "$@" 2>/dev/null) || :
}
prune='-path arch/arm64/boot -prune -o -path scripts/dtc -prune -o'

# What else was made the last time, and is as new
objects=$out/el2fuzz.objects
[ -z "$nested" ] || [ "$nested" = "$(cat "$objects" 2>/dev/null)" ] || rm -f "$stamp"

# Another folder took the tree's place: dates say nothing then.
folder=$out/el2fuzz.folder
identity=$(stat -c '%i %W' "$tree")
[ ! -d "$out" ] || [ "$identity" = "$(cat "$folder" 2>/dev/null)" ] || rm -rf "$out"

# Inode times: they also see a file that was moved or copied in with its old date.
# shellcheck disable=SC2086 # a list
if [ -e "$stamp" ]; then
	changed=$(inputs $prune -cnewer "$stamp" -print -quit)
	[ -n "$changed" ] || exit 0
	# Make goes by dates, and would not see that file. Rare, so: all again.
	[ -z "$(inputs $prune -type f -cnewer "$stamp" ! -newer "$stamp" -print -quit)" ] ||
		rm -rf "$out"
fi
[ ! -e "$busy" ] || rm -rf "$out"

mkdir -p "$out" || die "cannot write in $out"
: >"$busy"		# its date becomes the stamp's
rm -f "$stamp"
say "building the EL2 objects of $tree (log: $log)"

# An environment of its own: a kernel developer's is full of variables that Kbuild
# obeys. The host tools run for seconds only, so they are not optimised, and nobody
# here needs the device tree compiler.
kmake()
{
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C \
		make -C "$tree" ARCH=arm64 LLVM=-19 O="$out" -j"$(nproc)" \
		HOSTCFLAGS=-O0 CONFIG_DTC= "$@" >>"$log" 2>&1 </dev/null
}

failed()
{
	rm -f "$busy"		# an orderly end: what is built can stay
	die_log "$log" "$tree: $1"
}

# Kconfig drops silently what a tree does not know or what depends on more.
check_config()
{
	local line symbol

	configuration | grep -E '^(# )?CONFIG_' | while read -r line; do
		symbol=${line#\# } symbol=${symbol%% *}
		case $line in
		\#*)	! grep -q "^$symbol=" "$out/.config" ;;
		*)	grep -qxF "${line// /$'\n'}" "$out/.config" ;;
		esac || { echo "*** Kconfig did not accept '$line'" >>"$log"; return 1; }
	done
}

: >"$log"
# One run of Kconfig in place of "make defconfig" and another for the fragments, and
# none (of 6 s) where nothing of the configuration has changed.
config=$(cat "$tree/arch/arm64/configs/defconfig" && configuration)
asked=$out/el2fuzz.config
if [ "$config" != "$(cat "$asked" 2>/dev/null)" ] ||
   [ -n "$(find "$tree" -name .git -prune -o -name 'Kconfig*' -newer "$asked" -print -quit)" ]; then
	rm -f "$asked"
	echo "${config//=y CONFIG_/=y$'\n'CONFIG_}" >"$out/.config"
	kmake olddefconfig || failed "cannot be configured"
	check_config || failed "cannot be configured as needed"
	echo "$config" >"$asked"
fi

# shellcheck disable=SC2086 # a list
kmake "$target/" "$host" $nested || failed "does not compile"
[ -s "$out/$target/kvm_nvhe.o" ] || failed "Kbuild made no $target/kvm_nvhe.o"
"$here/build-id.sh" "$tree" "$out" >>"$log" 2>&1 || failed "its build id cannot be written"
printf '%s' "$nested" >"$objects"
rm -f "$out/el2fuzz.nested"
[ -z "$can_nest" ] || : >"$out/el2fuzz.nested"
echo "$identity" >"$folder"
mv "$busy" "$stamp"
