// SPDX-License-Identifier: GPL-2.0-only
#include "core/backend.h"

#include "core/image/image.h"
#include "core/pgtable/shared.h"

#include <stdlib.h>

#define PSTATE_HOST 0x3c5 /* EL1h; D, A, I, F masked */

static const char *const kind_names[CORE_KIND_COUNT] = {
	[CORE_AARCH64] = "aarch64",
#ifdef EL2FUZZ_NATIVE
	[CORE_NATIVE] = "native",
	[CORE_NATIVE_FAST] = "native-fast",
	[CORE_NATIVE_SAN] = "native-san",
#endif
};

static const struct core_backend *const backends[WORLD_COUNT][CORE_KIND_COUNT] = {
	[WORLD_EL2] = {
		[CORE_AARCH64] = &aarch64_backend,
#ifdef EL2FUZZ_NATIVE
		[CORE_NATIVE] = &native_backend,
		[CORE_NATIVE_FAST] = &native_backend,
		[CORE_NATIVE_SAN] = &native_backend,
#endif
	},
	[WORLD_PGTABLE] = {
		[CORE_AARCH64] = &pgtable_aarch64_backend,
#ifdef EL2FUZZ_NATIVE
		[CORE_NATIVE] = &pgtable_native_backend,
		[CORE_NATIVE_SAN] = &pgtable_native_backend,
#endif
	},
#ifdef EL2FUZZ_NESTED
	[WORLD_NESTED] = {
		[CORE_AARCH64] = &nested_aarch64_backend,
		[CORE_NATIVE] = &nested_native_backend,
		[CORE_NATIVE_SAN] = &nested_native_backend,
	},
#endif
};

int core_kind_by_name(const char *name)
{
	for (int i = 0; i < CORE_KIND_COUNT; i++) {
		if (!strcmp(kind_names[i], name))
			return i;
	}

	return -1;
}

const char *core_kind_name(enum core_kind kind)
{
	return kind_names[kind];
}

void *core_new(size_t size, const struct core_backend *backend, const struct core_config *config,
               unsigned int pa_bits, u64 hyp_va_base, struct error *err)
{
	struct core *core = calloc(1, size);

	if (!core) {
		error_set(err, "out of memory");
		return NULL;
	}
	core->backend = backend;
	core->config = *config;
	tree_info_init(&core->info);
	core->info.has_xnx = config->caps & BIT(CAP_xnx);
	map_init(&core->map, config->layout, pa_bits, hyp_va_base);
	core->phys.fd = core->phys.pagemap = -1;
	core->observer.phys = &core->phys;
	core->observer.map = &core->map;
	/* Where there is no host's own stage 2, descriptors are still of that kind. */
	core->observer.host_s2.stage2 = true;
	core->observer.host_s2.fwb = config->caps & BIT(CAP_fwb);
	return core;
}

int core_place_arenas(struct core *core, u64 pgd_size, struct error *err)
{
	const struct tree_info *info = &core->info;
	/* Of at least as many pages as in most trees: a trace that names one means the same page of the same object. */
	const struct {
		u64 size;
		u64 pages;
		u32 nr;
	} arenas[ARENA_COUNT] = {
		[ARENA_KVM] = { info->sizeof_kvm, 2, MAP_VMS },
		[ARENA_VCPU] = { info->sizeof_vcpu, 3, MAP_VMS * MAP_VCPUS },
		[ARENA_VM_MEM] = { info->sizeof_hyp_vm + MAP_VCPUS * sizeof(u64), 2, MAP_VMS },
		[ARENA_PGD] = { pgd_size, 1, MAP_VMS },
		[ARENA_VCPU_MEM] = { info->sizeof_hyp_vcpu, 3, MAP_VMS * MAP_VCPUS },
		[ARENA_FFA] = { MAP_PAGE_SIZE, 1, MAP_FFA_PAGES },
	};

	for (int i = 0; i < ARENA_COUNT; i++) {
		u64 least = arenas[i].pages << MAP_PAGE_SHIFT;

		if (map_add_arena(&core->map, i, arenas[i].size < least ? least : arenas[i].size,
		                  arenas[i].nr))
			return error_set(err, "boot: no room for the objects of VMs");
	}

	return 0;
}

