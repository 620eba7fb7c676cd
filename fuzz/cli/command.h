/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of el2fuzz. */
#ifndef EL2FUZZ_CLI_COMMAND_H
#define EL2FUZZ_CLI_COMMAND_H

/* Exit codes, the same for all commands */
enum exit_code {
	EXIT_CLEAN = 0, /* nothing found */
	EXIT_FOUND = 1, /* something was */
	EXIT_UNABLE = 2, /* the command could not do its job */
	EXIT_UNTESTABLE = 125, /* replay: not with this tree; what git bisect takes as "skip" */
};

struct command {
	const char *name;
	const char *summary;
	/* argv[0] is for messages ("el2fuzz run"); returns an enum exit_code */
	int (*main)(int argc, char **argv);
};

int command_run(int argc, char **argv);
int command_fuzz(int argc, char **argv);
int command_corpus(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_minimise(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_mutants(int argc, char **argv);
int command_show(int argc, char **argv);
int command_findings(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_coverage(int argc, char **argv);
int command_ops(int argc, char **argv);
int command_generate(int argc, char **argv);

#endif
