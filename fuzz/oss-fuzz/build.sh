#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh: lay the fuzz target out as OSS-Fuzz and ClusterFuzz expect it: $OUT/el2fuzz, its seed corpus, its
# dictionary, its options, and beside it all that it opens when it runs. $CC, $CFLAGS and $LIB_FUZZING_ENGINE
# are theirs; without them it is clang-19 and libFuzzer. EL2FUZZ_BUILD names a build that is there already.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")/../..
: "${OUT:?the folder to put the target into}" "${CC:=clang-19}" "${CFLAGS:=-O2 -g}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}"

build=${EL2FUZZ_BUILD:-$("$root/el2fuzz" build)}
mkdir -p "$OUT/lib" "$OUT/known"

# The harness comes from the build; the engine's side is compiled as it is wanted here.
objects=$build/fuzz/CMakeFiles/el2fuzz-target.dir
kbuild=$(sed -n 's/^EL2FUZZ_KBUILD:[A-Z]*=//p' "$build/CMakeCache.txt")
shift=$(sed -n 's/^CONFIG_PAGE_SHIFT=//p' "$kbuild/.config")
# shellcheck disable=SC2086,SC2046,SC2016 # lists, and $ORIGIN is the loader's
$CC $CFLAGS -std=gnu11 -D_GNU_SOURCE "-DEL2FUZZ_PAGE_SHIFT=$shift" -I"$root" \
	-o "$OUT/el2fuzz" "$root/fuzz/engine_libfuzzer.c" \
	$(find "$objects" -name '*.o') "$build"/fuzz/libel2fuzz-fuzz.a \
	"$build"/oracle/libel2fuzz-oracle.a "$build"/oracle/libel2fuzz-tlb.a \
	"$build"/core/libel2fuzz-core.a \
	"$build"/replay/libel2fuzz-replay.a "$build"/oracle/libel2fuzz-finding.a \
	"$build"/core/libel2fuzz-ops.a $(find "$build/core/tree" -name 'lib*.a') \
	$(pkg-config --libs unicorn capstone libdw libelf sqlite3) $LIB_FUZZING_ENGINE \
	-Wl,-rpath,'$ORIGIN/lib'

cp "$build"/hyp*.elf "$OUT"
cp "$root"/corpus/known/*.known "$OUT/known"
# What is not part of every system.
ldd "$OUT/el2fuzz" | awk '$3 ~ /^\// && $1 !~ /^(libc|libm|ld-linux.*|libpthread|libdl|librt)[.]/ { print $3 }' |
	xargs -r cp -Lt "$OUT/lib"

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
"$build/el2fuzz" corpus import "$seeds/corpus" "$root"/corpus/seeds >&2
(cd "$seeds/corpus" && cmake -E tar cf "$OUT/el2fuzz_seed_corpus.zip" --format=zip -- *)
"$build/el2fuzz" ops --dict >"$OUT/el2fuzz.dict"
cat >"$OUT/el2fuzz.options" <<'END'
[libfuzzer]
max_len = 4096
timeout = 30
END
