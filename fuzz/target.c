// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/target.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/known.h"
#include "fuzz/under_way.h"
#include "oracle/lockstep.h"
#include "replay/runner/server.h"

static struct {
	struct core *core;
	struct lockstep *lockstep;
	struct hello hello;
	struct known known;
	struct trace trace;
	struct lockstep_result result;
	struct under_way *under_way;
} target;

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "el2fuzz: %s\n", what);
	/* An engine takes exit() for a crash. */
	_exit(2);
}

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* A file of the same build lies beside the program, wherever that is. */
static const char *beside(const char *name)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 16);
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, name);
	return path;
}

static void configure(struct core_config *config)
{
	const char *fastest = core_kind_by_name("native") < 0 ? "aarch64" : "native";
	const char *core = setting("EL2FUZZ_CORE", fastest);
	const char *layout = setting("EL2FUZZ_LAYOUT", layout_name(LAYOUT_SMALL));
	const char *name = setting("EL2FUZZ_WORLD", world_name(WORLD_EL2));
	int world = world_by_name(name, strlen(name));
	const char *caps = getenv("EL2FUZZ_CAPS");
	int kind = core_kind_by_name(core), number = layout_by_name(layout);
	const char *image;
	struct error err;

	if (kind < 0)
		fail("EL2FUZZ_CORE: this build has no such core");
	if (number < 0)
		fail("EL2FUZZ_LAYOUT: there is no such layout");
	if (world < 0)
		fail("EL2FUZZ_WORLD: there is no such world");
	image = strdup(beside(world_image(world)));
	if (!image)
		fail("out of memory");
	*config = (struct core_config){ .world = world,
		                        .kind = kind,
		                        .layout = number,
		                        .caps = CAPS_DEFAULT,
		                        .image = setting("EL2FUZZ_IMAGE", image) };
	if (caps && caps_parse(caps, &config->caps, &err))
		fail(err.text);
}

/* The folder of the sources need not be where the program runs; one may have been put beside it. */
static const char *default_known(void)
{
	const char *known = beside("known");

	if (access(known, F_OK))
		known = EL2FUZZ_CORPUS_DIR "/known";
	return access(known, F_OK) ? "" : known;
}

static void load_known(u32 caps, u64 features)
{
	char *folders = strdup(setting("EL2FUZZ_KNOWN", default_known()));
	struct error err;
	char *rest;

	if (!folders)
		fail("out of memory");
	for (char *dir = strtok_r(folders, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
		if (known_load(&target.known, dir, caps, features, &err))
			fail(err.text);
	}
	free(folders);
}

static void watch_tlb(void)
{
	int mode = tlb_mode_by_name(setting("EL2FUZZ_TLB", "off"));
	struct error err;

	if (mode < 0)
		fail("EL2FUZZ_TLB: there is no such mode; there are: off end full");
	if (lockstep_watch(target.lockstep, mode, &err))
		fail(err.text);
}

static void choose_coverage(void)
{
	const char *wanted = setting("EL2FUZZ_COVERAGE", "code,state");
	struct core_counters counters = { 0 };

	if (strstr(wanted, "code"))
		core_counters(target.core, &counters);
	engine_start(&counters);
	/* Transitions are of the pages of the world el2. */
	if (strstr(wanted, "state") && core_config(target.core)->world == WORLD_EL2 &&
	    lockstep_count_transitions(target.lockstep, engine_state(), TARGET_STATE_COUNTERS))
		fail("out of memory");
}

static void open_under_way(void)
{
	const char *path = setting("EL2FUZZ_UNDER_WAY", NULL);
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;

	if (path && (fd < 0 || posix_fallocate(fd, 0, sizeof(struct under_way))))
		fail("EL2FUZZ_UNDER_WAY: the file cannot be written");
	target.under_way = mmap(NULL, sizeof(struct under_way), PROT_READ | PROT_WRITE,
	                        fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (target.under_way == MAP_FAILED)
		fail("EL2FUZZ_UNDER_WAY: the file cannot be mapped");
	if (fd >= 0)
		close(fd);
}

static void set_under_way(const u8 *bytes, size_t size)
{
	struct under_way *w = target.under_way;

	w->size = 0;
	if (size <= sizeof(w->bytes)) {
		memcpy(w->bytes, bytes, size);
		w->size = size;
	}
	w->runs++;
}

static void start(void)
{
	struct core_config config;
	struct error err;

	if (target.lockstep)
		return;
	open_under_way();
	configure(&config);
	target.core = core_open(&config, &err);
	if (!target.core)
		fail(err.text);
	load_known(config.caps, core_info(target.core)->features);
	target.lockstep = lockstep_open(target.core);
	if (!target.lockstep)
		fail("out of memory");
	target.trace.world = config.world;
	hello_fill(&target.hello, target.core, core_kind_name(config.kind), "");
	watch_tlb();
	choose_coverage();
}

const struct hello *target_hello(void)
{
	start();
	return &target.hello;
}

static void report(const char *signature)
{
	const struct finding *f = &target.result.finding;

	fprintf(stderr,
	        "el2fuzz: finding: %s\n"
	        "step %u (%s): %s\n  expected %s\n  actual   %s\n",
	        signature, f->step, f->op, f->place, f->expected, f->actual);
	trace_print(&target.trace, NULL, stderr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char signature[SIGNATURE_MAX];
	bool found;

	start();
	set_under_way(data, size);
	trace_decode(&target.trace, data, size);
	lockstep_run(target.lockstep, target.trace.ops, target.trace.nr_ops, LOCKSTEP_CHEAP, NULL,
	             &target.result);
	found = target.result.verdict == VERDICT_FINDING;
	if (found) {
		finding_signature(&target.result.finding, signature, sizeof(signature));
		if (!known_has(&target.known, signature)) {
			report(signature);
			abort();
		}
	}
	engine_ran(!found);
	target.under_way->size = 0;

	return found ? -1 : 0;
}
