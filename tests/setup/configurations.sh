#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# configurations.sh EL2FUZZ: EL2 of the tree with all checks of the kernel's own boots and passes a short run in every
# world: none of them stops it. Only its images are built, for the program that there is.
set -u
el2fuzz=$1
root=$(readlink -f "$(dirname "$0")/../..")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset EL2FUZZ_BUILD_DIR EL2FUZZ_CONFIGURATION

fail()
{
	echo "FAILED: $*" >&2
	cat "$dir/out" >&2
	exit 1
}

checks='el2-debug ubsan cfi'
if ! grep -q UBSAN_KVM_EL2 "$EL2FUZZ_LINUX/lib/Kconfig.ubsan"; then
	"$root/el2fuzz" --offline --linux "$EL2FUZZ_LINUX" --ubsan build el2fuzz-build-id 2>"$dir/out" &&
		fail "--ubsan is not refused"
	grep -q UBSAN_KVM_EL2 "$dir/out" || fail "--ubsan is refused without a reason"
	checks='el2-debug cfi'
fi
# shellcheck disable=SC2046,SC2086 # options
build=$("$root/el2fuzz" --offline --linux "$EL2FUZZ_LINUX" $(printf -- '--%s ' $checks) \
	build core/tree/include/tree.h hyp.elf pgtable.elf el2fuzz-build-id 2>"$dir/out") || fail "it does not build"
here=$(dirname "$el2fuzz")
cmp "$here/core/tree/include/tree.h" "$build/core/tree/include/tree.h" >"$dir/out" ||
	fail "it is not of the form that this program knows"
for what in $checks; do
	grep -qx "${what/-/_} 1" "$build/features" || fail "features has no $what"
done

# The program goes by what lies beside it.
cp "$el2fuzz" "$here/el2fuzz-runner" "$build"/{hyp.elf,pgtable.elf,build-id,features} "$dir"
for world in el2 pgtable; do
	"$dir/el2fuzz" run --world $world --core aarch64 --traces 200 --seed 1 --db "$dir/$world.db" >"$dir/out" 2>&1 ||
		fail "--world $world"
	grep -q '^0 findings' "$dir/out" || fail "--world $world: no word of findings"
done
