#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# series.sh TREE [--base REV] [--rev REV] [--mbox FILE] [--patch FILE]...: what is to be judged, a line each:
#	copy PATH		what the paths of copies of the tree begin with
#	state REV N TITLE	the base, then after each patch: commit ("-": what lies in TREE), and patches on it
#	patch FILE		the patches, in order
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"
export GIT_OPTIONAL_LOCKS=0	# a user's tree is never written to

tree=$(readlink -f "$1") base=- rev='' mbox='' patches=()
shift
while [ $# -gt 1 ]; do
	case $1 in
	--base)		base=$2 ;;
	--rev)		rev=$2 ;;
	--mbox)		mbox=$2 ;;
	--patch)	patches+=("$2") ;;
	esac
	shift 2
done

tree_git()
{
	git -C "$tree" -c safe.directory='*' "$@"
}

need_git()
{
	[ "$(tree_git rev-parse --show-prefix 2>/dev/null || echo no)" = '' ] ||
		die "$tree is no git checkout, so there is no commit $1 in it: give patches" \
			"(--patch, --mbox), or a checkout with --linux"
}

commit()
{
	tree_git rev-parse --verify --quiet --end-of-options "$1^{commit}" ||
		die "$tree has no commit $1"
}

title()
{
	sed -n 's/^Subject: *//p' "$1" | head -n 1 | tr -d '\000-\037'
}

is_text()
{
	[ "$(tr -d "\000" <"$1" | wc -c)" = "$(stat -Lc %s "$1")" ]
}

# A patch file is text with at least one hunk, or a rename or the like.
check_patch()
{
	[ -f "$1" ] || die "$1: no such file"
	[ -r "$1" ] || die "$1: cannot be read"
	is_text "$1" || die "$1: is binary, and no patch"
	grep -qaE '^(diff --git |--- |\+\+\+ )' "$1" || die "$1: there is no patch in it"
}

# The mails of a mbox that are patches, in the order that their subjects say: not cover letters, not replies.
split_mbox()
{
	local mail n=0 subject order

	[ -f "$mbox" ] || die "$mbox: no such file"
	is_text "$mbox" || die "$mbox: is binary, and no mbox"
	mkdir -p "$work/mails" || die "cannot write in $work"
	git mailsplit -o"$work/mails" --keep-cr "$mbox" >"$work/mailsplit" 2>&1 ||
		die "$mbox: is no mbox: $(tail -n 1 "$work/mailsplit")"
	for mail in "$work"/mails/*; do
		n=$((n + 1))
		git mailinfo -k "$mail.msg" "$mail.patch" <"$mail" >"$mail.info" 2>/dev/null || continue
		subject=$(title "$mail.info")
		[[ ! $subject =~ ^(Re|RE|re|Aw|AW|Fwd?):  ]] || continue
		grep -q '^diff --git \|^--- ' "$mail.patch" || continue
		# "[PATCH v2 03/12] ..." is the third; without numbers they are in order.
		order=$(sed -nE 's,^\[[^]]*\b0*([0-9]+)/[0-9]+\].*,\1,p' <<<"$subject")
		printf '%06d %06d %s\n' "${order:-0}" "$n" "$mail"
	done | sort >"$work/order"
	[ -s "$work/order" ] || die "$mbox: no mail in it is a patch"
	while read -r _ n mail; do
		subject=$(title "$mail.info")
		n=$work/patches/$(printf '%04d-%s' $((10#$n)) \
			"$(sed -E 's/^\[[^]]*\] *//; s/[^A-Za-z0-9._-]+/-/g; s/^(.{1,60}).*/\1/' <<<"$subject").patch")
		{ echo "Subject: $subject"; echo; cat "$mail.patch"; } >"$n"
		patches+=("$n")
	done <"$work/order"
}

copy=$("$here/place.sh" "$tree" gate) || exit
work=$(dirname "$copy")
exec 9>"$work/lock.series"
flock 9
rm -rf "$work/patches" "$work/mails"
mkdir -p "$work/patches" || die "cannot write in $work"

if [ "$base" != - ]; then
	need_git "$base"
	base=$(commit "$base") || exit
fi
if [ -n "$rev" ]; then
	need_git "$rev"
	rev=$(commit "$rev") || exit
	[ "$base" != - ] || base=$(tree_git rev-parse --verify --quiet "$rev^") ||
		die "$rev has no parent to compare it with: name one with --base"
fi
[ -z "$mbox" ] || split_mbox
for patch in "${patches[@]}"; do
	check_patch "$patch"
done

echo "copy $copy"
printf 'state %s 0 base\n' "$base"
if [ -n "$rev" ]; then
	revs=$(tree_git rev-list --reverse --first-parent "$base..$rev")
	[ -n "$revs" ] || die "there is no commit between $base and $rev"
	for commit in $revs; do
		printf 'state %s 0 %s\n' "$commit" "$(tree_git log -1 --format=%s "$commit")"
	done
fi
n=0
for patch in "${patches[@]}"; do
	n=$((n + 1))
	subject=$(title "$patch")
	printf 'state %s %d %s\n' "$base" $n "${subject:-$(basename "$patch")}"
	printf 'patch %s\n' "$(readlink -f "$patch")"
done
