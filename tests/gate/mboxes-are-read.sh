#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Of a mbox, the patches are taken, in the order of their numbers: no cover letter, no reply.
# shellcheck source=tests/gate/lib.sh
. "$(dirname "$0")/lib.sh"
make_tree tree
cp -a tree patched
sed -i 's/^7$/seven/' patched/mm/a.c
patch_of tree patched mm/a.c >one.diff
sed -i 's/^120$/hundred and twenty/' patched/mm/sub/b.c
patch_of tree patched mm/sub/b.c >two.diff

# mail SUBJECT BODY
mail()
{
	printf 'From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@example.org>\n'
	printf 'Date: Sat, 21 Nov 2026 10:00:00 +0000\nSubject: %s\n' "$1"
	printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n'
	cat "$2"
	printf '\n'
}

{ echo 'Why not.'; echo; echo '---'; cat two.diff; } >two.body
{ echo 'Why.'; echo; echo '---'; cat one.diff; } >one.body
{ echo 'Two patches.'; echo; echo ' mm/a.c | 2 +-'; } >cover.body
{ echo 'On Saturday, A wrote:'; sed 's/^/> /' one.diff; echo 'Looks fine.'; } >reply.body
{ echo 'Better so:'; cat one.diff; } >other.body
{
	mail '[PATCH v2 0/2] Two patches' cover.body
	mail '[PATCH v2 2/2] mm: the second' two.body
	mail 'Re: [PATCH v2 1/2] mm: the first' reply.body
	mail '[PATCH v2 1/2] mm: the first' one.body
	mail 'Re: [PATCH v2 2/2] mm: the second' other.body
} >series.mbox

check 'a mbox is read' 0 '^state - 2 \[PATCH v2 2/2\] mm: the second$' \
	"$root/cmake/gate/series.sh" tree --mbox series.mbox
sed -n 's/^state //p' out >states
diff states - <<'EOT' || failed=1
- 0 base
- 1 [PATCH v2 1/2] mm: the first
- 2 [PATCH v2 2/2] mm: the second
EOT
mapfile -t patches < <(sed -n 's/^patch //p' out)
check 'its patches apply' 0 '' "$root/cmake/gate/tree.sh" "$dir/tree" "$dir/copy" - "${patches[@]}"
same 'they give the patched tree' patched copy

mail '[PATCH 0/2] Two patches' cover.body >cover.mbox
check 'a cover letter alone is nothing' 2 'no mail in it is a patch' \
	"$root/cmake/gate/series.sh" tree --mbox cover.mbox
exit $failed