void core_learn_entries(struct core *core, const struct image *image, const struct boot_args *boot)
{
	struct tree_info *info = &core->info;

	info->cpu_entry = image_symbol(image, "kvm_hyp_cpu_entry") - image->va_base;
	info->cpu_resume = image_symbol(image, "kvm_hyp_cpu_resume") - image->va_base;
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		info->init_params[cpu] = boot->init_params[cpu];
	if (info->vgic_state_size)
		info->vgic_state = image_symbol(image, "kvm_vgic_global_state") - image->va_base;
}

void crash_report(struct crash *crash, const char *what, const char *access, u64 size)
{
	if (access)
		snprintf(crash->report, sizeof(crash->report), "%s: %s of %llu bytes", what, access,
		         (unsigned long long)size);
	else
		snprintf(crash->report, sizeof(crash->report), "%s", what);
}

void core_release(struct core *core)
{
	observer_release(&core->observer);
	phys_release(&core->phys);
}

static bool has_world(enum world world)
{
	for (int i = 0; i < CORE_KIND_COUNT; i++) {
		if (backends[world][i])
			return true;
	}

	return false;
}

struct core *core_open(const struct core_config *config, struct error *err)
{
	const struct core_backend *backend = backends[config->world][config->kind];
	const u32 refused = config->caps & ~caps_of(config->world);
	char caps[32];

	if (refused) {
		error_set(err, "--caps %s: %s", caps_format(refused, caps, sizeof(caps)),
		          config->world == WORLD_PGTABLE ?
		                  "pages of 64 KiB have 52 bits of address without FEAT_LPA2" :
		                  "the emulated CPU cannot run EL2 so: only --world pgtable runs");
		return NULL;
	}
	if (!backend) {
		error_set(
			err, "this build has no core %s of the world %s%s",
			core_kind_name(config->kind), world_name(config->world),
			has_world(config->world) ?
				"" :
				", and no other one: the tree lacks what it needs, see docs/trees.md");
		return NULL;
	}
	if (config->world != WORLD_NESTED && config->layout >= LAYOUT_SHARED) {
		error_set(err, "layout %s is the nested world's: --world nested",
		          layout_name(config->layout));
		return NULL;
	}
	if (config->world == WORLD_EL2 && EL2FUZZ_PAGE_SHIFT != MAP_PAGE_SHIFT) {
		error_set(
			err,
			"the tree was built for pages of %u KiB (--page-size), the world el2 is of %u KiB: "
			"only --world pgtable and --world nested run",
			(unsigned int)BIT(EL2FUZZ_PAGE_SHIFT - 10),
			(unsigned int)BIT(MAP_PAGE_SHIFT - 10));
		return NULL;
	}

	return backend->open(config, err);
}

void core_close(struct core *core)
{
	if (core)
		core->backend->close(core);
}

void core_reset(struct core *core)
{
	core->backend->reset(core);
	firmware_reset(core);
}

/* The host did nothing. */
static void untouched(const struct core *core, struct outcome *out)
{
	core->backend->regs(core, out->regs);
	out->pstate = PSTATE_HOST;
}

static void host_smc(struct core *core, const u64 *regs, unsigned int nr, struct outcome *out)
{
	psci_host(&core->firmware.psci, core->cpu, regs);
	core->backend->smc(core, regs, nr, out);
}

void core_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
               struct outcome *out)
{
	unsigned int nr;
	u64 regs[SMC_OP_REGS];

