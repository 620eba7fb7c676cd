// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/gdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What gdb is to do, and the request that the runner is to find on its standard input. */
struct files {
	char commands[64];
	char request[64];
};

static FILE *make(char path[64], struct error *err)
{
	const char *dir = getenv("TMPDIR");
	FILE *out;
	int fd;

	snprintf(path, 64, "%.40s/el2fuzz-gdb-XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		error_set(err, "%s: %s", path, strerror(errno));
	return out;
}

static int finish(FILE *out, const char *path, struct error *err)
{
	bool failed = ferror(out);

	if (fclose(out) || failed)
		return error_set(err, "%s: cannot be written", path);
	return 0;
}

/*
 * The image of the tree's code lies where it was linked to. A fault is how that code gets its memory: the runner
 * handles it. A step is a call of core_step().
 */
static void write_commands(const struct files *files, const struct client_config *config, FILE *out,
                           u32 step)
{
	const char *slash = strrchr(config->image, '/');
	const char *argv[CLIENT_MAX_ARGS];

	fprintf(out,
	        "set confirm off\n"
	        "set pagination off\n"
	        "set breakpoint pending on\n"
	        "handle SIGSEGV nostop noprint pass\n"
	        "handle SIGBUS nostop noprint pass\n"
	        "add-symbol-file %.*shyp-native.elf\n"
	        "break core_step\n"
	        "ignore 1 %u\n"
	        "run",
	        slash ? (int)(slash + 1 - config->image) : 0, config->image, step);
	client_command(config, argv);
	for (int i = 1; argv[i]; i++)
		fprintf(out, " '%s'", argv[i]);
	fprintf(out,
	        " < %s > /dev/null\n"
	        "delete 1\n"
	        "shell rm -f %s %s\n"
	        "echo \\nel2fuzz: before step %u; break in a function of EL2, and continue\\n\n",
	        files->request, files->request, files->commands, step);
}

int gdb_start(const struct client_config *config, const struct trace *trace, u32 step,
              struct error *err)
{
	struct files files;
	const char *const argv[] = { "gdb", "-q", "-x", files.commands, config->runner, NULL };
	FILE *request = make(files.request, err);
	FILE *commands = request ? make(files.commands, err) : NULL;

	if (!commands)
		return -1;
	client_save(LOCKSTEP_CHEAP, trace, request);
	write_commands(&files, config, commands, step);
	if (finish(request, files.request, err) || finish(commands, files.commands, err))
		return -1;

	execvp(argv[0], (char *const *)argv);
	error_set(err, "gdb: %s; install it (apt install gdb)", strerror(errno));
	unlink(files.request);
	unlink(files.commands);
	return -1;
}
