#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Let apt see the newer Debian suites that hold libunicorn-dev >= 2.1.1 (trixie)
# and linux-source-7.x (trixie-backports), and refresh its lists. The mirror is
# the one apt already uses for this release. The suites are pinned so low that
# nothing but the wanted packages ever comes from them. Needs root.
#
# With --print, only show on stdout what would be written.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/lib.sh"

sources=/etc/apt/sources.list.d/el2fuzz-extra.sources
pins=/etc/apt/preferences.d/el2fuzz

ID='' VERSION_CODENAME='' PRETTY_NAME='unknown'
# shellcheck source=/dev/null
. "${EL2FUZZ_OS_RELEASE:-/etc/os-release}"
case $ID:$VERSION_CODENAME in
debian:bookworm)	wanted='trixie trixie-backports' ;;
debian:trixie)		wanted='trixie-backports' ;;
*)	die "this system is '$PRETTY_NAME'; packages can be installed on Debian 12 (bookworm)" \
		"and Debian 13 (trixie) only. On another system, install them yourself;" \
		"cmake/setup/install.sh lists them" ;;
esac

# What apt is configured with, one line each: release, codename, entry, URI. The
# release may be an alias ("stable"); apt knows the codename only where it has the
# list, and without --no-release-info leaves out where it has none.
targets()
{
	local with

	for with in --release-info --no-release-info; do
		# shellcheck disable=SC2016 # apt's variables, not the shell's
		apt-get indextargets $with 'Created-By: Packages' 'Component: main' \
			--format '$(RELEASE) $(CODENAME) $(SOURCESENTRY) $(REPO_URI)'
	done | grep -vF " $sources:" || :
}

has_suite()
{
	targets | awk -v s="$1" '$1 == s || $2 == s { found = 1 } END { exit !found }'
}

# The Signed-By of a source: of the Nth stanza of a .sources file, or of line N
# of a .list file. None means that apt trusts its own keyring for it.
signed_by()
{
	local file=${1%:*} nr=${1##*:}

	case $file in
	*.sources)
		grep -v '^#' "$file" | awk -v nr="$nr" 'BEGIN { RS = ""; FS = "\n" }
			NR == nr { for (i = 1; i <= NF; i++) {
				on = $i ~ /^[ \t]/ ? on : $i ~ /^[Ss]igned-[Bb]y:/
				if (on) print $i } }' ;;
	*)
		sed -n "${nr}s/.*[[ ]signed-by=\([^] ]*\).*/Signed-By: \1/p" "$file" ;;
	esac
}

add=''
for suite in $wanted; do
	has_suite "$suite" || add="$add $suite"
done
add=${add# }

read -r entry uri < <(targets | awk -v s="$VERSION_CODENAME" \
	'($1 == s || $2 == s) && $4 !~ /^cdrom:/ { print $3, $4; exit }') ||
	die "apt has no source for $VERSION_CODENAME/main. Add your Debian mirror to" \
		"/etc/apt/sources.list.d, run apt-get update, and start again"

print_sources()
{
	[ -n "$add" ] || return 0
	echo "# Written by el2fuzz; its pins are in $pins."
	echo "Types: deb"
	echo "URIs: $uri"
	echo "Suites: $add"
	echo "Components: main"
	signed_by "$entry"
}

# Only the suites added here are pinned low: one that the user has added is the
# user's to rank. 50 is less than what is installed (100), so never an upgrade.
print_pins()
{
	echo "# Written by el2fuzz: take these packages, and no other, from newer suites."
	printf 'Package: libunicorn*\nPin: release n=trixie\nPin-Priority: 500\n\n'
	printf 'Package: linux-source-7.*\nPin: release n=trixie-backports\nPin-Priority: 500\n'
	for suite in $add; do
		printf '\nPackage: *\nPin: release n=%s\nPin-Priority: 50\n' "$suite"
	done
}

if [ "${1-}" = --print ]; then
	print_sources
	echo
	print_pins
	exit
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

refresh()
{
	say "refreshing apt's package lists"
	# A broken source of somebody else's is no concern of ours: what counts
	# is whether the packages are there afterwards, and the callers check.
	apt-get -q -o Acquire::Retries=2 -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || :
	grep -E '^(E|W|Err)' "$log" | tail -n 5 | sed 's/^/    apt: /' >&2 || :
}

# A bookworm from before trixie's release does not know trixie's keys.
keyring=$(dpkg-query -W -f '${Version}' debian-archive-keyring 2>/dev/null || echo 0)
if [ -n "$add" ] && dpkg --compare-versions "$keyring" lt 2023.3+deb12u2; then
	refresh
	apt-get -q -y install debian-archive-keyring >"$log" 2>&1 ||
		die_log "$log" "cannot update debian-archive-keyring, which must know trixie's keys"
fi

# Pins first: there is no moment at which a suite is there without its pin.
mkdir -p "${pins%/*}" "${sources%/*}"
print_pins >"$pins"
if [ -n "$add" ]; then
	print_sources >"$sources"
else
	rm -f "$sources"
fi
refresh
