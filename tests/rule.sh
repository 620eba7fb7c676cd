# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules that edit a line of a kernel tree, corpus/mutants/README.md. Sourced; whoever does has a die().
tab=$(printf '\t')
mark=$(printf '\001')	# stands where sed wants a character that no rule uses

# field RULE NAME: the rest of the line "NAME: ..." of a rule
field()
{
	sed -n "s/^$2:[ $tab]*//p" "$1"
}

# body FILE FUNCTION: the numbers of the first and the last line of its definition
body()
{
	awk -v name="$2" '
		!inside && /^[A-Za-z_]/ {
			head = $0 ~ ("(^|[^A-Za-z0-9_])" name "\\(")
			first = NR
		}
		head && !inside && /;[ \t]*$/ { head = 0 }
		head && /^\{/ { inside = 1 }
		inside && /^\}/ { print first, NR; exit }' "$1"
}

# apply_rule RULE TREE OUT: write the file of TREE that the rule edits, edited, to OUT
apply_rule()
{
	file=$(field "$1" file) function=$(field "$1" function)
	match=$(field "$1" match) put=$(field "$1" put)
	range=$(body "$2/$file" "$function")
	[ -n "$range" ] || die "$1: $file defines no function $function()"
	range=$(echo "$range" | tr ' ' ,)

	lines=$(sed -nE "$range{\\$mark$match$mark=}" "$2/$file" | wc -l)
	[ "$lines" = 1 ] || die "$1: matches $lines lines of $function() in $file instead of one"
	sed -E "${range}s$mark$match$mark$put$mark" "$2/$file" >"$3" ||
		die "$1: cannot be applied"
	! cmp -s "$2/$file" "$3" || die "$1: changes nothing"
}
