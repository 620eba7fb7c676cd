#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# arm64.sh BUILD DIR: do an AArch64 build machine's cores what those of this machine do? By hand, with BUILD
# as ./el2fuzz build printed it: the runner is cross-compiled and run by QEMU's user mode.
#
# What setup does not install is fetched from where apt has trixie from (or MIRROR), and unpacked in DIR, a new or
# earlier one; nothing is installed. It takes 1 GB there, and as long as to build the program anew. The nested
# world is left out: nobody has tried it there.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:?the build folder}") dir=$2
mirror=${MIRROR:-$(apt-get indextargets --format "\$(REPO_URI)" "Codename: trixie" | head -n 1)}
mkdir -p "$dir/apt/etc/preferences.d" "$dir/apt/state/lists/partial" "$dir/apt/cache/archives/partial"
dir=$(readlink -f "$dir")

# Apt as on a machine that has nothing yet.
fetch()
{
	local arch=$1

	shift
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" \
		>"$dir/apt/etc/sources.list"
	: >"$dir/apt/state/status"
	for what in update "install --download-only $*"; do
		# shellcheck disable=SC2086 # words
		apt-get -qqy --no-install-recommends -o APT::Architecture="$arch" \
			-o APT::Architectures::="$arch" -o APT::Sandbox::User="$(id -un)" \
			-o Dir::State="$dir/apt/state" -o Dir::State::status="$dir/apt/state/status" \
			-o Dir::Cache="$dir/apt/cache" -o Dir::Etc="$dir/apt/etc" $what
	done
}

unpack()
{
	for deb in "$dir"/apt/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$1"
	done
	rm "$dir"/apt/cache/archives/*.deb
}

if [ ! -e "$dir/fetched" ]; then
	fetch amd64 qemu-user
	unpack "$dir/qemu"
	fetch arm64 libc6-dev libgcc-14-dev libunicorn-dev libdw-dev libelf-dev libcapstone-dev \
		libsqlite3-dev libcmocka-dev
	unpack "$dir/root"
	ln -sfn usr/lib "$dir/root/lib"
	touch "$dir/fetched"
fi

qemu=("$dir/qemu/usr/bin/qemu-aarch64" -L "$dir/root")
cat >"$dir/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_SYSROOT $dir/root)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld-19)
set(CMAKE_CROSSCOMPILING_EMULATOR ${qemu[*]})
END
printf '#!/bin/sh\nexec %s %s "$@"\n' "${qemu[*]}" "$dir/build/el2fuzz-runner" >"$dir/runner"
chmod +x "$dir/runner"

cached()
{
	sed -n "s/^$1:PATH=//p" "$build/CMakeCache.txt"
}

export PKG_CONFIG_SYSROOT_DIR=$dir/root
export PKG_CONFIG_LIBDIR=$dir/root/usr/lib/aarch64-linux-gnu/pkgconfig:$dir/root/usr/share/pkgconfig
cmake -G Ninja -S "$here/../.." -B "$dir/build" -DCMAKE_TOOLCHAIN_FILE="$dir/toolchain.cmake" \
	-DCMAKE_BUILD_TYPE=RelWithDebInfo -DEL2FUZZ_LINUX="$(cached EL2FUZZ_LINUX)" \
	-DEL2FUZZ_KBUILD="$(cached EL2FUZZ_KBUILD)" >"$dir/log"
ninja -C "$dir/build" el2fuzz-runner el2fuzz-image el2fuzz-native-image >>"$dir/log" ||
	{ tail -20 "$dir/log"; exit 1; }

failed=0
# traces FILE OPTION...: digest and findings of the same traces
traces()
{
	rm -f "$dir"/db*
	"$build/el2fuzz" run --db "$dir/db" --seed 1 --timeout 300 "${@:2}" >"$1.all" || [ $? = 1 ]
	sed -n '/finding/s/; el2fuzz.*//p; /^seed/p' "$1.all" >"$1"
	grep -q '^seed .* digest ' "$1"
}

agree()
{
	local world=$1 image=$2 nr=$3 core

	for core in native native-san aarch64; do
		traces "$dir/here" --world "$world" --core $core --traces "$nr"
		traces "$dir/there" --world "$world" --core $core --traces "$nr" --runner "$dir/runner" \
			--image "$dir/build/$image" --build-id-file "$build/build-id"
		if diff "$dir/here" "$dir/there"; then
			echo "ok: $world, $core: $(tail -1 "$dir/there")"
		else
			echo "FAIL: $world, $core"
			failed=1
		fi
	done
}

agree el2 hyp.elf 300
agree pgtable pgtable.elf 100
exit $failed
