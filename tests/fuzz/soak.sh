#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# soak.sh BUILD SECONDS [OPTION...]: a campaign for so long, with OPTIONs of `el2fuzz fuzz` (two jobs, libFuzzer and
# AFL++); then Ctrl-C, and once more, kill -9. Prints how much memory each program had, and how that grew by a line
# fitted to its last three quarters; fails if processes stay or the database is not whole. Not one of the tests that
# ctest runs: it is as long as you say.
set -u
build=$(readlink -f "$1") seconds=$2 failed=0
shift 2
[ $# -gt 0 ] || set -- --engine libfuzzer,afl --jobs 2
dir=$(mktemp -d)
cd "$dir" || exit 2

# family PID: it and all that descend from it
family()
{
	local child

	echo "$1"
	for child in $(pgrep -P "$1"); do
		family "$child"
	done
}

# What each program holds by itself, in KB: seconds, program, KB
sample()
{
	local pid

	for pid in $(family "$1"); do
		awk -v at="$2" '/^Name:/ { name = $2 } /^RssAnon:/ { kb = $2 } END { if (kb) print at, name, kb }' \
			"/proc/$pid/status" 2>/dev/null
	done >>memory
}

start()
{
	setsid "$build/el2fuzz" fuzz --db soak.db "$@" >>out 2>&1 &
	pid=$!
	began=$SECONDS
}

check_whole()
{
	sleep 1
	if pgrep -f "el2fuzz-[a-z]* .*soak[.]db[.]work" >orphans; then
		echo "FAIL: $1 leaves processes: $(paste -sd' ' orphans)"
		failed=1
	fi
	if [ "$(sqlite3 soak.db 'PRAGMA integrity_check' 2>&1)" != ok ] ||
		[ -n "$(sqlite3 soak.db 'PRAGMA foreign_key_check' 2>&1)" ]; then
		echo "FAIL: $1 leaves a database that is not whole"
		failed=1
	fi
}

start "$@"
while [ $((SECONDS - began)) -lt "$seconds" ] && kill -0 $pid 2>/dev/null; do
	sample $pid $((SECONDS - began))
	sleep 5
done
kill -INT $pid 2>/dev/null
wait $pid
code=$?
[ $code -le 1 ] || failed=1
tail -n 2 out
echo "Ctrl-C: exit code $code"
check_whole Ctrl-C

echo '| program | MB at a quarter | MB at the end | growth, KB an hour |'
echo '|---|---|---|---|'
awk -v from=$((seconds / 4)) '
	{ kb[$1, $2] += $3; at[$1]; name[$2] }
	END {
		for (n in name) {
			count = x = y = xx = xy = 0
			first = last = -1
			for (t in at) if (t + 0 >= from && (t, n) in kb) {
				count++; x += t; y += kb[t, n]; xx += t * t; xy += t * kb[t, n]
				if (first < 0 || t + 0 < first + 0) first = t
				if (t + 0 > last + 0) last = t
			}
			if (count > 2 && count * xx > x * x)
				printf "| %s | %.1f | %.1f | %.0f |\n", n, kb[first, n] / 1024,
					kb[last, n] / 1024, 3600 * (count * xy - x * y) / (count * xx - x * x)
		}
	}' memory | sort

start "$@"
sleep 20
sample $pid 0
kill -KILL $pid
wait $pid 2>/dev/null
check_whole 'kill -9'
"$build/el2fuzz" findings --db soak.db --runs
"$build/el2fuzz" findings --db soak.db
echo "all of it is in $dir"
exit $failed
