# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the set-up tests share. Sourced; gives $root, a temporary folder $tmp that
# is the current one, and a cache in it.
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
root=$(readlink -f "$root")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
export XDG_CACHE_HOME=$tmp/cache HOME=$tmp

fail()
{
	echo "FAILED: $*" >&2
	[ ! -e "$tmp/stderr" ] || sed 's/^/    stderr: /' "$tmp/stderr" >&2
	exit 1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

# expect STATUS COMMAND...: run it, with its output in $tmp/stdout and $tmp/stderr.
expect()
{
	local want=$1 got=0
	shift
	"$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null || got=$?
	[ "$got" = "$want" ] || fail "exit $got instead of $want: $*"
}

# Each argument is a text that must be in the last command's stderr.
said()
{
	local text
	for text; do
		grep -qF -e "$text" "$tmp/stderr" || fail "stderr does not say: $text"
	done
}

printed()
{
	[ "$(cat "$tmp/stdout")" = "$1" ] || fail "printed '$(cat "$tmp/stdout")' instead of '$1'"
}

# stub NAME: a command that shadows the real one; its script is on stdin.
stub()
{
	mkdir -p "$tmp/bin"
	{ echo '#!/bin/bash'; cat; } >"$tmp/bin/$1"
	chmod +x "$tmp/bin/$1"
	case :$PATH: in
	*":$tmp/bin:"*)	;;
	*)		PATH=$tmp/bin:$PATH ;;
	esac
}

# fake_tree DIR: the least that passes for a kernel tree.
fake_tree()
{
	local hyp=$1/arch/arm64/kvm/hyp/nvhe

	mkdir -p "$hyp" "$1"/arch/arm64/configs "$1"/{include,init,kernel,lib,mm,scripts,virt} \
		"$1/tools/include"
	printf 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n' >"$1/Makefile"
	echo '# Kconfig' >"$1/Kconfig"
	echo '# Kbuild' >"$1/Kbuild"
	echo '# Kconfig' >"$1/arch/Kconfig"
	echo 'CONFIG_ARM64=y' >"$1/arch/arm64/configs/defconfig"
	echo 'int share;' >"$hyp/mem_protect.c"
}

# stub_make: a Kbuild for fake trees. "olddefconfig" drops what $tmp/unknown names;
# building logs a line in $tmp/builds.
stub_make()
{
	: >"$tmp/builds"
	echo nothing >"$tmp/unknown"
	stub make <<-EOF
		for arg; do case \$arg in O=*) out=\${arg#O=} ;; -C) ;; esac; done
		case " \$* " in
		*" olddefconfig "*)
			grep -v -f $tmp/unknown "\$out/.config" >"\$out/.new"
			mv "\$out/.new" "\$out/.config" ;;
		*)
			echo built >>$tmp/builds
			mkdir -p "\$out/arch/arm64/kvm/hyp/nvhe"
			[ ! -e $tmp/hang ] || { touch $tmp/hanging; sleep 60; }
			cd "\$2/arch/arm64/kvm/hyp/nvhe"
			cat *.c >"\$out/arch/arm64/kvm/hyp/nvhe/kvm_nvhe.o" ;;
		esac
	EOF
}
