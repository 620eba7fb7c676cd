# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What every set-up script shares: how it speaks, how it fails, where the
# cache is, and how it becomes root. Sourced, never run.

export LC_ALL=C		# the output of apt and make is parsed
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE	# set when a git hook runs us

# shellcheck disable=SC2034 # used by those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/el2fuzz

say()
{
	echo "el2fuzz: $*" >&2
}

# 2 is "could not run", in the scripts as in the program.
die()
{
	say "error: $*"
	exit 2
}

# die_output OUTPUT MESSAGE...: the same, with the end of what the failed tool said.
die_output()
{
	local output=$1
	shift
	say "error: $*"
	[ -z "$output" ] || printf '%s\n' "$output" | tail -n 15 | sed 's/^/    /' >&2
	# On a full disk, a log may be as empty as the rest.
	if [[ $output == *'No space left on device'* ]] ||
	   [ "$(df --output=avail -k "$cache" 2>/dev/null | tail -n 1)" -lt 1024 ]; then
		say "the disk is full ($cache): make room, then run the same command again"
	fi
	exit 2
}

# die_log LOG MESSAGE...: the same for a tool that wrote a log. Its first error is named, and what it said of that
# shown: not what others said that ran beside it, nor how nine makes took it.
die_log()
{
	local log=$1 first from='' noise='^make(\[[0-9]+\])?: (\*\*\* \[|Leaving|Entering)'
	shift
	first=$(grep -m1 -noE '([^ ]+:[0-9]+(:[0-9]+)?: ((fatal )?error: |\*\*\* )|\*\*\* [^[]).*' \
		"$log") && from=${first%%:*}
	die_output "$(tail -n "${from:++}${from:-15}" "$log" | grep -vE "$noise" | head -n 15 || :)" \
		"$*${first:+: ${first#*:}} (log: $log)"
}

# What nobody foresaw is not silent either, and is "could not run" too.
set -E
trap 'say "error: $0: line $LINENO failed ($BASH_COMMAND)"; exit 2' ERR

can_be_root()
{
	[ "$(id -u)" = 0 ] && return
	command -v sudo >/dev/null || return 1
	# Without a terminal, sudo could only fail to ask for the password.
	[ -t 0 ] || sudo -n true 2>/dev/null
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}
