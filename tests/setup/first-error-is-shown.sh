#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Of a tool's log: the first error by name and what follows it, wherever it stands; without one, the end.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

dies()
{
	expect 2 bash -c "set -euo pipefail; . '$root/cmake/setup/lib.sh'; die_log log 'it failed'; echo alive"
	[ ! -s stdout ] || fail "it went on"
}

not_said()
{
	! grep -qF -e "$1" stderr || fail "stderr says: $1"
}

{
	seq 100 | sed 's/^/before /'
	echo "core/a.c:3:7: warning: no error: of anybody"
	echo "core/tree/probe.c:12:20: error: no member named 'gone' in 'struct kvm'"
	echo "core/fields_table.h:15:2: note: expanded from here"
	echo "make[3]: *** [scripts/Makefile.build:1: probe.o] Error 1"
	echo "core/b.c:1:1: fatal error: a second one"
	seq 100 | sed 's/^/after /'
} >log
dies
said "error: it failed: core/tree/probe.c:12:20: error: no member named 'gone' in 'struct kvm' (log: log)" \
	"    core/fields_table.h:15:2: note: expanded from here"
not_said "before 100"
not_said "make[3]"
not_said "after 13"

printf '%s\n' "make[1]: *** [Makefile:2: all] Error 2" "Kconfig:9: *** missing separator.  Stop." >log
dies
said "it failed: Kconfig:9: *** missing separator.  Stop. (log: log)"

seq 100 >log
dies
said "error: it failed (log: log)" "    86" "    100"
not_said "    85"

: >log
dies
said "error: it failed (log: log)"
