#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The launcher takes its own options wherever they stand, hands over all others
# unchanged, and returns what the program returns. Every step is a stub here.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# Of the program that runs this test
unset EL2FUZZ_BUILD_DIR EL2FUZZ_CONFIGURATION

mkdir -p checkout/cmake/{setup,kernel}
cp "$root/el2fuzz" checkout
cp "$root"/cmake/setup/{lib,prune}.sh checkout/cmake/setup
step()
{
	{ echo '#!/bin/bash'; cat; } >"checkout/cmake/$1"
	chmod +x "checkout/cmake/$1"
}
step setup/install.sh <<<"echo install \$* >>$tmp/steps"
step setup/tree.sh <<<"echo tree \$* >>$tmp/steps; echo $tmp/default-tree"
cp "$root"/cmake/kernel/{configurations,el2.config} checkout/cmake/kernel
step kernel/kbuild.sh <<<"echo kbuild \$1 \${*:3} >>$tmp/steps"
stub clang-19 <<<:
stub ninja <<<'echo ninja: no work to do.'
stub ctest <<<"echo ctest \"\$@\"; exit 3"
stub cmake <<EOF
echo "cmake \$*" >>$tmp/steps
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$tmp/checkout" >"\$4/CMakeCache.txt"
touch "\$4/build.ninja"
printf '#!/bin/bash\necho "\$#:\$*:\$EL2FUZZ_BUILD_DIR"\necho "options \$EL2FUZZ_OPTIONS" >>$tmp/steps\nexit 7\n' >"\$4/el2fuzz"
chmod +x "\$4/el2fuzz"
EOF
mkdir default-tree linux

expect 2 checkout/el2fuzz --linux
said "--linux needs a value"
expect 2 checkout/el2fuzz run --build-type fast
said "there are release, san and coverage"
expect 2 checkout/el2fuzz run --page-size 8k
said "--page-size=8k: there are --page-size=4k, --page-size=16k, --page-size=64k"
expect 2 checkout/el2fuzz run --hvhe
said "--hvhe: this cannot be run: the emulated CPU" "TCR_EL12 is UNDEFINED"
expect 2 checkout/el2fuzz --lpa2 run
said "--lpa2: this cannot be run: the emulated CPU has no FEAT_LPA2"
expect 2 checkout/el2fuzz run --linux nowhere
said "nowhere: there is no such folder"
expect 0 checkout/el2fuzz --help
grep -q 'usage: ./el2fuzz' stdout || fail "no usage"
rm -f steps

expect 0 checkout/el2fuzz build
build=$(tail -n 1 stdout)
[ -x "$build/el2fuzz" ] || fail "'$build' is no build folder"
grep -qx "kbuild $tmp/default-tree --nested" steps || fail "the default tree was not built"

# The program's exit status, arguments and environment.
expect 7 checkout/el2fuzz run --seed 1 'two words' ''
printed "5:run --seed 1 two words :$build"

expect 7 checkout/el2fuzz --offline run --linux=linux -x --el2-debug --build-type san -- --offline
grep -qE "^4:run -x -- --offline:$tmp/checkout/build/san-linux-[0-9a-f]{8}$" stdout ||
	fail "options were not told apart: $(cat stdout)"
grep -qx 'install --offline' steps || fail "--offline did not reach the installation"
grep -qx "kbuild $tmp/linux --el2-debug" steps || fail "--linux or --el2-debug did not reach Kbuild"
grep -q '^cmake --preset san ' steps || fail "--build-type did not reach CMake"

# What a command does not begin with is built when the program asks for it, of the same tree in the same way.
for target in hyp-native.elf nested-native.elf; do
	rm -f steps
	expect 7 checkout/el2fuzz run --linux linux --el2-debug --build-type san
	options=$(sed -n 's/^options //p' steps)
	EL2FUZZ_OPTIONS=$options EL2FUZZ_COMMAND=run expect 0 checkout/el2fuzz part $target
	grep -q '/build/san-linux-' stdout || fail "not the same build: $(cat stdout)"
done
[ "$(grep -c "^kbuild $tmp/linux --el2-debug$" steps)" = 1 ] || fail "more than the world el2 at first: $(cat steps)"
[ "$(grep -c "^kbuild $tmp/linux --el2-debug --nested$" steps)" = 1 ] || fail "no objects of the nested world"

