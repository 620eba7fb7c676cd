#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# place.sh TREE KIND: make a folder in the cache for copies of TREE, and print what their paths begin with.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"

tree=$(readlink -f "$1")
name=$(basename "$tree" | tr -c 'A-Za-z0-9.\n-' -)
work=$cache/$2/$name-$(echo "$tree" | cksum | cut -d' ' -f1)
mkdir -p "$work" || die "cannot write in $cache; XDG_CACHE_HOME can name another place"
echo "$work/$name"
