#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install.sh [--offline]: install the Debian packages that are missing, if any.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/lib.sh"

packages=(
	afl++ bc bison clang-19 clang-format-19 cmake flex git lcov libc6-dev libcapstone-dev
	libclang-rt-19-dev libcmocka-dev libdw-dev libelf-dev libsqlite3-dev
	libunicorn-dev lld-19 llvm-19 make ninja-build pkgconf shellcheck xz-utils
)

# Earlier ones cannot enter EL2.
unicorn=2.1.1

command -v dpkg-query >/dev/null ||
	die "this is not a Debian system; Debian 12 and 13 are supported, and the Dockerfile" \
		"runs anywhere"

old_unicorn()
{
	[ -n "$1" ] && dpkg --compare-versions "$1" lt $unicorn
}

# Print the packages that are not there. Runs at every start, so it asks twice, not
# once for every package.
missing()
{
	local have pkg unicorn_there

	have=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "${packages[@]}" \
		2>/dev/null || :)"
	for pkg in "${packages[@]}"; do
		[[ $have == *" $pkg:installed "* ]] || echo "$pkg"
	done
	unicorn_there=$(dpkg-query -W -f '${Version}' libunicorn-dev 2>/dev/null || :)
	! old_unicorn "$unicorn_there" || echo libunicorn-dev
}

todo=$(missing | paste -sd' ')
[ -n "$todo" ] || exit 0

if [ "${1-}" = --offline ]; then
	die "these packages are missing, and --offline forbids to fetch them: $todo"
fi
if ! can_be_root; then
	say "error: these packages are missing, and you are neither root nor can use sudo: $todo"
	say "as root, run: $here/suites.sh &&" \
		"apt-get install --no-install-recommends $todo"
	exit 2
fi

mkdir -p "$cache"
log=$cache/install.log
as_root "$here/suites.sh" || exit

for pkg in $todo; do
	candidate=$(apt-cache policy "$pkg" | awk '$1 == "Candidate:" { print $2 }')
	case $candidate in
	''|'(none)')
		die "apt finds no package $pkg: is the mirror reachable?" \
			"Try 'apt-get update' to see what it says" ;;
	esac
	if [ "$pkg" = libunicorn-dev ] && old_unicorn "$candidate"; then
		die "apt offers libunicorn-dev $candidate and $unicorn is needed: is the mirror" \
			"reachable, and does it carry trixie? Try 'apt-get update'"
	fi
done

say "installing $todo"
# shellcheck disable=SC2086 # a list
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
	-o Acquire::Retries=2 -o DPkg::Lock::Timeout=300 install $todo >"$log" 2>&1 ||
	die_log "$log" "apt-get could not install these packages: $todo"

todo=$(missing | paste -sd' ')
[ -z "$todo" ] || die_log "$log" "apt-get has run, but these packages are still missing: $todo"
