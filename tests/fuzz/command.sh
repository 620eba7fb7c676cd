#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# command.sh EL2FUZZ RUNNER: the command's exit codes, and what it prints, with a runner that has no
# kernel inside.
set -u
el2fuzz=$1 runner=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
printf 'kernel 7.3\nid 0123456789abcdef\n' >build-id
options=(--runner "$runner" --image none --build-id-file build-id)
failed=0

# check NAME EXIT-CODE PATTERN COMMAND...: the pattern must be in what the command prints.
check()
{
	local name=$1 code=$2 pattern=$3 got

	shift 3
	"$@" >out 2>&1 </dev/null
	got=$?
	if [ "$got" != "$code" ] || ! grep -q -- "$pattern" out; then
		echo "FAIL: $name: exit code $got instead of $code, or no '$pattern' in:"
		sed 's/^/    /' out
		failed=1
	else
		echo "ok: $name"
	fi
}

run()
{
	"$el2fuzz" run "${options[@]}" --seed 1 "$@"
}

# shellcheck disable=SC2120
finding()
{
	FAKE_FIND=unreserve_vm run --traces 20 "$@"
}

check 'no command shows the commands' 2 '  replay ' "$el2fuzz"
check 'help shows the commands' 0 '  replay ' "$el2fuzz" --help
check 'an unknown command lists the others' 2 'no command "frob"; there are' "$el2fuzz" frob
for command in run replay minimise gate findings show bench ops generate; do
	check "$command has help" 0 "Usage: el2fuzz $command" "$el2fuzz" $command --help
	check "$command refuses unknown options" 2 frobnicate "$el2fuzz" $command --frobnicate
done

check 'a run that finds nothing ends with 0' 0 '^0 findings, 0 known' run --traces 20
check 'a run that finds something ends with 1' 1 '^4 findings\|^[1-9][0-9]* findings' finding
check 'a reported finding says what and where' 1 \
	'^finding 1: return, step [0-9]* (unreserve_vm) of trace [0-9]*: fake ..; ' \
	finding --db new.db
check 'a reported finding says how to replay it' 1 '; el2fuzz replay --db other.db 1$' \
	finding --db other.db
check 'a run ends when its time is up' 0 '^0 findings' run --time 1
check 'a plain run prints its seed' 0 ', seed 0x' "$el2fuzz" run "${options[@]}" --traces 1
check 'SIGTERM ends a run with its summary' 0 '^0 findings' \
	sh -c '"$@" & sleep 0.5; kill -TERM $!; wait $!' sh \
	"$el2fuzz" run "${options[@]}" --db term.db
check 'a death of the runner is a finding' 1 'harness, .*runner SIGKILL' \
	env FAKE_DIE=reserve_vm "$el2fuzz" run "${options[@]}" --db die.db --traces 20 --seed 1
check 'a trace that gives another digest is a finding' 1 'digest, .*second run' \
	env FAKE_MOODY=host_load "$el2fuzz" run "${options[@]}" --db moody.db --traces 2048 --seed 1
check 'a runner that does not start ends with 2' 2 'asked to fail' \
	env FAKE_START=fail "$el2fuzz" run "${options[@]}" --traces 1
check 'a missing runner is named' 2 '/nonexistent: No such file' run --runner /nonexistent
check 'a bad number is refused' 2 'give a number' run --traces -1
check 'an unknown layout lists the others' 2 'small holes' run --layout round
check 'an unknown world lists the others' 2 'el2 pgtable' run --world flat
check 'an unknown core is refused' 2 'no core "z80"' run --core z80

check 'findings are listed' 0 'unreserve_vm, fake ' "$el2fuzz" findings
check 'a finding is shown with its trace' 0 '# el2fuzz trace 1 world=el2' "$el2fuzz" findings 1
check 'a finding is shown with its replay command' 0 'el2fuzz replay 1$' "$el2fuzz" findings 1
check 'a missing finding is refused' 2 'no finding 9999' "$el2fuzz" findings 9999
check 'a missing database is refused' 2 'no such database' "$el2fuzz" findings --db none.db

check 'a finding that is gone replays with 0' 0 '^pass: 1 steps' \
	"$el2fuzz" replay "${options[@]}" 1
check 'a finding replays as it was found' 0 '^pass: 64 steps' \
	"$el2fuzz" replay "${options[@]}" --original 1
check 'a finding that is there replays with 1' 1 '^FAIL: return, step' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" replay "${options[@]}" 1
check 'replay explains the steps' 0 '^ 63  ' "$el2fuzz" replay "${options[@]}" --original 1
check 'another finding than the stored one is said' 1 'not what was found then: return' \
	env FAKE_FIND=host_load "$el2fuzz" replay "${options[@]}" --original 1
check 'a finding is shown minimised' 0 '^    unreserve_vm handle=' "$el2fuzz" findings 1
check 'a run minimises what it finds' 1 '^minimised: 64 ops -> 1$' finding --db minimal.db
check 'a run need not minimise' 0 '^pass: 64 steps' bash -c \
	'FAKE_FIND=unreserve_vm "$@" --minimise 0 --db whole.db --seed 1 --traces 20 >/dev/null
	"$1" replay "${@:3}" --db whole.db 1' bash "$el2fuzz" run "${options[@]}"
check 'minimise prints a trace that says what it shows' 0 \
	'^# core aarch64, layout small, caps lse,fwb,xnx' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" minimise "${options[@]}" 1
grep -v 'ops -> ' out >minimal.trace
check 'what minimise prints replays' 1 '^FAIL: return, step 0 (unreserve_vm)' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" replay "${options[@]}" minimal.trace
check 'what does not fail is not minimised' 2 'does not fail here as it did\|does not fail here, so' \
	"$el2fuzz" minimise "${options[@]}" 1
