#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [-t SECONDS] [-s SEED] [-l TREE] [RULE...]: break a kernel tree on purpose, once for each
# rule in corpus/mutants/ (or each RULE: a name or a file), and see how long a run takes to notice.
# Prints a score table. Exit 0: each was found; 1: one was missed; 2: could not try.
#
# The broken tree is a copy of links in build/mutants/, in which only the edited files are real, so
# that Kbuild compiles only those. corpus/mutants/README.md says what a rule is made of.
set -u
root=$(dirname "$(dirname "$(readlink -f "$0")")")
rules=$root/corpus/mutants
# shellcheck source=tests/rule.sh
. "$root/tests/rule.sh"
# shellcheck source=cmake/kernel/copy.sh
. "$root/cmake/kernel/copy.sh"

die()
{
	echo "mutants.sh: $*" >&2
	exit 2
}

usage()
{
	sed -n 's/^# \{0,1\}//; 3,6p' "$0"
	exit "$1"
}

check_rule()
{
	for name in name file function match put class reason; do
		[ "$(grep -c "^$name:" "$1")" = 1 ] || die "$1: needs one line \"$name: ...\""
	done
	[ "$(field "$1" name).mutant" = "$(basename "$1")" ] || die "$1: is not named as its file is"
	[ -f "$tree/$(field "$1" file)" ] || die "$1: $tree has no file $(field "$1" file)"
	for class in $(field "$1" class); do
		case $class in
		return|state|invariant|bug|exception|hang|digest|sanitizer|boot|none) ;;
		*)	die "$1: there is no class \"$class\"" ;;
		esac
	done
}

# apply RULE: write the file that it edits, edited
apply()
{
	file=$(field "$1" file)
	apply_rule "$1" "$tree" "$copy/$file"
}

# Make FILE, and the folders that it is in, real; all else in there are links.
make_real()
{
	copy_make_real "$tree" "$copy" "$1"
	rm -f "$copy/$1"
	cp "$tree/$1" "$copy/$1" || die "cannot write in $copy"
}

# A file that is real stays real, and is written anew: Make goes by dates, and a run that was killed
# may have left any of them broken, and built.
prepare_copy()
{
	mkdir -p "$copy" || die "cannot write in $copy"
	{
		(cd "$copy" && find . -type f | sed 's,^\./,,')
		for rule in "$rules"/*.mutant "$@"; do
			field "$rule" file
		done
	} | sort -u >"$work/real" || die "cannot write in $work"
	rmdir "$copy" 2>/dev/null
	while read -r name; do
		make_real "$name"
	done <"$work/real"
}

# now: milliseconds
now()
{
	echo $(($(date +%s%N) / 1000000))
}

# Is finding $1 of the run one of the unbroken tree, too? The same trace tells.
also_unbroken()
{
	"$unbroken/el2fuzz" replay --db "$db" "$1" >"$work/replay" 2>&1
	case $? in
	0)	return 1 ;;
	1)	! grep -q '^not what was found then' "$work/replay" ;;
	125)	# It passed as far as it went.
		grep -q '^pass:' "$work/replay" || die "the unbroken tree cannot replay"
		return 1 ;;
	*)	die "the unbroken tree cannot replay: $(tail -n 1 "$work/replay")" ;;
	esac
}

# hunt LAYOUT: run until something is found, and set $class, $place and $took
hunt()
{
	class='' place='' took=0
	db=$work/$1.db
	rm -f "$db" "$db"-* "$work/fifo"
	mkfifo "$work/fifo" || die "cannot write in $work"
	start=$(now)
	"$broken/el2fuzz" run ${world:+--world "$world"} ${core:+--core "$core"} --layout "$1" --time "$seconds" --seed "$seed" --db "$db" \
		>"$work/fifo" 2>"$work/stderr" &
	run=$!
	{
		while IFS= read -r line; do
			case $line in
			"finding "*) ;;
			*)	continue ;;
			esac
			took=$(($(now) - start))
			line=${line#finding }
			id=${line%%[:,]*}
			! also_unbroken "$id" || continue
			line=${line#*: }
			class=${line%%,*}
			place=$(echo "$line" | sed 's/^[^(]*(\([^)]*\)) of trace [0-9]*: /\1: /; s/; el2fuzz.*//')
			kill -INT $run
			break
		done
		cat >/dev/null
	} <"$work/fifo"
	wait $run
	code=$?
	run=''
	if [ -z "$class" ] && [ $code -gt 1 ]; then
		class=boot took=$(($(now) - start))
		place=$(tail -n 1 "$work/stderr")
	fi
	[ -n "$class" ]
}