	memset(out, 0, offsetof(struct outcome, crash));
	firmware_step(core);
	if (core->events.on)
		events_begin(&core->events,
		             core->pgtable ? core->pgtable->s2.pgd : core->observer.host_s2.base);
	nr = smc_op_regs(op, args, regs);
	if (!core_has_op(core, op->code))
		out->kind = OUTCOME_ABSENT;
	else if (nr)
		host_smc(core, regs, nr, out);
	else if (firmware_op(core, op, args))
		untouched(core, out);
	else if (!host_op(core, op, args, out))
		core->backend->step(core, op, args, out);
}

void core_regs(const struct core *core, u64 regs[31])
{
	core->backend->regs(core, regs);
}

const struct smc_log *core_smcs(const struct core *core)
{
	return &core->firmware.log;
}

int core_watch(struct core *core, bool on, void (*visit)(void *arg, const struct event *event),
               void *arg, struct error *err)
{
	struct event_log *log = &core->events;

	if (on && !core->backend->watch)
		return error_set(err, "--tlb: the world %s tells of no events: leave it out",
		                 world_name(core->config.world));
	if (on != log->on && core->backend->watch(core, on, err))
		return -1;
	log->on = on;
	log->nr = log->lost = 0;
	log->visit = visit;
	log->arg = arg;

	return 0;
}

const struct event_log *core_events(const struct core *core)
{
	return &core->events;
}

u64 core_translate(const struct core *core, u64 va)
{
	struct leaf leaf;

	table_lookup(&core->phys, &core->observer.hyp_s1, va, &leaf);
	return leaf.kind == LEAF_MAPPED ? leaf.pa + (va & (MAP_PAGE_SIZE - 1)) : 0;
}

void core_secure_ranges(const struct core *core, void (*visit)(void *arg, u64 pa, u32 nr_pages),
                        void *arg)
{
	const struct spmd *spmd = &core->firmware.spmd;

	if (!spmd->now.lied)
		spmd_ranges(spmd, visit, arg);
}

const struct core_config *core_config(const struct core *core)
{
	return &core->config;
}

const struct memory_map *core_map(const struct core *core)
{
	return &core->map;
}

const struct tree_info *core_info(const struct core *core)
{
	return &core->info;
}

/* Ops that are no hypercalls, but of use only in trees with, or without, a feature. */
static const struct {
	unsigned int code;
	enum feature feature;
	bool without;
} needs[] = {
	{ OP_memcache_push, FEATURE_vcpu_memcache, false },
	{ OP_guest_code, FEATURE_guest_stage2, false },
	{ OP_s2_annotate, FEATURE_typed_annotations, false },
	{ OP_s2_set_owner, FEATURE_typed_annotations, true },
};

bool core_has_op(const struct core *core, unsigned int code)
{
	const struct op_desc *desc = op_desc(code);

	if (!desc)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		if (needs[i].code == code &&
		    tree_has(&core->info, needs[i].feature) == needs[i].without)
			return false;
	}
	if (desc->issuer == ISSUER_GUEST && !tree_has(&core->info, FEATURE_guest_stage2))
		return false;

	return !desc->hypercall || core->info.hypercall[code] >= 0;
}

void core_view(const struct core *core, u64 pa, struct page_view *view)
{
	observe_page(&core->observer, pa, view);
}

void core_states(const struct core *core, u64 pa, struct page_view *view)
{
	observe_states(&core->observer, pa, view);
}

void core_host_leaf(const struct core *core, u64 ipa, struct leaf *leaf)
{
	table_lookup(&core->phys, &core->observer.host_s2, ipa, leaf);
}

u64 core_read64(const struct core *core, u64 pa)
{
	return phys_read64(&core->phys, pa);
}

const void *core_page(const struct core *core, u64 pa)
{
	return phys_ptr(&core->phys, ALIGN_DOWN(pa, MAP_PAGE_SIZE), MAP_PAGE_SIZE);
}

const void *core_boot_page(const struct core *core, u64 pa)
{
	return phys_boot_ptr(&core->phys, pa);
}

