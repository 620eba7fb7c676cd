// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/cores_internal.h"

#include "oracle/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const struct cores *cores, unsigned int i)
{
	return core_kind_name(core_config(cores->core[i])->kind);
}

/* The host must have put everything into the same places. */
static bool same_machine(const struct core *one, const struct core *two)
{
	const struct memory_map *a = core_map(one), *b = core_map(two);

	return core_config(one)->layout == core_config(two)->layout &&
	       core_config(one)->caps == core_config(two)->caps && a->pa_bits == b->pa_bits &&
	       a->nr_pages == b->nr_pages && a->nr_carveouts == b->nr_carveouts &&
	       a->nr_regions == b->nr_regions &&
	       !memcmp(a->regions, b->regions, sizeof(a->regions)) &&
	       !memcmp(a->carveouts, b->carveouts, sizeof(a->carveouts)) &&
	       !memcmp(a->arenas, b->arenas, sizeof(a->arenas)) &&
	       core_table(one, WALK_HOST_S2) == core_table(two, WALK_HOST_S2) &&
	       core_table(one, WALK_HYP_S1) == core_table(two, WALK_HYP_S1);
}

struct cores *cores_open(struct core *one, struct core *two, struct error *err)
{
	struct cores *cores;

	if (!same_machine(one, two)) {
		error_set(err,
		          "the cores have laid their machines out differently: their capabilities,"
		          " memory or tables");
		return NULL;
	}

	cores = calloc(1, sizeof(*cores));
	if (!cores)
		goto no_memory;
	cores->core[0] = one;
	cores->core[1] = two;
	for (unsigned int i = 0; i < 2; i++) {
		cores->written[i] = calloc(core_map(one)->nr_pages, 1);
		if (!cores->written[i])
			goto no_memory;
	}
	if (cores_find_variables(cores))
		goto no_memory;

	return cores;

no_memory:
	cores_close(cores);
	error_set(err, "out of memory");
	return NULL;
}

void cores_close(struct cores *cores)
{
	if (!cores)
		return;

	free(cores->variables);
	free(cores->written[0]);
	free(cores->written[1]);
	free(cores);
}

int cores_differ_text(struct cores *cores, struct finding *finding, const char *place,
                      const char *one, const char *two)
{
	finding->class = FINDING_CORES;
	snprintf(finding->place, sizeof(finding->place), "%s", place);
	snprintf(finding->expected, sizeof(finding->expected), "%s: %s", name_of(cores, 0), one);
	snprintf(finding->actual, sizeof(finding->actual), "%s: %s", name_of(cores, 1), two);

	return -1;
}

int cores_differ(struct cores *cores, struct finding *finding, const char *place,
                 const u64 value[2], const char *what, ...)
{
	char text[2][320], of[256];
	va_list ap;

	va_start(ap, what);
	vsnprintf(of, sizeof(of), what, ap);
	va_end(ap);
	for (unsigned int i = 0; i < 2; i++)
		snprintf(text[i], sizeof(text[i]), "%s 0x%llx", of, (unsigned long long)value[i]);

	return cores_differ_text(cores, finding, place, text[0], text[1]);
}

int cores_check_boot(struct cores *cores, struct finding *finding)
{
	return cores_check_memory(cores, true, finding);
}

int cores_check_everything(struct cores *cores, struct finding *finding)
{
	return cores_check_memory(cores, false, finding);
}

/* Other kinds of exit, or another place to crash. */
static int exits_differ(struct cores *cores, const struct outcome out[2], struct finding *finding)
{
	char text[2][FINDING_TEXT_MAX - 32], place[2][160];

	for (unsigned int i = 0; i < 2; i++) {
		describe_outcome(cores->core[i], &out[i], text[i], sizeof(text[i]));
		snprintf(place[i], sizeof(place[i]), "exit");
		if (outcome_crashed(&out[i]))
			check_crash_place(cores->core[i], &out[i], place[i], sizeof(place[i]));
	}

	return cores_differ_text(cores, finding,
	                         place[!outcome_crashed(&out[0]) && outcome_crashed(&out[1])],
	                         text[0], text[1]);
}

static bool same_crash(const struct cores *cores, const struct outcome out[2])
{
	char place[2][160];

	/* Where a loop was when its time was up depends on how time is counted. */
	if (!outcome_crashed(&out[0]) || out[0].kind == OUTCOME_HANG)
		return true;
	for (unsigned int i = 0; i < 2; i++)
		check_crash_place(cores->core[i], &out[i], place[i], sizeof(place[i]));

	return !strcmp(place[0], place[1]);
}

static int check_regs(struct cores *cores, const struct outcome out[2], struct finding *finding)
{
	char place[16];

	if (!memcmp(out[0].regs, out[1].regs, sizeof(out[0].regs)))
		return 0;
	for (unsigned int i = 0; i < 31; i++) {
		const u64 value[] = { out[0].regs[i], out[1].regs[i] };

		if (cores_same_word(cores, value[0], value[1]))
			continue;
		snprintf(place, sizeof(place), "x%u", i);
		return cores_differ(cores, finding, place, value, "x%u", i);
	}

	return 0;
}

