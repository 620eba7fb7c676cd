#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# engines.sh BUILD: campaigns of engines find, store, stop, go on, and say what is wrong.
set -u
build=$1 failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mkdir none

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

# says NAME PATTERN: and this as well
says()
{
	if grep -q -- "$2" out; then
		echo "ok: $1"
	else
		echo "FAIL: $1: no '$2' in:"
		sed 's/^/    /' out
		failed=1
	fi
}

# start DB PATTERN: a campaign, until it has printed that
start()
{
	"$build/el2fuzz" fuzz --db "$1" --seed 1 --known none >"$1.out" 2>&1 &
	pid=$!
	for _ in $(seq 600); do
		! grep -q "$2" "$1.out" || return
		sleep 0.1
	done
	echo "FAIL: no '$2' in 60 s:"
	cat "$1.out"
	failed=1
}

# stop DB: by Ctrl-C
stop()
{
	kill -INT $pid
	wait $pid
	got=$?
	orphans "$1"
}

orphans()
{
	sleep 0.3
	if pgrep -f "el2fuzz-[a-z]* .*$1[.]work" >orphans; then
		echo "FAIL: $1 left processes behind: $(paste -sd' ' orphans)"
		failed=1
	fi
}

start a.db '^finding'
stop a.db
if [ $got != 1 ] || ! grep -q '^[1-9][0-9]* findings, 0 known' a.db.out; then
	echo "FAIL: Ctrl-C ends with $got, and:"
	cat a.db.out
	failed=1
fi
check 'what engines find is stored' 0 '^ *1 ' "$build/el2fuzz" findings --db a.db
check 'and replays' 1 '^FAIL: ' "$build/el2fuzz" replay --db a.db 1
check 'how it was getting on is stored' 0 '^[0-9]*,[0-9]*,[1-9][0-9]*,[0-9]' \
	"$build/el2fuzz" findings --db a.db --samples 1
check 'a run without samples is named' 2 'no samples of run 7' \
	"$build/el2fuzz" findings --db a.db --samples 7
check 'another machine takes it in' 0 '^merged a.db: [1-9][0-9]* findings, 1 runs' \
	"$build/el2fuzz" findings --db all.db --merge a.db
check 'runs are listed' 0 '^ *1 20.* native ' "$build/el2fuzz" findings --db all.db --runs
check 'nothing else is taken in' 2 'not a database' \
	"$build/el2fuzz" findings --db all.db --merge "$build/hyp.elf"

start b.db '^finding'
kill -KILL $pid
wait $pid 2>/dev/null
orphans b.db
found=$(grep -c '^finding' b.db.out)
had=$(find b.db.corpus -type f | wc -l)
start b.db '^run 2: '
stop b.db
if grep -q '^so far: 1 runs, ' b.db.out; then
	echo "ok: after kill -9 it goes on, and says where it was"
else
	echo "FAIL: after kill -9 it does not go on:"
	cat b.db.out
	failed=1
fi
if grep '^finding 1:' b.db.out; then
	echo "FAIL: it found the same again"
	failed=1
fi
check 'and nothing is lost' 0 . "$build/el2fuzz" findings --db b.db
if [ "$(grep -c '^ *[0-9]' out)" -lt "$found" ] || [ "$(find b.db.corpus -type f | wc -l)" -lt "$had" ]; then
	echo "FAIL: kill -9 lost something"
	failed=1
fi

start s.db '^minimised: [0-9]* ops -> [0-9]*$'
stop s.db
check 'random runs in the same way' 0 '^0 findings' \
	"$build/el2fuzz" fuzz --db r.db --engine random --time 1
if [ -x "$build/el2fuzz-afl" ]; then
	check 'afl does' 0 '^[1-9][0-9]* traces' \
		"$build/el2fuzz" fuzz --db l.db --engine afl --time 4
	orphans l.db
	check 'in the page-table world, too' 0 '^[1-9][0-9]* traces' \
		"$build/el2fuzz" fuzz --world pgtable --db lp.db --engine afl --time 4
fi
check 'so does libfuzzer there' 0 '^[1-9][0-9]* traces' \
	"$build/el2fuzz" fuzz --world pgtable --db p.db --engine libfuzzer --time 2