# row RULE EXPECTED FOUND LAYOUT SECONDS PLACE
row()
{
	printf '%-36s %-22s %-10s %-7s %6s  %s\n' "$@"
}

# try RULE: break, build, hunt, mend; prints a row of the table
try()
{
	name=$(field "$1" name) expected=$(field "$1" class | tr ' ' /)
	first=$(field "$1" layout) core=$(field "$1" core) world=$(field "$1" world)
	apply "$1"
	broken=$("$root/el2fuzz" --linux "$copy" build 2>"$work/stderr") ||
		die "$1: the broken tree does not build: $(cat "$work/stderr")"

	for layout in $(printf '%s\n' ${first:+"$first"} small holes | awk '!seen[$0]++'); do
		hunt "$layout" && break
	done
	cp "$tree/$file" "$copy/$file"

	tried=$((tried + 1))
	if [ -z "$class" ] && [ "$expected" = none ]; then
		row "$name" "$expected" nothing - - 'as the rule says'
	elif [ -z "$class" ]; then
		missed=$((missed + 1))
		row "$name" "$expected" MISSED - - ''
	else
		found=$((found + 1))
		case /$expected/ in
		*/$class/*) ;;
		*)	class="$class!" other=$((other + 1)) ;;
		esac
		row "$name" "$expected" "$class" "$layout" \
			"$(printf '%d.%02d' $((took / 1000)) $((took % 1000 / 10)))" "$place"
	fi
}

seconds=30 seed=1 linux=''
while getopts t:s:l:h option; do
	case $option in
	t)	seconds=$OPTARG ;;
	s)	seed=$OPTARG ;;
	l)	linux=$OPTARG ;;
	h)	usage 0 ;;
	*)	usage 2 >&2 ;;
	esac
done
shift $((OPTIND - 1))

unbroken=$("$root/el2fuzz" ${linux:+--linux "$linux"} build) || die "the unbroken tree does not build"
tree=$(sed -n 's/^EL2FUZZ_LINUX:PATH=//p' "$unbroken/CMakeCache.txt")
work=$root/build/mutants
copy=$work/$(basename "$tree" | tr -c 'A-Za-z0-9.\n-' -)-$(echo "$tree" | cksum | cut -d' ' -f1)
mkdir -p "$work" || die "cannot write in $work"
exec 8>"$work/lock"
flock -n 8 || die "another mutants.sh is at work in $work"

# Rules by name or by file.
for rule; do
	shift
	[ -f "$rule" ] || rule=$rules/$(basename "$rule" .mutant).mutant
	[ -f "$rule" ] || die "there is no rule $rule"
	set -- "$@" "$rule"
done
[ $# -gt 0 ] || set -- "$rules"/*.mutant
for rule; do
	check_rule "$rule"
done
prepare_copy "$@"

run=''
trap '[ -z "$run" ] || kill -INT $run 2>/dev/null; exit 2' INT TERM HUP
tried=0 found=0 missed=0 other=0
row rule expected found layout seconds place
for rule; do
	try "$rule"
done
echo "$found of $tried found, $missed missed, $other as another class than expected (marked !)"
[ $missed = 0 ]
