#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants-are-fitted.sh EL2FUZZ TREE: every rule of corpus/mutants changes one line of the tree that it is for, and
# what cannot be tried is refused with the reason.
set -u
el2fuzz=$1 tree=$2
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_CACHE_HOME=$dir/cache
failed=0

fail()
{
	echo "FAIL: $*"
	failed=1
}

# refused PATTERN ARGUMENT...: exit code 2, and why
refused()
{
	local pattern=$1

	shift
	"$el2fuzz" mutants "$@" >"$dir/out" 2>&1
	[ $? = 2 ] || fail "mutants $*: is not refused"
	grep -q -- "$pattern" "$dir/out" || fail "mutants $*: no '$pattern' in: $(cat "$dir/out")"
}

# Those of the newest tree, and those that say of older ones that they are for them
rules=
case $(basename "$tree") in
linux-source-7.3*) rules=$(grep -L '^tree: no' "$root"/corpus/mutants/*.mutant) ;;
linux-source-6.12*) rules=$(grep -l '^tree: no' "$root"/corpus/mutants/*.mutant) ;;
esac
for rule in $rules; do
	"$root/cmake/mutants/rule.sh" "$tree" "$rule" >"$dir/patch" 2>"$dir/err" ||
		fail "$(cat "$dir/err")"
	[ "$(grep -c '^+[^+]' "$dir/patch")" -le 1 ] || fail "$rule: changes several lines"
done

rule()
{
	printf 'name: %s\nfile: %s\nfunction: %s\nmatch: %s\nput:\nclass: state\nreason: test\n' "$@" >"$dir/$1.mutant"
}

file=arch/arm64/kvm/hyp/nvhe/mem_protect.c
rule no-file mm/none.c f x
rule no-function $file none x
rule no-match $file __pkvm_host_share_hyp 'no such text'
rule matches $file __pkvm_host_share_hyp 'ret'
rule no-regexp $file __pkvm_host_share_hyp '('
refused 'there is no rule nowhere' nowhere
refused 'no such line in a rule' "$(printf 'klass: x\n' >"$dir/x.mutant"; echo "$dir/x.mutant")"
refused 'give a number' --time soon
refused 'No such file' --rules "$dir/none"
mkdir "$dir/empty"
refused 'there are no rules in it' --rules "$dir/empty"
# One that cannot be tried does not keep the others from it.
refused '5 could not be tried' --rules "$dir" --jobs 2 no-file no-function no-match matches no-regexp
for why in "has no file mm/none.c" "defines no function none()" "matches 0 lines" "matches [0-9]* lines" \
	"is no regular expression"; do
	cat "$dir"/cache/el2fuzz/mutants/*/*.log | grep -q "$why" || fail "no log says '$why'"
done
exit $failed