if "$build/el2fuzz" run --world nested --traces 1 --db n.db 2>&1 | grep -q 'this build has no core'; then
	echo "not tried: the nested world, which this tree has not"
else
	check 'and in the nested world' 0 '^[1-9][0-9]* traces' bash -c \
		'"$0" fuzz --world nested --db n.db --time 2; [ $? -le 1 ]' "$build/el2fuzz"
fi

# A corpus as text, and back.
check 'a corpus is exported as text' 0 '^exported [1-9]' "$build/el2fuzz" corpus export r.db.corpus text
check 'and imported' 0 '^imported [1-9]' "$build/el2fuzz" corpus import again text
if ! diff <(ls r.db.corpus) <(ls again); then
	echo "FAIL: it is another one"
	failed=1
fi
mkdir junk
head -c 3000 /dev/urandom >junk/noise
: >junk/empty
truncate -s 100M junk/large
mkdir junk/folder
printf '# el2fuzz trace 1 world=el2\nhost_load\n' >junk/bad.trace
check 'junk is imported' 0 '^imported 2 ' "$build/el2fuzz" corpus import again junk
says 'what is too large is named' 'large: left out'
says 'a bad trace is named' 'bad.trace:2:10: .*left out'
check 'a corpus of junk is fuzzed' 0 '^0 findings' \
	"$build/el2fuzz" fuzz --db j.db --corpus junk --time 1
chmod -R a+rwX . "$dir"
if ! [ -r junk/large ] || setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	: >junk/secret
	chmod 000 junk/secret
	ln -s nowhere junk/dangling
	mkdir -m 777 theirs
	check 'so is one with files that cannot be read' 0 '^0 findings' \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$build/el2fuzz" fuzz --db theirs/u.db --corpus junk --time 1
	says 'they are named' 'junk/secret: left out: Permission denied'
	says 'and those that are not there' 'junk/dangling: left out: No such file'
	rm -f junk/secret junk/dangling
fi
check 'a corpus is merged' 0 '' "$build/el2fuzz" corpus merge small again
check 'a corpus is minimised' 0 '^kept [1-9]' "$build/el2fuzz" corpus minimise again
check 'the old one is not lost' 2 'again.old is in the way' "$build/el2fuzz" corpus minimise again

check 'a corpus that is a file is refused' 2 'a.db: Not a directory' \
	"$build/el2fuzz" fuzz --db x.db --corpus a.db
check 'an unknown engine lists the others' 2 'random libfuzzer afl' \
	"$build/el2fuzz" fuzz --engine warp
check 'two campaigns do not share a folder' 2 'another campaign' \
	flock a.db.work/lock "$build/el2fuzz" fuzz --db a.db --time 1

# Targets that do not do what they should, beside a copy of the program.
mkdir bin
cp "$build/el2fuzz" bin
ln -s "$build/features" bin
other=("--runner=$build/el2fuzz-runner" "--image=$build/hyp.elf" "--build-id-file=$build/build-id")
check 'a missing target is named' 2 'bin/el2fuzz-libfuzzer: No such file' \
	bin/el2fuzz fuzz "${other[@]}" --db m.db --time 1
printf '#!/bin/sh\necho out of luck\nexit 1\n' >bin/el2fuzz-libfuzzer
chmod +x bin/el2fuzz-libfuzzer
check 'a target that dies at start is named' 2 'libfuzzer0 ends as soon as it is started' \
	bin/el2fuzz fuzz "${other[@]}" --db m.db
says 'with what it said' 'out of luck'
cat >bin/el2fuzz-libfuzzer <<'END'
#!/bin/sh
[ -e once ] || echo >"${1#-artifact_prefix=}oom-1"
: >once
sleep 100
END
check 'a death of the target is a finding' 1 'harness, .*target oom' \
	bin/el2fuzz fuzz "${other[@]}" --db h.db --time 2
# One that is killed has only what it was at: a number of traces, a size, and that trace.
cat >bin/el2fuzz-libfuzzer <<'END'
#!/bin/sh
[ ! -e twice ] || exec sleep 100
: >twice
{
	printf '\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0'
	head -c 4096 /dev/zero
} >"$EL2FUZZ_UNDER_WAY"
kill -KILL $$
END
check 'one that is killed is a finding' 1 'harness, .*target death' \
	bin/el2fuzz fuzz "${other[@]}" --db k.db --time 2
exit $failed