static int check_state(struct cores *cores, const struct outcome out[2], struct finding *finding)
{
	const struct {
		const char *name;
		u64 value[2];
	} states[] = {
		{ "ESR_EL1", { out[0].esr, out[1].esr } },
		{ "FAR_EL1", { out[0].far, out[1].far } },
		{ "PC", { out[0].pc_offset, out[1].pc_offset } },
		{ "ELR_EL1", { out[0].elr_offset, out[1].elr_offset } },
		{ "PSTATE", { out[0].pstate, out[1].pstate } },
		{ "SPSR_EL1", { out[0].spsr, out[1].spsr } },
		{ "faults taken to EL2", { out[0].faults, out[1].faults } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (states[i].value[0] != states[i].value[1])
			return cores_differ(cores, finding, states[i].name, states[i].value, "%s",
			                    states[i].name);
	}

	return 0;
}

/* Function numbers of PSCI among the standard calls (SMCCC 6.3); it has x1 to x3 (DEN0022 5). */
#define PSCI_LAST 0x1f
#define PSCI_REGS 4

/* How many registers are arguments: what is in the others is the compiler's business. */
static unsigned int smc_args(const struct cores *cores, u64 id)
{
	if (SMCCC_OWNER(id) == SMCCC_OWNER_STANDARD && SMCCC_FUNCTION(id) <= PSCI_LAST)
		return PSCI_REGS;
	return tree_has(core_info(cores->core[0]), FEATURE_smccc_1_2) ? SMC_REGS : SMCCC_1_1_REGS;
}

/* What EL2 asked of EL3. */
static int check_smcs(struct cores *cores, struct finding *finding)
{
	const struct smc_log *log[] = { core_smcs(cores->core[0]), core_smcs(cores->core[1]) };
	const u64 nr[] = { log[0]->nr, log[1]->nr };

	for (u32 i = 0; i < nr[0] && i < nr[1] && i < SMC_MAX_CALLS; i++) {
		for (unsigned int r = 0; r < smc_args(cores, log[0]->calls[i].args[0]); r++) {
			const u64 value[] = { log[0]->calls[i].args[r], log[1]->calls[i].args[r] };

			if (!cores_same_word(cores, value[0], value[1]))
				return cores_differ(cores, finding, "EL3 call", value,
				                    "x%u of call %u to EL3", r, i);
		}
	}

	return nr[0] == nr[1] ? 0 : cores_differ(cores, finding, "EL3 calls", nr, "calls to EL3:");
}

/* What EL2 did to translations and caches. */
static int check_events(struct cores *cores, struct finding *finding)
{
	char place[32], text[2][EVENT_TEXT];
	int i = events_differ(core_events(cores->core[0]), core_events(cores->core[1]), text[0],
	                      text[1]);

	if (i < 0)
		return 0;
	snprintf(place, sizeof(place), "event %d", i);
	return cores_differ_text(cores, finding, place, text[0], text[1]);
}

int cores_check_outcome(struct cores *cores, const struct outcome out[2], struct finding *finding)
{
	if (out[0].kind != out[1].kind || !same_crash(cores, out))
		return exits_differ(cores, out, finding);
	/* Where EL2 crashed, nobody goes on. */
	if (outcome_crashed(&out[0]))
		return 0;

	return check_smcs(cores, finding) || check_regs(cores, out, finding) ||
	                       check_state(cores, out, finding) || check_events(cores, finding) ?
	               -1 :
	               0;
}

/* The descriptors are compared with all other memory: to find them again at each step costs too much. */
static int check_page_of(struct cores *cores, u64 pa, struct finding *finding)
{
	u64 at = core_hyp_page(cores->core[0], pa);
	const u64 value[] = { core_read64(cores->core[0], at), core_read64(cores->core[1], at) };
	char text[2][512], line[2][640], where[64];

	if (value[0] == value[1])
		return 0;

	map_describe(core_map(cores->core[0]), pa, where, sizeof(where));
	for (unsigned int i = 0; i < 2; i++) {
		struct page_view view;

		core_view(cores->core[i], pa, &view);
		snprintf(line[i], sizeof(line[i]), "%s: %s", where,
		         describe_view(&view, text[i], sizeof(text[i])));
	}
	return cores_differ_text(cores, finding, "memory of the vmemmap", line[0], line[1]);
}

int cores_check_touched(struct cores *cores, const struct model *model, struct finding *finding)
{
	const struct memory_map *map = core_map(cores->core[0]);

	for (unsigned int i = 0; i < model->nr_touched; i++) {
		if (check_page_of(cores, map_page_pa(map, model->touched[i]), finding))
			return -1;
	}

	for (unsigned int i = 0; i < model->nr_checks; i++) {
		u64 pa = model->checks[i].pa;
		const u64 value[] = { core_read64(cores->core[0], pa),
			              core_read64(cores->core[1], pa) };
		char where[64];

		if (cores_same_word(cores, value[0], value[1]))
			continue;
		map_describe(map, pa, where, sizeof(where));
		return cores_differ(cores, finding, "memory of the host", value, "%s", where);
	}

	return 0;
}
