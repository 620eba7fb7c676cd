#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# strategies-are-priced.sh EL2FUZZ: bench --strategies counts what a page's unmap costs: with a reverse map
# some are precise, and take fewer walks; with and without L1's TLBIs. A tree that does not count the translations
# of VNCR_EL2 leaves each to "full". Other worlds have no strategies.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fail()
{
	echo "FAIL: $1"
	cat out
	exit 1
}

# value STRATEGY TLBIS FIELD
value()
{
	sed -n "s/.*\"strategy\": \"$1\", \"guest_tlbis\": $2,.*\"$3\": \([0-9]*\).*/\1/p" out
}

"$el2fuzz" bench --world nested --core native --strategies --json >out || fail "exit code $?"
for tlbis in true false; do
	(($(value full $tlbis events) == $(value revmap $tlbis events))) || fail "other events"
	(($(value full $tlbis precise_unmaps) == 0)) || fail "full is precise"
	(($(value revmap $tlbis unknown_inserts) > 0)) || fail "no UNKNOWN_IPA"
	if grep -qx 'counts_vncr 0' "$(dirname "$el2fuzz")/features"; then
		(($(value revmap $tlbis precise_unmaps) == 0)) || fail "VNCR_EL2 is forgotten"
		(($(value revmap $tlbis walks) == $(value full $tlbis walks))) || fail "other walks"
		continue
	fi
	(($(value revmap $tlbis precise_unmaps) > $(value revmap $tlbis full_unmaps))) ||
		fail "the reverse map is hardly ever precise"
	((2 * $(value revmap $tlbis walks) < $(value full $tlbis walks))) || fail "as many walks"
done

"$el2fuzz" bench --strategies --world el2 >out 2>&1
(($? == 2)) && grep -q 'world nested' out || fail "another world is not refused"
