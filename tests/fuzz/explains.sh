#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# explains.sh EL2FUZZ CORPUS: a known finding is explained down to the instruction, as JSON, as a selftest of the
# kernel, and in the debugger.
set -u
el2fuzz=$1 corpus=$2
trace=$corpus/known/force-reclaim-of-hyp-text.trace
failed=0

# has NAME PATTERN COMMAND...
has()
{
	local name=$1 pattern=$2 out

	shift 2
	out=$("$@" 2>&1 </dev/null)
	if ! grep -q -- "$pattern" <<<"$out"; then
		echo "FAIL: $name: no '$pattern' in:"
		tail -n 20 <<<"$out" | sed 's/^/    /'
		failed=1
	fi
}

has 'the instruction that fails is shown' '^ *[0-9a-f]*  d4210000  brk #0x800$' \
	"$el2fuzz" replay --core aarch64 --trace "$trace"
has 'so is its line' '^ *host_stage2_decode_gfn_meta (arch/arm64/kvm/hyp/nvhe/mem_protect.c:[0-9]*)$' \
	"$el2fuzz" replay --core aarch64 --trace=0 "$trace"
has 'of another step, nothing is shown' '^FAIL: bug' "$el2fuzz" replay --core aarch64 --trace=1 "$trace"
! "$el2fuzz" replay --core aarch64 --trace=1 "$trace" | grep -q brk || failed=1
digest=$("$el2fuzz" replay --core aarch64 "$corpus/seeds/protected-vm.trace" | sed -n 's/^digest //p')
has 'looking on changes nothing' "^digest $digest" \
	"$el2fuzz" replay --core aarch64 --trace "$corpus/seeds/protected-vm.trace"

has 'a step is an object' \
	'^{"step": 0, "op": "force_reclaim_guest_page", "args": {"phys": "[^"]*"}, "expected": "' \
	"$el2fuzz" replay --json "$trace"
has 'a change is an object' '"changes": \[{"page": "ram+0x10 (0x40010000)", "pages": 1, "change": "host OWNED -> SHARED_OWNED' \
	"$el2fuzz" replay --json "$corpus/seeds/share-unshare.trace"
if command -v python3 >/dev/null; then
	for t in "$trace" "$corpus/seeds/protected-vm.trace"; do
		"$el2fuzz" replay --json --core aarch64 --trace=0 "$t" | python3 -c '
import json, sys
for line in sys.stdin: json.loads(line)' || { echo "FAIL: $t is told in no JSON"; failed=1; }
	done
fi

has 'a transition is one of the selftest' \
	'^	assert_transition_res(0,	__pkvm_host_share_hyp, pfn);$' \
	"$el2fuzz" show --as selftest "$corpus/seeds/share-unshare.trace"
has 'its state is that of the model' '^	selftest_state.hyp = PKVM_PAGE_SHARED_BORROWED;$' \
	"$el2fuzz" show --as selftest "$corpus/seeds/share-unshare.trace"

if command -v gdb >/dev/null && [ -e "$(dirname "$el2fuzz")/hyp-native.elf" ]; then
	printf '%s\n' 'break host_stage2_decode_gfn_meta' continue 'backtrace 1' kill quit |
		DEBUGINFOD_URLS='' "$el2fuzz" replay --gdb "$trace" >out.gdb 2>&1
	grep -q 'mem_protect.c:[0-9]*' out.gdb ||
		{ echo 'FAIL: gdb does not stop in the tree'; tail -n 20 out.gdb; failed=1; }
	rm -f out.gdb
fi
exit $failed
