# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A copy of a tree that is made of links, but for the files that are to be other than the tree's: Kbuild
# compiles only those again. Sourced; whoever does has a die().

# copy_make_real TREE COPY FILE: make the folders that FILE is in real; all else in there are links. No file is
# made. git is left out: the copy is no checkout.
copy_make_real()
{
	copy_at=.
	for copy_part in $(dirname "$3" | tr / ' ') .; do
		if [ -h "$2/$copy_at" ]; then
			rm "$2/$copy_at"
		fi
		if [ ! -d "$2/$copy_at" ]; then
			mkdir -p "$2/$copy_at" || die "cannot write in $2"
			if [ -d "$1/$copy_at" ]; then
				find "$1/$copy_at" -mindepth 1 -maxdepth 1 ! -name .git \
					-exec ln -s -t "$2/$copy_at" {} + || die "cannot write in $2"
			fi
		fi
		copy_at=$copy_at/$copy_part
	done
}

# copy_make_climbable TREE COPY: nvhe/Makefile names ../pgtable.o, nvhe/sys_regs.c "../../sys_regs.h". Where the
# folder is a link, that is a file of TREE, not of COPY: so all folders of KVM's are real.
copy_make_climbable()
{
	for copy_dir in $(cd "$1" && find arch/arm64/kvm -type d 2>/dev/null); do
		copy_make_real "$1" "$2" "$copy_dir/Makefile"
	done
}
