// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int corpus_make_dir(const char *dir, struct error *err)
{
	struct stat st;

	if (!mkdir(dir, 0777) || (errno == EEXIST && !stat(dir, &st) && S_ISDIR(st.st_mode)))
		return 0;
	return error_set(err, "%s: %s", dir, strerror(errno == EEXIST ? ENOTDIR : errno));
}

u64 corpus_hash(const void *bytes, size_t size)
{
	u64 hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const u8 *)bytes)[i]) * 0x100000001b3ULL;
	return hash;
}

/* Two of FNV-1a, from either end: a name, not a seal. */
static void name_of(const u8 *bytes, size_t size, char name[33])
{
	u64 front = corpus_hash(bytes, size), back = 0xcbf29ce484222325ULL;

	for (size_t i = size; i; i--)
		back = (back ^ bytes[i - 1]) * 0x100000001b3ULL;
	snprintf(name, 33, "%016" PRIx64 "%016" PRIx64, front, back);
}

static int write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int ret;

	if (fd < 0)
		return -1;
	errno = ENOSPC;
	ret = write(fd, bytes, size) == (ssize_t)size ? 0 : -1;
	close(fd);
	return ret;
}

int corpus_add(const char *dir, const void *bytes, size_t size, struct error *err)
{
	char name[33], path[4200], unfinished[4300];

	name_of(bytes, size, name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!access(path, F_OK))
		return 0;
	snprintf(unfinished, sizeof(unfinished), "%s/.%s.%d", dir, name, getpid());
	if (write_file(unfinished, bytes, size) || rename(unfinished, path)) {
		error_set(err, "%s: %s", path, strerror(errno));
		unlink(unfinished);
		return -1;
	}

	return 1;
}

int corpus_add_trace(const char *dir, const struct trace *trace, struct error *err)
{
	u8 *bytes = malloc(trace_encoded_max(trace) + 1);
	int ret;

	if (!bytes)
		return error_set(err, "out of memory");
	ret = corpus_add(dir, bytes, trace_encode(trace, bytes), err);
	free(bytes);
	return ret;
}

/* Return: false if the file is none to visit. */
static bool read_file(const char *path, u8 *bytes, size_t *size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "%s: left out: %s\n", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (S_ISREG(st.st_mode) && st.st_size > CORPUS_FILE_MAX)
		fprintf(stderr, "%s: left out: larger than any trace (%d bytes)\n", path,
		        CORPUS_FILE_MAX);
	got = S_ISREG(st.st_mode) && st.st_size <= CORPUS_FILE_MAX ?
	              read(fd, bytes, CORPUS_FILE_MAX) :
	              -1;
	close(fd);
	*size = got;
	return got >= 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int corpus_each(const char *dir,
                int (*visit)(void *arg, const char *path, const u8 *bytes, size_t size), void *arg,
                struct error *err)
{
	u8 *bytes = malloc(CORPUS_FILE_MAX);
	struct dirent **entries;
	int visited = 0, nr;
	char path[4200];
	size_t size;

	if (!bytes)
		return error_set(err, "out of memory");
	nr = scandir(dir, &entries, is_visible, alphasort);
	if (nr < 0) {
		free(bytes);
		return error_set(err, "%s: %s", dir, strerror(errno));
	}
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (visited >= 0 && read_file(path, bytes, &size))
			visited = visit(arg, path, bytes, size) ? -1 : visited + 1;
		free(entries[i]);
	}
	free(entries);
	free(bytes);

	return visited;
}
