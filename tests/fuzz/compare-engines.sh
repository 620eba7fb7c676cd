#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compare-engines.sh [-t SECONDS] [-s SEEDS] [-e ENGINES] [-o DIR] edges|breakages [RULE...]: which engine gets where
# first? Prints a table in Markdown.
#
#   edges      traces and seconds until 90 % of the edges are reached that the best run of all kept ones reached
#   breakages  traces and seconds until the breakage of each rule of corpus/mutants (12 of them) is found
#
# ENGINES: some of random, libfuzzer-code, libfuzzer, afl ("libfuzzer" is led by code and state). Medians over seeds
# 1 to SEEDS (5). What was measured is kept in DIR (build/compare): a run that was interrupted goes on, and one that
# has all only prints. Each run has one core. Seconds are those of the processor, so that other work disturbs little.
# Not one of the tests that ctest runs.
set -u
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
# shellcheck source=cmake/kernel/copy.sh
. "$root/cmake/kernel/copy.sh"

die()
{
	echo "compare-engines.sh: $*" >&2
	exit 2
}

# file_of RULE: what it edits, from the top of the tree
file_of()
{
	sed -n 's/^file:[[:space:]]*//p' "$root/corpus/mutants/$1.mutant"
}

# Those that take a run of the generator more than a moment, of all parts of the hypervisor
twelve=(donate-no-annotation share-guest-no-count reclaim-not-cleared unshare-guest-first-state-only
	vm-dying-is-loaded ffa-send-no-rollback ffa-frag-tx-no-rollback memcache-lost-on-teardown
	load-over-another psci-entry-no-context block-not-aligned put-keeps-reference)

seconds=600 seeds=5 engines='random libfuzzer-code libfuzzer afl' results=$root/build/compare
while getopts t:s:e:o:h option; do
	case $option in
	t)	seconds=$OPTARG ;;
	s)	seeds=$OPTARG ;;
	e)	engines=${OPTARG//,/ } ;;
	o)	results=$OPTARG ;;
	*)	sed -n 's/^# \{0,1\}//; 4,13p' "$0"
		[ "$option" = h ]
		exit $(($? * 2)) ;;
	esac
done
shift $((OPTIND - 1))
what=${1:-}
shift
case $what in
edges|breakages) ;;
*)	die "say edges or breakages" ;;
esac
mkdir -p "$results/$what" || die "cannot write in $results"
results=$(readlink -f "$results")

# campaign BUILD ENGINE SEED OPTION...: a campaign of one job, in the current folder
campaign()
{
	local build=$1 engine=$2 seed=$3 coverage=code,state

	shift 3
	[ "$engine" != libfuzzer-code ] || coverage=code
	"$build/el2fuzz" fuzz --engine "${engine%-*}" --jobs 1 --coverage $coverage --seed "$seed" \
		--minimise 0 --db c.db "$@"
}

