#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# host-fields-are-covered.sh TREE [TABLE]: what EL2 reads of the host's struct kvm and struct kvm_vcpu, by the names that
# the tree's code has for pointers to them, is in core/fields_table.h: an op can write it, or it says why not.
set -u
tree=$1
here=$(dirname "$(readlink -f "$0")")
table=${2:-$here/../../core/fields_table.h}

# F(number, name, member) and U(member, "why"), without array indices.
covered=$(sed -n -e 's/.*F([0-9]*, [a-z0-9_]*, \([a-z0-9_.]*\).*/\1/p' \
	-e 's/.*U(\([a-z0-9_.]*\),.*/\1/p' "$table")

read_by_el2()
{
	grep -rhoE '\b(host_kvm|host_vcpu|host_cpu_if)->[a-zA-Z0-9_.]+' "$tree/arch/arm64/kvm/hyp/nvhe" |
		sed -e 's/^host_cpu_if->/arch.vgic_cpu.vgic_v3./' -e 's/^host_[a-z]*->//' | sort -u
}

# A structure is covered by what is in it, and what is in a structure by that.
is_covered()
{
	local member

	for member in $covered; do
		case $1. in "$member".*) return 0 ;; esac
		case $member. in "$1".*) return 0 ;; esac
	done
	return 1
}

nr=0 failed=0
while read -r member; do
	nr=$((nr + 1))
	is_covered "$member" || {
		echo "FAIL: EL2 reads $member, which core/fields_table.h does not have"
		failed=1
	}
done < <(read_by_el2)
if [ "$nr" -lt 20 ]; then
	echo "FAIL: only $nr members found in $tree: is it what this test looks for?"
	failed=1
fi
exit $failed
