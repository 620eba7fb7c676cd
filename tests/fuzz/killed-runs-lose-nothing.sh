#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# killed-runs-lose-nothing.sh EL2FUZZ RUNNER: kill -9 a run 50 times at random moments; whatever it
# reported before must be in the database, with its trace.
set -u
el2fuzz=$1 runner=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
printf 'kernel 7.3\nid 0123456789abcdef\n' >build-id

# More kinds of findings than the runs get to, so that each run is killed while it is storing some.
export FAKE_FIND=host_store
for i in $(seq 50); do
	"$el2fuzz" run --runner "$runner" --image none --build-id-file build-id --seed "$i" \
		>"out.$i" 2>&1 &
	pid=$!
	sleep "0.$(printf %03d $((RANDOM % 150 + 10)))"
	kill -KILL $pid
	wait $pid 2>/dev/null
done

"$el2fuzz" findings >listed || exit 1

# Lines that were cut short were not reported.
grep -h '^finding .*el2fuzz replay [0-9]*$' out.* |
	sed 's/^finding \([0-9]*\)[^:]*: .* (\(.*\)) of trace [0-9]*: \(.*\);.*/\1 \2, \3/' |
	sort -u >reported
awk 'NR > 1 { print $1, $(NF - 2), $(NF - 1), $NF }' listed | sort -u >stored

echo "$(wc -l <reported) findings reported, $(wc -l <stored) stored"
if comm -23 reported stored | grep .; then
	echo "FAIL: reported, but lost"
	exit 1
fi
[ -s reported ] || { echo "FAIL: no run got to report anything"; exit 1; }

for id in $(cut -d' ' -f1 reported | shuf -n 5); do
	"$el2fuzz" replay --runner "$runner" --image none --build-id-file build-id "$id" >out 2>&1
	[ $? = 1 ] || { echo "FAIL: finding $id does not replay:"; cat out; exit 1; }
done
