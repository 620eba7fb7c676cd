#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# trees-are-compared.sh EL2FUZZ TREE COPY: `el2fuzz compare` of the tree that EL2FUZZ was built from, and of a copy in
# which one errno is another, tells that and nothing else; of a tree with itself, nothing.
set -u
el2fuzz=$1 tree=$2 copy=$3
root=$(readlink -f "$(dirname "$0")/../..")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
# What is built of the tree is good for its copy.
export EL2FUZZ_BUILD_DIR=${el2fuzz%/*}
failed=0

# check NAME EXIT-CODE PATTERN ARGUMENT...: the pattern must be in what compare prints.
check()
{
	local name=$1 code=$2 pattern=$3 got

	shift 3
	"$el2fuzz" compare "$@" >out 2>&1 </dev/null
	got=$?
	if [ "$got" != "$code" ] || ! grep -q -- "$pattern" out; then
		echo "FAIL: $name: exit code $got instead of $code, or no '$pattern' in:"
		sed 's/^/    /' out
		failed=1
	else
		echo "ok: $name"
	fi
}

file=arch/arm64/kvm/hyp/nvhe/mem_protect.c
sed 's/return -EBUSY;/return -EAGAIN;/' "$tree/$file" >edited.c
diff -u --label "a/$file" --label "b/$file" "$tree/$file" edited.c >edited.patch
"$root/cmake/gate/tree.sh" "$tree" "$copy" - "$dir/edited.patch" || exit 1

# A page that is pinned, and one that is not; a call by its number, which is never compared.
cat >pinned.trace <<'EOF'
# el2fuzz trace 1 world=el2
host_share_hyp pfn=ram+0x2
host_unshare_hyp pfn=ram+0x2
ffa_version version=0x10001
ffa_rxtx_map tx=ffa+0x0 rx=ffa+0x1000 pages=0x1
host_hvc id=0xc600001c a1=0x0 a2=0x0 a3=0x0
host_unshare_hyp pfn=ffa+0x0
host_unshare_hyp pfn=ffa+0x1
EOF
grep -v pfn=ffa pinned.trace >unpinned.trace
cat >told <<'EOF'
1 traces, 1 kinds of difference

host_unshare_hyp, of a page: host SHARED_OWNED, hyp SHARED_BORROWED, 2 times
    A: returned, x0 0x0, x1 -EBUSY
    B: returned, x0 0x0, x1 -EAGAIN
        # el2fuzz trace 1 world=el2
        ffa_version version=0x10000
        ffa_rxtx_map tx=ram+0x0 rx=ram+0x1000 pages=0x1
        host_unshare_hyp pfn=ram+0x0
EOF
check 'what differs is told, with the least trace' 1 '' --with "$copy" --trace pinned.trace
sed -n '/ traces, /,$p' out | diff told - || failed=1
check 'elsewhere they are alike' 0 '^1 traces, 0 kinds' --with "$copy" --trace unpinned.trace
check 'a tree is as itself' 0 ' 0 kinds of difference$' --with "$tree" --time 2

timeout --foreground -s TERM 5 "$el2fuzz" compare --with "$copy" --time 60 >out 2>&1
grep -q ' kinds of difference$' out || { echo 'FAIL: a signal loses what was seen'; failed=1; }

check 'one tree is not enough' 2 'names two$' --trace pinned.trace
check 'a tree that is not there is named' 2 '/nonexistent: ' --with /nonexistent
check 'a folder that is no tree is named' 2 "$dir: " --with "$dir"
check 'a trace that is not there is named' 2 'none.trace: No such file' --with "$copy" --trace none.trace
check 'a bad trace is named with its place' 2 'told:1:1: ' --with "$copy" --trace told
check 'a bad number is refused' 2 'give a number' --with "$copy" --time soon
check 'it tells what is left out' 0 'host_hvc' --help
exit $failed
