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

# Print name and version of the newest package that can be had.
package()
{
	local pkg have

	if [ -n "$offline" ]; then
		have=$({ dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
			'linux-source-*' 2>/dev/null || :; } | sed -n 's/^installed //p')
		candidates | while read -r pkg; do
			grep -F "$pkg " <<<"$have" && break
		done
		return
	fi
	have=$(apt-cache search --names-only '^linux-source-[0-9]+\.[0-9]+$' | cut -d' ' -f1)
	pkg=$(candidates | grep -m1 -xF -e "$have" || :)
	[ -z "$pkg" ] ||
		apt-cache policy "$pkg" | awk -v p="$pkg" '$1 == "Candidate:" { print p, $2 }'
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
name='' version=''
read -r name version < <(package) || :
if [ -z "$offline" ] && [ -n "$refresh$([ -n "$name" ] || echo y)" ] && can_be_root; then
	as_root "$here/suites.sh" || :
	read -r name version < <(package) || :
fi
new=$trees/$name-$version
best=linux-source-$(grep -v -m1 '^#' "$known")
if [ -n "$name$old" ] && [ -z "$wanted" ] && [ "${name:-x}" != "$best" ] && [[ ${old##*/} != "$best"-* ]]; then
	say "$best cannot be had, or does not do; the next best is ${name:-${old##*/}}"
fi
if [ -n "$name" ] && [ -d "$new" ]; then
	echo "$new"
	exit
fi

rm -rf "$tmp"		# of a start that was killed
mkdir "$tmp"
if [ -n "$name" ]; then
	say "unpacking $name $version into $new"
	if output=$({ tarball "$name" "$version" | unpack "$name"; } 2>&1) &&
	   [ -d "$tmp/$name/arch/arm64/kvm/hyp/nvhe" ]; then
		mv "$tmp/$name" "$new"
		rm -rf "$tmp"
		echo "$new"
		exit
	fi
	rm -rf "$tmp"
	[ -n "$old" ] || die_output "$output" "cannot download or unpack $name $version into $trees"
fi
rm -rf "$tmp"
if [ -n "$old" ]; then
	say "no newer tree can be had now; using $old"
	echo "$old"
	exit
fi
die "no kernel tree: apt finds no package ${wanted:-of $(candidates | paste -sd ' ')}" \
	"${offline:+(and --offline forbids to look for one)}" \
	"- see that the mirror is reachable, or name a tree with --linux DIR"
