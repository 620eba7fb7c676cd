#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tree.sh TREE COPY REV [PATCH...]: make the folder COPY what TREE is at commit REV ("-": as it lies there) with
# the patches applied. Nothing outside of COPY and COPY.new is written; a file whose content stays keeps its date.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"
# shellcheck source=cmake/kernel/copy.sh
. "$here/../kernel/copy.sh"
export GIT_OPTIONAL_LOCKS=0 GIT_LITERAL_PATHSPECS=1	# a user's tree is never written to

tree=$1 copy=$2 rev=$3
shift 3
new=$copy.new	# the files that are touched, as they are to be
list=$copy.list

tree_git()
{
	git -C "$tree" -c safe.directory='*' -c core.quotePath=false "$@"
}

# All that can fail for want of space or permission says so by itself, in a log.
must()
{
	"$@" 2>"$list.error" || die_output "$(cat "$list.error")" "the copy of the tree, $copy, cannot be written"
}

# The files in which the commit differs from what lies there; of these, those that it lacks.
take_rev()
{
	[ "$rev" != - ] || return 0
	if ! tree_git diff --no-renames --name-only -z --diff-filter=A "$rev" -- >"$list.removed" ||
	   ! tree_git diff --no-renames --name-only -z --diff-filter=a "$rev" -- >"$list.other"; then
		die "$tree: git cannot compare it with $rev"
	fi
	tr '\0' '\n' <"$list.removed" >>"$list"
	tr '\0' '\n' <"$list.other" >>"$list"
	[ -s "$list.other" ] || return 0
	export -f tree_git
	export tree rev new
	# shellcheck disable=SC2016 # expanded by that shell
	must xargs -0 -a "$list.other" bash -c \
		'set -o pipefail; tree_git archive --format=tar "$rev" -- "$@" | tar -x -C "$new"' -
}

# The files that a patch names, wherever it names them. Names that are none of a file below the tree go.
names()
{
	sed -nE 's,^(---|\+\+\+) [^/ ]+/([^	]*[^	 ]).*,\2,p
		s,^(rename|copy) (from|to) (.*),\3,p
		s,^diff --git a/([^ ]*) b/([^ ]*)$,\1\n\2,p' "$1" |
		tr -d '\r' | grep -E '^[A-Za-z0-9_.,+=@%-][A-Za-z0-9_.,+=@%/-]*$' | grep -vE '(^|/)\.\.(/|$)' || :
}

# A file is taken from the tree once: what an earlier patch removed stays removed.
declare -A seen
take_tree()
{
	local name

	while read -r name; do
		echo "$name" >>"$list"
		if [ -n "${seen[$name]-}" ] || [ -e "$new/$name" ] || [ ! -f "$tree/$name" ]; then
			continue
		fi
		seen[$name]=1
		! grep -qzxF -- "$name" "$list.removed" || continue
		must mkdir -p "$(dirname "$new/$name")"
		must cp "$tree/$name" "$new/$name"
		chmod u+w "$new/$name"
	done < <(names "$1")
}

# Which hunks of which file: what git says, in one line.
rejected()
{
	awk '
		/^error: patch failed: / { sub(/^error: patch failed: /, ""); where = $0 }
		/^Applying patch .* with [0-9]* reject/ { file = $3 }
		/^Rejected hunk #/ { sub(/^#/, "", $3); sub(/\.$/, "", $3); hunks = hunks sep "hunk " $3 " of " file; sep = ", " }
		/^error: .*: (No such file|already exists)/ && !first { first = $0 }
		END {
			if (hunks) print hunks (where ? " (near " where ")" : "")
			else if (first) { sub(/^error: /, "", first); print first }
		}' "$1"
}

apply()
{
	local what why

	what=$(basename "$1")
	take_tree "$1"
	# No repository that the cache may lie in has a say.
	if ! (cd "$new" && GIT_CEILING_DIRECTORIES=$(dirname "$new") \
		git apply --reject --verbose --whitespace=nowarn "$1") >"$list.apply" 2>&1; then
		why=$(rejected "$list.apply")
		[ -n "$why" ] || why=$(grep -m1 '^error: ' "$list.apply" | sed 's/^error: //' || :)
		grep -q 'No space left' "$list.apply" && die_output "$(cat "$list.apply")" "$copy: no space"
		die "$what does not apply: ${why:-$(tail -n 1 "$list.apply")}"
	fi
}

# Make goes by dates: what does not change keeps its own, and a file that was real once stays real.
put()
{
	cmp -s "$1" "$2" && [ ! -h "$2" ] && return
	rm -f "$2"
	must cp "$1" "$2"
	chmod u+w "$2"
}

sync()
{
	local name

	{
		cat "$list"
		(cd "$copy" && find . -type f | sed 's,^\./,,')
	} | sort -u >"$list.all"
	while read -r name; do
		copy_make_real "$tree" "$copy" "$name"
		if [ -f "$new/$name" ]; then
			put "$new/$name" "$copy/$name"
		elif grep -qxF -- "$name" "$list" || [ ! -f "$tree/$name" ]; then
			rm -f "$copy/$name"
		else
			put "$tree/$name" "$copy/$name"
		fi
	done <"$list.all"
}

# What came and went in the tree's own folders since the copy was made.
refresh()
{
	local dir name

	while read -r dir; do
		find "$copy/$dir" -mindepth 1 -maxdepth 1 -xtype l -delete
		[ -d "$tree/$dir" ] || continue
		while read -r name; do
			# A date of long ago would not be noticed.
			if [ -d "$tree/$dir/$name" ]; then
				must ln -s "$(readlink -f "$tree")/$dir/$name" "$copy/$dir/$name"
			elif ! grep -qxF -- "${dir:+$dir/}$name" "$list"; then
				must cp "$tree/$dir/$name" "$copy/$dir/$name"
			fi
		done < <(comm -23 \
			<(find "$tree/$dir" -mindepth 1 -maxdepth 1 ! -name .git -printf '%f\n' | sort) \
			<(find "$copy/$dir" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort))
	done < <(find "$copy" -type d -printf '%P\n')
	find "$copy" -mindepth 1 -type d -empty -delete
}

must mkdir -p "$copy"
rm -rf "$new" "$list" "$list".*
must mkdir -p "$new"
must touch "$list" "$list.removed"
rmdir "$copy" 2>/dev/null || :
copy_make_real "$tree" "$copy" Makefile
copy_make_climbable "$tree" "$copy"
take_rev
for patch; do
	apply "$patch"
done
sync
refresh
rm -rf "$new" "$list" "$list".*
