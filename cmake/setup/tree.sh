#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tree.sh [--offline] [--refresh] [--package NAME] [--not NAME]...: print the folder of the
# default kernel tree, that is the first package of known-trees that can be had, unpacked
# once into the cache. A cached tree is used as long as nobody asks for a newer one
# (--refresh). --package asks for one package, known or not; --not leaves one out.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/lib.sh"

trees=$cache/trees	# that one of which is the default
known=${EL2FUZZ_KNOWN_TREES:-$here/known-trees}
offline='' refresh='' wanted='' without=' '
while [ $# -gt 0 ]; do
	case $1 in
	--offline)	offline=y ;;
	--refresh)	refresh=y ;;
	--package)	wanted=$2; shift ;;
	--not)		without="$without$2 "; shift ;;
	*)		die "tree.sh: unknown argument '$1'" ;;
	esac
	shift
done

[ -z "$wanted" ] || trees=$cache/packages
tmp=$trees/.tmp		# never a tree: a tree appears under its name when complete

# The packages that will do, best first.
candidates()
{
	local version

	if [ -n "$wanted" ]; then
		echo "$wanted"
		return
	fi
	grep -v '^#' "$known" | while read -r version; do
		[[ $without == *" linux-source-$version "* ]] || echo "linux-source-$version"
	done
}

# 7.10 is newer than 7.9, and 7.3.4-1 than 7.3.4-1~bpo13+1.
newest()
{
	sort -V | tail -n 1
}

cached()
{
	local name found

	mkdir -p "$trees"
	candidates | while read -r name; do
		found=$(find "$trees" -maxdepth 1 -name "$name-[0-9]*" | newest)
		[ -z "$found" ] || { echo "$found"; break; }
	done
}

# Print name and version of each package that apt would give, best first.
packages()
{
	local pkg have

	if [ -n "$offline" ]; then
		have=$({ dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
			'linux-source-*' 2>/dev/null || :; } | sed -n 's/^installed //p')
		candidates | while read -r pkg; do
			grep -F "$pkg " <<<"$have" || :
		done
		return
	fi
	have=$(apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' | cut -d' ' -f1)
	# One that is known, but pinned away, has no candidate.
	{ candidates | grep -xF -e "$have" || :; } | while read -r pkg; do
		apt-cache policy "$pkg" |
			awk -v p="$pkg" '$1 == "Candidate:" && $2 != "(none)" { print p, $2 }'
	done
}

# Write the package's tarball to stdout: the installed one, or else download it.
tarball()
{
	local pkg=$1 version=$2

	if [ -f "/usr/src/$pkg.tar.xz" ] &&
	   [ "$(dpkg-query -W -f '${Version}' "$pkg" 2>/dev/null)" = "$version" ]; then
		cat "/usr/src/$pkg.tar.xz"
		return
	fi
	(cd "$tmp" && apt-get -q -o Acquire::Retries=2 -o APT::Sandbox::User=root \
		download "$pkg=$version") >&2 || return
	dpkg-deb --fsys-tarfile "$tmp/$pkg"_*.deb | tar -xO "./usr/src/$pkg.tar.xz"
}

# Leave out the bulk that no build of arm64's KVM reads, and keep every Kconfig
# and Makefile: a sixth of the size, a third of the time.
unpack()
{
	xz -dc -T0 | tar -x -C "$tmp" --no-same-owner --wildcards \
		--exclude="$1/Documentation/[a-z]*" --exclude="$1/rust/*.rs" \
		--exclude="$1/arch/*.dts*" --exclude="$1/drivers/*.[chS]" \
		--exclude="$1/sound/*.[chS]" --exclude="$1/fs/*.c" --exclude="$1/net/*.c" \
		--exclude="$1/samples/*.c" --exclude="$1/tools/perf" --exclude="$1/tools/testing"
}

old=$(cached)
if [ -n "$old" ] && { [ -z "$refresh" ] || [ -n "$offline" ]; }; then
	echo "$old"
	exit
fi

if ! command -v apt-cache >/dev/null; then
	die "no kernel tree: the default one is a Debian package. Name one with --linux DIR"
fi

# Newer suites may still be unknown to apt, or its lists be older than the question.
have=$(packages)
if [ -z "$offline" ] && [ -n "$refresh$([ -n "$have" ] || echo y)" ] && can_be_root; then
	as_root "$here/suites.sh" || :
	have=$(packages)
fi

# get NAME VERSION: unpack it, and print its folder; $output says why not.
get()
{
	rm -rf "$tmp"	# of a start that was killed
	mkdir "$tmp"
	say "unpacking $1 $2 into $trees/$1-$2"
	if output=$({ tarball "$1" "$2" | unpack "$1"; } 2>&1) &&
	   [ -d "$tmp/$1/arch/arm64/kvm/hyp/nvhe" ]; then
		mv "$tmp/$1" "$trees/$1-$2"
		rm -rf "$tmp"
		echo "$trees/$1-$2"
		return
	fi
	rm -rf "$tmp"
	return 1
}

best=linux-source-$(grep -v -m1 '^#' "$known")
first=${have%% *}
if [ -n "$first$old" ] && [ -z "$wanted" ] && [ "${first:-x}" != "$best" ] && [[ ${old##*/} != "$best"-* ]]; then
	say "$best cannot be had, or does not do; the next best is ${first:-${old##*/}}"
fi
failed=''
while read -r name version; do
	[ -n "$name" ] || break
	if [ -d "$trees/$name-$version" ]; then
		echo "$trees/$name-$version"
		exit
	fi
	[ -z "$failed" ] || say "$failed; the next best is $name"
	! get "$name" "$version" || exit 0
	failed="cannot download or unpack $name $version into $trees"
	# One of another day does as well as an older one.
	[ -z "$old" ] || break
done <<<"$have"
if [ -n "$old" ]; then
	say "no newer tree can be had now; using $old"
	echo "$old"
	exit
fi
[ -z "$failed" ] || die_output "$output" "$failed"
die "no kernel tree: apt finds no package ${wanted:-of $(candidates | paste -sd ' ')}" \
	"${offline:+(and --offline forbids to look for one)}" \
	"- see that the mirror is reachable, or name a tree with --linux DIR"