check 'a tree that does not boot cannot be tested' 125 'asked to fail' \
	env FAKE_START=fail "$el2fuzz" replay "${options[@]}" 1
printf '# el2fuzz trace 1 world=el2\ntracing_load desc=0 size=0\n' >absent.trace
check 'a replay as JSON ends with its verdict' 1 \
	'^{"verdict": "finding", .*"class": "return", .*"found_as": "return unreserve_vm fake' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" replay "${options[@]}" --json 1
check 'a replay has no colour' 1 '^FAIL: return' sh -c \
	'FAKE_FIND=unreserve_vm "$@" >plain; code=$?; ! grep -q "$(printf "\033")" plain && cat plain; exit $code' \
	sh "$el2fuzz" replay "${options[@]}" 1
check 'instructions are of one core' 2 'use --core aarch64, or --gdb' \
	"$el2fuzz" replay "${options[@]}" --core native --trace minimal.trace
check 'gdb stops at a step that there is' 2 'the last step is 0' \
	"$el2fuzz" replay "${options[@]}" --gdb=7 minimal.trace
check 'a finding is shown as a mail' 0 '^Subject: \[BUG\] KVM: arm64: pKVM: unreserve_vm' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" show "${options[@]}" 1
check 'a mail says what to run' 0 '^    unreserve_vm handle=' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" show "${options[@]}" --as mail 1
check 'a finding is shown as a selftest' 0 'pkvm_ownership_selftest' \
	env FAKE_FIND=unreserve_vm "$el2fuzz" show "${options[@]}" --as selftest 1
printf '# el2fuzz trace 1 world=nested\nresched vcpu=0\n' >nested.trace
check 'a selftest is of the world el2' 2 'of transitions at EL2, .* nested' \
	"$el2fuzz" show "${options[@]}" --as selftest nested.trace
check 'a finding is shown as a trace' 0 '^# el2fuzz trace 1 world=el2' \
	"$el2fuzz" show "${options[@]}" --as trace 1
check 'a form that there is not lists the others' 2 'mail selftest trace' \
	"$el2fuzz" show "${options[@]}" --as html 1
check 'what does not fail is not reported' 2 'nothing to report' \
	"$el2fuzz" show "${options[@]}" minimal.trace
check 'a missing finding is not shown' 2 'no finding 9999' "$el2fuzz" show "${options[@]}" 9999
check 'minimise wants a trace' 2 'which trace' "$el2fuzz" minimise "${options[@]}"
check 'minimise refuses a bad trace' 2 'none.trace: No such file' \
	"$el2fuzz" minimise "${options[@]}" none.trace
"$el2fuzz" generate "${options[@]}" --seed 1 --index 3 >made.trace
check 'a generated trace replays' 0 '^pass: 64 steps' "$el2fuzz" replay "${options[@]}" made.trace
check 'generate makes the trace of the run' 0 '^ *host' "$el2fuzz" findings 1
sed -n '/^    # el2fuzz/,/^[a-z]/{/^[a-z]/q;s/^    //;p}' out >stored.trace
index=$(sed -n 's/^run: .* trace \([0-9]*\) .*/\1/p' out)
check 'the stored trace is the generated one' 0 same \
	sh -c '"$@" | cmp - stored.trace && echo same' sh \
	"$el2fuzz" generate "${options[@]}" --seed 1 --index "$index"
printf '# el2fuzz trace 1 world=el2\nhost_load\n' >bad.trace
check 'a bad trace is refused with its place' 2 'bad.trace:2:10: ' \
	"$el2fuzz" replay "${options[@]}" bad.trace
printf '# el2fuzz trace 1 world=pgtable\ns2_unmap addr=0 size=1\n' >other.trace
check 'a trace of another world is refused' 2 'of the world pgtable: leave out --world el2' \
	"$el2fuzz" replay "${options[@]}" --world el2 other.trace
check 'replay wants a trace' 2 'which trace' "$el2fuzz" replay "${options[@]}"

mkdir known
finding | sed -n 's/.*fake \(..\);.*/\1/p' | while read -r name; do
	printf 'return unreserve_vm fake %s\nThe fake does that.\n' "$name" >"known/$name.known"
done
check 'a finding of an earlier run is marked' 1 '^finding 1, seen before: ' finding
check 'known findings do not fail the run' 0 '^0 findings, [1-9]' finding --known known
check 'known findings are marked' 0 ' known ' "$el2fuzz" findings
check 'a missing folder of known findings is refused' 2 'nowhere' run --known nowhere

check 'ops are listed with what the tree has' 0 '^tracing_load *no ' "$el2fuzz" ops "${options[@]}"
check 'ops of another world are listed' 0 '^s2_annotate *? ' "$el2fuzz" ops --world pgtable --runner /nonexistent
check 'ops are listed without a runner' 0 '^host_share_hyp *? ' "$el2fuzz" ops --runner /nonexistent
check 'ops are a dictionary' 0 '^host_load="\\x01\\x01\(\\x00\)\{8\}"$' "$el2fuzz" ops --dict
check 'bench prints JSON' 0 \
	'^{"core": "aarch64", "bare_steps_per_s": [0-9]*, .*, "peak_rss_mb": [0-9.]*[,}]' \
	"$el2fuzz" bench "${options[@]}" --json

check 'two runs of a seed have the same digest' 0 'digest 0x' run --traces 200 --db a.db
grep digest out >first
check 'two runs of a seed have the same digest' 0 "$(cat first)" run --traces 200 --db b.db

check 'both cores are refused where there is one' 2 'no core native, which --core both needs' \
	run --core both
check 'a core of no build is refused' 2 'there are: aarch64 native native-fast native-san both' run --core z80

exit $failed
