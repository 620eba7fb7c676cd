// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/types.h"
#include "fuzz/cli/command.h"

static const struct command commands[] = {
	{ "run", "fuzz: generate traces, check every step, keep what is found", command_run },
	{ "fuzz", "the same with engines that are led by coverage, for weeks", command_fuzz },
	{ "corpus", "import, export, merge, minimise what engines go on from", command_corpus },
	{ "replay", "run one trace again and explain its steps", command_replay },
	{ "minimise", "make a failing trace as small as can be", command_minimise },
	{ "gate", "judge a patch: does it break a rule, or change what the tree does?",
	  command_gate },
	{ "compare", "list what two trees do differently with the same traces", command_compare },
	{ "mutants", "break the tree on purpose, and see what is noticed", command_mutants },
	{ "findings", "list what was found, or show one finding", command_findings },
	{ "show", "print a finding as a mail, a kernel selftest or a trace", command_show },
	{ "bench", "measure steps and resets per second, and peak memory", command_bench },
	{ "coverage", "show which lines of the tree a run has reached", command_coverage },
	{ "ops", "list the ops that traces are made of", command_ops },
	{ "generate", "print the trace that a run made from a seed and an index",
	  command_generate },
};

static void print_commands(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
}

static int usage(FILE *out, int code)
{
	fprintf(out,
	        "usage: el2fuzz COMMAND [OPTION...]\n\n"
	        "Fuzz Linux's arm64 pKVM hypervisor code against a model of what it must do.\n\n");
	print_commands(out);
	fprintf(out, "\n`el2fuzz COMMAND --help` explains a command. Exit code: 0 nothing found, "
	             "1 found, 2 could not run.\n");
	return code;
}

int main(int argc, char **argv)
{
	char name[64];

	argp_err_exit_status = EXIT_UNABLE;
	/* A file size limit is an error of write() like any other. */
	signal(SIGXFSZ, SIG_IGN);

	if (argc < 2)
		return usage(stderr, EXIT_UNABLE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout, EXIT_CLEAN);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "el2fuzz %s", commands[i].name);
		argv[1] = name;
		return commands[i].main(argc - 1, argv + 1);
	}

	fprintf(stderr, "el2fuzz: there is no command \"%s\"; there are:\n", argv[1]);
	print_commands(stderr);
	return EXIT_UNABLE;
}