# traces: how many the job has run
traces()
{
	od -A n -t u8 -N 8 c.db.work/*.at | tr -d ' '
}

# count_seconds: $taken is what the children that were waited for have taken of the processor
count_seconds()
{
	times >times
	taken=$(awk 'NR == 2 { gsub("[ms]", " "); print ($1 + $3) * 60 + $2 + $4 }' times)
}

# stamp PID: "#N ... cov: EDGES ..." of libFuzzer and random as lines of traces, seconds, edges
stamp()
{
	local line n edges stat ticks=0

	while IFS= read -r line; do
		[[ $line =~ ^'#'([0-9]+)[^:]*cov:\ ([0-9]+) ]] || continue
		n=${BASH_REMATCH[1]} edges=${BASH_REMATCH[2]}
		read -ra stat <"/proc/$1/stat" && ticks=$((stat[13] + stat[14]))
		echo "$n $ticks $edges"
	done 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" '
		{ $2 /= hz; last = $1 " " $2 " " ($3 > most ? $3 : most) }
		$3 > most { most = $3; print }
		END { print last }'
}

# taken_by PID: seconds of the processor that it, its children and theirs have taken
taken_by()
{
	local child stat taken=0

	read -ra stat 2>/dev/null <"/proc/$1/stat" && taken=$((stat[13] + stat[14] + stat[15] + stat[16]))
	for child in $(pgrep -P "$1"); do
		taken=$((taken + $(taken_by "$child")))
	done
	echo $taken
}

# afl SEED: a campaign of $seconds of the processor; $share is how much of the clock's time that was
afl()
{
	local pid taken=0 most=$((seconds * $(getconf CLK_TCK))) from=$EPOCHREALTIME

	campaign "$build" afl "$1" --corpus corpus --time $((seconds * 20)) >/dev/null &
	pid=$!
	while [ "$taken" -lt "$most" ] && kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
		taken=$(taken_by "$pid")
	done
	share=$(awk "BEGIN { print $taken / $(getconf CLK_TCK) / ($EPOCHREALTIME - $from) }")
	pkill -INT -P "$pid" el2fuzz || kill -INT "$pid"
	wait
}

# queue FOLDER: the same of what AFL++ kept: the edges of its traces that are as old as that. It tells the time by the
# clock, of which $share was its own.
queue()
{
	local part kept=("$1"/id:*) n

	mkdir part
	for part in 1 2 3 5 8 12 18 25 35 50 70 100; do
		n=$((${#kept[@]} * part / 100))
		[ $n -gt 0 ] || continue
		cp -u "${kept[@]:0:n}" part
		echo "$(basename "${kept[n - 1]}" |
			sed 's/.*,time:\([0-9]*\),execs:\([0-9]*\).*/\2 \1/' |
			awk "{ print \$1, \$2 / 1000 * $share }")" \
			"$("$build/el2fuzz-libfuzzer" -runs=0 part 2>&1 | sed -n 's/.*INITED cov: \([0-9]*\) .*/\1/p')"
	done
}

# found ENGINE SEED: an engine that ends before its time has found something, which is kept
found()
{
	local file

	for file in crash-* timeout-* oom-*; do
		[ -e "$file" ] || continue
		cp "$file" "$results/"
		echo "compare-engines.sh: $1, seed $2, ended early with a finding: $results/$file" >&2
	done
}

# measure_edges ENGINE SEED: lines of traces, seconds, edges
measure_edges()
{
	local coverage=code,state share

	case $1 in
	afl)	"$build/el2fuzz" generate --seed "$2" --index 0 >first.trace
		"$build/el2fuzz" corpus import corpus first.trace >/dev/null
		afl "$2"
		queue c.db.work/afl/afl0/queue ;;
	*)	mkdir corpus
		[ "$1" != libfuzzer-code ] || coverage=code
		exec 3< <(EL2FUZZ_COVERAGE=$coverage exec prlimit --cpu="$seconds" "$build/el2fuzz-${1%-*}" \
			-seed="$2" -max_len=4096 corpus 2>&1)
		stamp $! <&3
		found "$1" "$2" ;;
	esac
}

# Is finding $1 one of the unbroken tree, too? The same trace tells.
also_unbroken()
{
	"$build/el2fuzz" replay --core native --db c.db "$1" >repeated 2>&1
	case $? in
	1)	! grep -q '^not what was found then' repeated ;;
	0|125)	return 1 ;;
	*)	die "the unbroken tree cannot replay: $(tail -n 1 repeated)" ;;
	esac
}

# measure_breakage ENGINE SEED: a line of traces, seconds, what; or of how many it ran in vain
measure_breakage()
{
	local line id taken replays=0 took=''

	coproc campaign "$broken" "$1" "$2" --time "$seconds" 2>err
	while IFS= read -r line; do
		case $line in
		"finding "*) ;;
		*)	continue ;;
		esac
		took="$(traces) SECONDS ${line#*: }"
		id=${line#finding }
		count_seconds
		replays="$replays + $taken"
		also_unbroken "${id%%[:,]*}" && id=
		count_seconds
		replays="$replays - $taken"
		[ -n "$id" ] || continue
		pkill -INT -P "$COPROC_PID" el2fuzz || kill -INT "$COPROC_PID"
		break
	done <&"${COPROC[0]}"
	[ -n "$took" ] || took="$(traces) - not found"
	cat <&"${COPROC[0]}" >/dev/null
	wait
	count_seconds
	echo "${took/SECONDS/$(awk "BEGIN { printf \"%.2f\", $taken + $replays }")}"
}