# Another configuration is another build, however its options stand; what the default is need not be said.
expect 7 checkout/el2fuzz --page-size 4k --el2-debug --linux linux run
expect 7 checkout/el2fuzz --page-size 64k --ubsan --page-size 16k --el2-debug --linux linux run
expect 7 checkout/el2fuzz --el2-debug --page-size=16k --linux linux --ubsan run
grep -qx "kbuild $tmp/linux --el2-debug --page-size=16k --ubsan" steps ||
	fail "options did not reach Kbuild: $(cat steps)"
built=(checkout/build/release-linux-*/)
[ ${#built[@]} = 2 ] ||
	fail "there are not two builds: ${built[*]}"
# What the program starts builds alike.
EL2FUZZ_CONFIGURATION=--ubsan expect 7 checkout/el2fuzz --linux linux run
grep -qx "kbuild $tmp/linux --ubsan" steps || fail "the configuration was not passed on"

expect 3 checkout/el2fuzz test -- -R one
printed "ctest --test-dir $build --output-on-failure -R one"

# A checkout that was moved is configured anew.
echo CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere >"$build/CMakeCache.txt"
rm steps
expect 0 checkout/el2fuzz build
grep -q '^cmake ' steps || fail "the build folder of another checkout was used"

# Another version of el2fuzz, which builds in another way, leaves this one's folder alone.
expect 0 checkout/el2fuzz build
touch checkout/cmake/kernel/nested.objects
expect 0 checkout/el2fuzz build
printed "$build"
echo more >>checkout/cmake/kernel/nested.objects
expect 0 checkout/el2fuzz build
[ "$(cat stdout)" != "$build" ] || fail "two versions share a folder"

# A failing step ends the start with its status, and the program does not run.
step kernel/kbuild.sh <<<'exit 2'
expect 2 checkout/el2fuzz run
printed ''

# Two at once: the second waits for the first.
step setup/install.sh <<<"echo in >>$tmp/order; sleep 0.5; echo out >>$tmp/order"
checkout/el2fuzz run 2>/dev/null &
sleep 0.2
expect 2 checkout/el2fuzz run
wait || :
said "waiting for another el2fuzz"
[ "$(paste -sd' ' order)" = 'in out in out' ] || fail "two set-ups ran at once"

# Of a default tree that does not build, one line; then the next is taken.
mkdir linux-source-7.3-1 linux-source-6.12-1
step setup/tree.sh <<<"case \$* in *--not*7.3*) echo $tmp/linux-source-6.12-1 ;; *) echo $tmp/linux-source-7.3-1 ;; esac"
step kernel/kbuild.sh <<<"[[ \$1 != *7.3* ]] || { echo 'it does not compile' >&2; exit 2; }"
expect 7 checkout/el2fuzz run
grep -q ":$tmp/checkout/build/release-linux-source-6.12-1-" stdout || fail "not the older tree: $(cat stdout)"
said "it does not compile" "linux-source-7.3 does not build; trying an older one"
expect 2 checkout/el2fuzz --linux linux-source-7.3-1 run
[ ! -s stdout ] || fail "a tree that was asked for is no default"

# A commit, and a tree where Kbuild cannot work, are copied; the gate's commits are the gate's.
mkdir checkout/cmake/gate
step gate/tree.sh <<<"echo copy \$* >>$tmp/steps; mkdir -p \"\$2\""
step kernel/kbuild.sh <<<"echo kbuild \$1 >>$tmp/steps"
git -C linux init -q
git -C linux -c user.name=n -c user.email=e commit -q --allow-empty -m first
commit=$(git -C linux rev-parse HEAD)
rm steps
expect 7 checkout/el2fuzz --linux linux --rev HEAD run
grep -q "^copy $tmp/linux $XDG_CACHE_HOME/el2fuzz/copies/.*/linux $commit\$" steps || fail "no copy: $(cat steps)"
grep -q "^kbuild $XDG_CACHE_HOME/el2fuzz/copies/" steps || fail "not the copy is built"
expect 2 checkout/el2fuzz --linux linux --rev nothing run
said "--rev nothing"
expect 7 checkout/el2fuzz --linux linux gate --rev HEAD
grep -q '^3:gate --rev HEAD:' stdout || fail "the gate did not get its commit: $(cat stdout)"
mkdir 'my linux'
expect 7 checkout/el2fuzz --linux 'my linux' run
grep -q "^copy $tmp/my linux .* -\$" steps || fail "no copy of a path with a space: $(cat steps)"

# Two trees: the first is built here, the second is the program's business.
rm steps
expect 7 checkout/el2fuzz compare --linux linux --time 1 --linux default-tree
grep -q '^5:compare --time 1 --with default-tree:' stdout || fail "not two trees: $(cat stdout)"
grep -qx "kbuild $tmp/linux" steps || fail "not the first tree: $(cat steps)"
