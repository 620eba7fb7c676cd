#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# gate.sh [-t SECONDS] [-l TREE] [NAME...]: make patches of a kernel tree by rules, and see what the gate says of each. A
# dropped check must fail, if it can matter, with a trace of a few ops; another error code is a change; a
# function that is renamed or moved is nothing. Prints a table. Exit 0: all as expected; 1: not so; 2: could not try. Takes half a
# minute for each patch.
set -u
root=$(dirname "$(dirname "$(readlink -f "$0")")")
nvhe=arch/arm64/kvm/hyp/nvhe

die()
{
	echo "gate.sh: $*" >&2
	exit 2
}

# Each of these writes the file $file of $tree, changed, to $1.

rename_a_function()
{
	file=$nvhe/mem_protect.c
	sed 's/\b__hyp_check_page_state_range\b/__hyp_check_range/' "$tree/$file" >"$1"
}

# Where it warns, a finding is known: by the place, which is another one now.
rename_where_it_warns()
{
	file=$nvhe/mem_protect.c
	sed 's/\bhost_stage2_decode_gfn_meta\b/host_stage2_gfn_of_meta/' "$tree/$file" >"$1"
}

# Two states are set under both locks: which comes first does not matter.
reorder_statements()
{
	file=$nvhe/mem_protect.c
	awk '/^int __pkvm_host_share_hyp\(/ { inside = 1 }
		inside && /__hyp_set_page_state_range\(/ { held = $0; next }
		{ print }
		held && /__host_set_page_state_range\(/ { print held; held = ""; inside = 0 }' \
		"$tree/$file" >"$1"
}

move_a_function()
{
	file=$nvhe/mem_protect.c
	awk '/^int __pkvm_host_unshare_hyp\(/ { held = 1 }
		held == 1 { text = text $0 "\n"; if (/^}/) held = 2; next }
		{ print }
		END { printf "\n%s", text }' "$tree/$file" >"$1"
}

# try VERDICT FUNCTION NAME
try()
{
	local verdict ops took

	name=$3 file=''
	if [ "$2" = mutant ]; then
		"$root/cmake/mutants/rule.sh" "$tree" "$root/corpus/mutants/$name.mutant" >"$work/$name.patch" || exit
	else
		"$2" "$work/new" || exit 2
		diff -u --label "a/$file" --label "b/$file" "$tree/$file" "$work/new" >"$work/$name.patch" &&
			die "$name: changes nothing"
	fi
	took=$(date +%s)
	"$root/el2fuzz" ${linux:+--linux "$linux"} gate --time "$seconds" --patch "$work/$name.patch" \
		>"$work/out" 2>"$work/err"
	[ $? -le 1 ] || die "$name: $(tail -n 3 "$work/err")"
	took=$(($(date +%s) - took))
	verdict=$(sed -n '$s/:.*//p' "$work/out")
	# The least of the traces
	ops=$(awk '/^    trace \(/ { n = 0; inside = 1; next }
		inside && /^        / { n++; next }
		inside { inside = 0; if (!least || n < least) least = n }
		END { print least + 0 }' "$work/out")
	printf '%-26s %-8s %-8s %4s %5s  %s\n' "$name" "$1" "$verdict" "$ops" "$took" \
		"$(grep -m1 -E '^(FAIL|CHANGED) ' "$work/out" | cut -d' ' -f2- | cut -c1-70)"
	if [ "$verdict" != "$1" ] || [ "$ops" -gt 8 ]; then
		wrong=$((wrong + 1))
		sed 's/^/    /' "$work/out"
	fi
}

seconds=10 linux=''
while getopts t:l:h option; do
	case $option in
	t)	seconds=$OPTARG ;;
	l)	linux=$OPTARG ;;
	*)	sed -n 's/^# \{0,1\}//; 3,8p' "$0"
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

build=$("$root/el2fuzz" ${linux:+--linux "$linux"} build) || die "the tree does not build"
tree=$(sed -n 's/^EL2FUZZ_LINUX:PATH=//p' "$build/CMakeCache.txt")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wrong=0
printf '%-26s %-8s %-8s %4s %5s  %s\n' patch expected verdict ops s first
while read -r verdict function name; do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	try "$verdict" "$function" "$name" </dev/null
done <<'PATCHES'
PASS rename_a_function rename
PASS rename_where_it_warns rename-where-it-warns
PASS reorder_statements reorder
PASS move_a_function move
CHANGED mutant check-wrong-errno
CHANGED mutant reclaim-wrong-errno
FAIL mutant share-no-host-check
PASS mutant share-no-hyp-check
FAIL mutant unshare-no-host-check
FAIL mutant donate-no-host-check
FAIL mutant reclaim-no-owner-check
FAIL mutant pin-no-host-check
FAIL mutant san-table-read-after-free
FAIL mutant san-vmemmap-without-lock
PATCHES
[ $wrong = 0 ]
