#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rule.sh TREE RULE: print, as a patch, what a rule of corpus/mutants/ does to TREE. See the README there.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"

tree=$1 rule=$2
mark=$(printf '\001')	# stands where sed wants a character that no rule uses

# field NAME: the rest of the rule's line "NAME: ..."
field()
{
	sed -n "s/^$1:[ 	]*//p" "$rule"
}

# body FILE FUNCTION: the numbers of the first and the last line of its definition, with a comma between
body()
{
	awk -v name="$2" '
		!inside && /^[A-Za-z_]/ {
			head = $0 ~ ("(^|[^A-Za-z0-9_])" name "\\(")
			first = NR
		}
		head && !inside && /;[ \t]*$/ { head = 0 }
		head && /^\{/ { inside = 1 }
		inside && /^\}/ { print first "," NR; exit }' "$1"
}

file=$(field file) function=$(field function) match=$(field match) put=$(field put)
[ -f "$tree/$file" ] || die "$rule: $tree has no file $file"
range=$(body "$tree/$file" "$function")
[ -n "$range" ] || die "$rule: $file defines no function $function()"

lines=$(sed -nE "$range{\\$mark$match$mark=}" "$tree/$file" | wc -l) ||
	die "$rule: its match is no regular expression: $match"
[ "$lines" = 1 ] || die "$rule: matches $lines lines of $function() in $file instead of one"
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed -E "${range}s$mark$match$mark$put$mark" "$tree/$file" >"$new" || die "$rule: cannot be applied"
! cmp -s "$tree/$file" "$new" || die "$rule: changes nothing"
echo "Subject: $(field name): $(field reason)"
echo
diff -u --label "a/$file" --label "b/$file" "$tree/$file" "$new" || [ $? = 1 ]
