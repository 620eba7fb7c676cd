#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bisects.sh EL2FUZZ TREE FAKE-RUNNER BUILD: `git bisect run el2fuzz replay ID` finds the commit that a finding
# comes from, goes around one that does not compile, and does not mind that lines move. The tree is a toy, as
# that of verdicts.sh.
# shellcheck disable=SC2317 # called by check
# shellcheck source=tests/gate/lib.sh
. "$(dirname "$0")/lib.sh"
el2fuzz=$1 tree=$dir/toy build=$4 here=$root/tests/gate
export FAKE_RUNNER=$3 FAKE_BUILD_ID=$build/build-id

# commit SUBJECT SED-SCRIPT: of mm/a.c
commit()
{
	sed -i "$2" "$tree/mm/a.c"
	git -C "$tree" commit -qam "$1"
}

mkdir none
make_tree "$tree"
git -C "$tree" init -q -b main
git -C "$tree" add -A
git -C "$tree" commit -qm base
commit 'a harmless one' '7s/.*/seven/'
commit 'harmless, too' '30s/.*/thirty/'
commit 'does not compile' '7s/.*/does not compile/'
commit 'compiles again' '7s/.*/seven/'
commit 'drop a check' '7s/.*/FAKE_FIND=host_share_hyp/'
commit 'one line more' '1i one line more'

# What the launcher does for `replay`: exit code 125 where the tree cannot be built.
cat >replay <<EOT
#!/bin/bash
built=\$("$here/stand-in.sh" --linux "$tree" build 2>>"$dir/why") || exit 125
exec "$el2fuzz" replay --db "$dir/x.db" --runner "\$built/el2fuzz-runner" --build-id-file "\$built/build-id" "\$@"
EOT
chmod +x replay

built=$("$here/stand-in.sh" --linux "$tree" build)
check 'the last commit fails' 1 '^finding 1: return' "$el2fuzz" run --db x.db --runner "$built/el2fuzz-runner" \
	--build-id-file "$build/build-id" --known "$dir/none" --traces 20 --seed 1

git -C "$tree" bisect start main main~6 >/dev/null 2>&1
check 'git bisects' 0 'is the first .*bad commit' git -C "$tree" bisect run "$dir/replay" 1
check 'the commit is found' 0 '^drop a check$' git -C "$tree" log -1 --format=%s refs/bisect/bad
check 'what does not compile was skipped' 0 'does not compile' cat why
git -C "$tree" bisect log | grep -q 'skip:.*does not compile' || { echo 'FAIL: it was not skipped'; failed=1; }
exit $failed