void core_written(const struct core *core, u8 *pages)
{
	phys_written(&core->phys, pages);
}

bool core_knows_writes(const struct core *core)
{
	return core->phys.written;
}

bool core_unwritten(const struct core *core, u64 pa)
{
	return phys_is_unwritten(&core->phys, pa);
}

u64 core_table(const struct core *core, enum walk_root root)
{
	return root == WALK_HYP_S1 ? core->observer.hyp_s1.base : core->observer.host_s2.base;
}

static const struct table_root *root_of(const struct core *core, enum walk_root root)
{
	return root == WALK_HYP_S1 ? &core->observer.hyp_s1 : &core->observer.host_s2;
}

void core_table_format(const struct core *core, enum walk_root root, int *start_level,
                       unsigned int *ia_bits)
{
	*start_level = root_of(core, root)->start_level;
	*ia_bits = root_of(core, root)->ia_bits;
}

void core_decode_leaf(const struct core *core, enum walk_root root, u64 desc, int level,
                      struct leaf *leaf)
{
	descriptor_leaf(root_of(core, root), desc, level, leaf);
}

void core_variables(const struct core *core,
                    void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg)
{
	image_variables(core->backend->image(core), &core->map, visit, arg);
}

u64 core_hyp_page(const struct core *core, u64 pa)
{
	return core->observer.hyp_pages[map_page_index(&core->map, pa)];
}

u64 core_vm_table(const struct core *core)
{
	return core->observer.vm_table;
}

const char *core_symbol(const struct core *core, u64 va, u64 *offset)
{
	return image_function(core->backend->image(core), va, offset);
}

const u64 *core_vm_slots(const struct core *core)
{
	return phys_ptr(&core->phys, core->observer.vm_table, core->info.vm_slots * sizeof(u64));
}

void core_changed_pages(const struct core *core, void (*visit)(void *arg, u64 pa), void *arg)
{
	observe_changed(&core->observer, visit, arg);
}

u64 core_control(const struct core *core, unsigned int cpu)
{
	return core->backend->control(core, cpu);
}

u64 core_cntvoff(const struct core *core, unsigned int cpu)
{
	return core->backend->cntvoff(core, cpu);
}

int core_walk(const struct core *core, enum walk_root root, u64 pgd,
              const struct table_visitor *visit, void *arg)
{
	struct table_root from =
		root == WALK_HYP_S1 ? core->observer.hyp_s1 : core->observer.host_s2;

	/* A guest's stage-2 has the size and format of the host's. */
	if (root == WALK_GUEST_S2)
		from.base = pgd;

	return table_walk(&core->phys, &from, visit, arg);
}

int core_walk_changes(struct core *core, enum walk_root root, const struct table_visitor *visit,
                      void *arg)
{
	return table_walk_changes(&core->observer, &core->observer.boot[root], visit, arg);
}

void core_source(const struct core *core, u64 va, struct source_place *place)
{
	core->backend->source(core, va, place);
}

bool core_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning)
{
	return core->backend->bug_source(core, va, place, warning);
}

const struct pgtable_shared *core_pgtable(const struct core *core)
{
	return core->pgtable;
}

const struct nested_view *core_nested(const struct core *core)
{
	return core->nested;
}

bool core_trace(struct core *core, void (*visit)(void *arg, u64 pc), void *arg)
{
	return core->backend->trace && core->backend->trace(core, visit, arg);
}

int core_coverage(const struct core *core, FILE *out, struct error *err)
{
	if (!core->backend->coverage)
		return error_set(err, "core %s does not know which lines ran",
		                 core_kind_name(core->config.kind));

	return core->backend->coverage(core, out, err);
}

bool core_counters(const struct core *core, struct core_counters *counters)
{
	return core->backend->counters && core->backend->counters(core, counters);
}

u64 core_blocks_covered(const struct core *core)
{
	return core->backend->blocks_covered(core);
}