# once RESULT COMMAND...: what it prints is the result, unless that is there
once()
{
	local result=$results/$what/$1 dir

	shift
	[ ! -s "$result" ] || return 0
	dir=$(mktemp -d)
	(cd "$dir" && "$@") >"$result.new" && mv "$result.new" "$result"
	rm -rf "$dir"
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

edges_table()
{
	local best engine

	best=$(cat "$results"/edges/* | awk '$3 > best { best = $3 } END { print best + 0 }')
	echo "| led by | traces to 90 % ($((best * 9 / 10)) of $best edges) | seconds | edges after $seconds s | traces a second |"
	echo '|---|---|---|---|---|'
	for engine in $engines; do
		for n in 1 2 3 4; do
			for result in "$results/edges/$engine-$seconds"-*; do
				awk -v want=$((best * 9 / 10)) -v n=$n '
					$3 >= want && !at { at = $1; s = $2 }
					$3 > most { most = $3 }
					{ speed = $2 ? $1 / $2 : 0 }
					END { v[1] = at ? at : 1e12; v[2] = at ? s : 1e12; v[3] = most; v[4] = speed; print v[n] }' "$result"
			done | median | sed 's/^1e+12$/-/; s/^1000000000000$/-/'
		done | paste -sd' ' | awk -v e="$engine" '{ printf "| %s | %s | %s | %s | %.0f |\n", e, $1, $2, $3, $4 }'
	done
}

breakages_table()
{
	local rule engine cells

	echo "| breakage | ${engines// / | } |"
	echo "|---|$(printf '%s' "$engines" | sed 's/[^ ]*/---|/g; s/ //g')"
	for rule; do
		cells=
		for engine in $engines; do
			cells+=" $(cat "$results/breakages/$rule-$engine-$seconds"-* 2>/dev/null | awk '
				{ n++ } $2 != "-" { found++; traces[found] = $1; s[found] = $2 }
				function middle(v, nr,  i, j, t) {
					for (i = 1; i <= nr; i++) for (j = i + 1; j <= nr; j++)
						if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
					return v[int((nr + 1) / 2)]
				}
				END {
					if (!n) printf "?"
					else if (found * 2 < n) printf "- (%d of %d)", found, n
					else printf "%d, %.1f s (%d of %d)", middle(traces, found), middle(s, found), found, n
				}') |"
		done
		echo "| $rule |$cells"
	done
}

build=$("$root/el2fuzz" build) || die "cannot build"
if [ "$what" = edges ]; then
	for seed in $(seq "$seeds"); do
		for engine in $engines; do
			once "$engine-$seconds-$seed" measure_edges "$engine" "$seed"
		done
	done
	edges_table
	exit
fi

[ $# -gt 0 ] || set -- "${twelve[@]}"
tree=$(sed -n 's/^EL2FUZZ_LINUX:PATH=//p' "$build/CMakeCache.txt")
copy=$results/tree
copy_make_climbable "$tree" "$copy"
for rule; do
	file=$(file_of "$rule")
	[ -n "$file" ] || die "there is no rule $rule"
	copy_make_real "$tree" "$copy" "$file"
	rm -f "$copy/$file"
	cp "$tree/$file" "$copy/$file" || die "cannot write in $copy"
done
for rule; do
	missing=
	for seed in $(seq "$seeds"); do
		for engine in $engines; do
			[ -s "$results/breakages/$rule-$engine-$seconds-$seed" ] || missing=1
		done
	done
	[ -n "$missing" ] || continue
	file=$(file_of "$rule")
	"$root/cmake/mutants/rule.sh" "$tree" "$root/corpus/mutants/$rule.mutant" |
		patch -s -d "$copy" -p1 || die "$rule: cannot be applied"
	broken=$("$root/el2fuzz" --linux "$copy" build 2>"$results/stderr") ||
		die "$rule: the broken tree does not build: $(cat "$results/stderr")"
	for seed in $(seq "$seeds"); do
		for engine in $engines; do
			once "$rule-$engine-$seconds-$seed" measure_breakage "$engine" "$seed"
		done
	done
	cp "$tree/$file" "$copy/$file"
done
breakages_table "$@"
