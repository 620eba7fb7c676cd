// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of core/core.h that the oracle uses. Built beside the oracle's library, they keep the
 * real core out of the program.
 */
#include "tests/oracle/fake_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPERM_RET ((u64) - 1LL)
#define ENOMEM_RET ((u64) - 12LL)
#define EINVAL_RET ((u64) - 22LL)

#define ESR_IABT_CUR (0x21ULL << 26 | BIT(25))
#define ESR_DABT_CUR (0x25ULL << 26 | BIT(25))
#define ISS_WNR BIT(6)
#define ISS_S1PTW BIT(7)
#define FSC_TRANSLATION_L3 7
#define PSTATE_EL1H 0x3c5

/* Where the private mappings of the hypervisor begin */
#define PRIVATE_VA(core) ((core)->map.hyp_va_base / 4)

u64 fake_place(const struct core *core, enum place place, u64 n)
{
	const struct op op = { .code = OP_force_reclaim_guest_page,
		               .place = { place },
		               .value = { n << MAP_PAGE_SHIFT } };
	u64 args[OP_MAX_ARGS];

	map_resolve(&core->map, op_desc(op.code), &op, 0, args);
	return args[0];
}

struct page_view *fake_view(struct core *core, u64 pa)
{
	return &core->views[map_page_index(&core->map, pa)];
}

struct leaf fake_leaf(u64 pa, u8 perm)
{
	return (struct leaf){
		.kind = LEAF_MAPPED,
		.perm = perm,
		.type = MEM_NORMAL,
		.level = 3,
		.pa = pa,
		.raw = pa | perm << 2 | 3,
	};
}

void fake_add_leaf(struct core *core, enum walk_root root, u64 ia, const struct leaf *leaf)
{
	core->extra[root][core->nr_extra[root]++] = (struct fake_leaf){ .ia = ia, .leaf = *leaf };
}

static struct leaf donated_to_hyp(void)
{
	return (struct leaf){ .kind = LEAF_DONATED, .level = 3, .owner = OWNER_HYP, .raw = 0x2 };
}

static u8 hyp_perm(enum carveout_role role)
{
	switch (role) {
	case CARVE_TEXT:
		return PERM_R | PERM_X;
	case CARVE_RODATA:
		return PERM_R;
	case CARVE_STACK:
		return 0;
	default:
		return PERM_R | PERM_W;
	}
}

static void boot_page(struct core *core, struct page_view *view, u64 pa)
{
	const struct carveout *carve = map_carveout(&core->map, pa);

	memset(view, 0, sizeof(*view));
	view->s2.level = view->s1.level = 3;
	view->host = STATE_OWNED;
	view->hyp = STATE_NOPAGE;
	if (!carve || carve->role == CARVE_HOST || carve->role == CARVE_ARENA)
		return;

	view->host = STATE_NOPAGE;
	view->hyp = STATE_OWNED;
	view->s2 = carve->role == CARVE_TEXT ? fake_leaf(pa, PERM_R) : donated_to_hyp();
	if (hyp_perm(carve->role))
		view->s1 = fake_leaf(pa, hyp_perm(carve->role));
}

static void place_tables(struct core *core)
{
	for (int root = 0; root < 2; root++) {
		struct fake_table *table = &core->tables[root];

		*table = (struct fake_table){ .pa = fake_place(core, PLACE_HYP, 16 + root),
			                      .level = root,
			                      .entries = 5 + root };
		fake_view(core, table->pa)->refcount = table->entries + 1;
	}
}

/* Stacks are mapped in the private range only. */
static void map_stacks(struct core *core)
{
	for (unsigned int i = 0; i < core->map.nr_carveouts; i++) {
		const struct carveout *carve = &core->map.carveouts[i];
		struct leaf leaf = fake_leaf(carve->base, PERM_R | PERM_W);

		if (carve->role == CARVE_STACK)
			fake_add_leaf(core, WALK_HYP_S1, PRIVATE_VA(core) + 0x1000, &leaf);
	}
}

/* A device that the host has used before. */
static void map_mmio(struct core *core)
{
	u64 pa = fake_place(core, PLACE_MMIO, 0);
	struct leaf leaf = fake_leaf(pa, PERM_R | PERM_W);

	fake_add_leaf(core, WALK_HOST_S2, pa, &leaf);
}

static void make_map(struct memory_map *map, enum layout layout)
{
	map_init(map, layout, 44, BIT(47));
	map_carve(map, CARVE_TEXT, 0x12000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_RODATA, 0x3000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_DATA, 0x5000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_HOST, 0x4000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_PERCPU, 0x2000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_STACK, 0x1000, MAP_PAGE_SIZE);
	map_carve(map, CARVE_POOL, 0x200000, MAP_BLOCK_SIZE);
}

/* Objects of VMs, as core_place_arenas() does. */
static void add_arenas(struct core *core)
{
	const struct tree_info *info = &core->info;
	struct memory_map *map = &core->map;

	map_add_arena(map, ARENA_KVM, info->sizeof_kvm, MAP_VMS);
	map_add_arena(map, ARENA_VCPU, info->sizeof_vcpu, MAP_VMS * MAP_VCPUS);
	map_add_arena(map, ARENA_VM_MEM, info->sizeof_hyp_vm + MAP_VCPUS * sizeof(u64), MAP_VMS);
	map_add_arena(map, ARENA_PGD, MAP_PAGE_SIZE, MAP_VMS);
	map_add_arena(map, ARENA_VCPU_MEM, info->sizeof_hyp_vcpu, MAP_VMS * MAP_VCPUS);
	map_add_arena(map, ARENA_FFA, MAP_PAGE_SIZE, MAP_FFA_PAGES);
}

struct core *fake_open(enum layout layout)
{
	struct core *core = calloc(1, sizeof(*core));

	tree_info_init(&core->info);
	/* The rules of trees that lack some have tests of their own. */
	core->info.features = BIT(FEATURE_COUNT) - 1;
	make_map(&core->map, layout);
	add_arenas(core);
	map_finish(&core->map);
	core->memory = calloc(core->map.nr_pages, MAP_PAGE_SIZE);
	core->written = calloc(core->map.nr_pages, 1);
	core->views = calloc(core->map.nr_pages, sizeof(*core->views));
	core->boot = calloc(core->map.nr_pages, sizeof(*core->boot));
	for (u64 i = 0; i < core->map.nr_pages; i++)
		boot_page(core, &core->views[i], map_page_pa(&core->map, i));
	place_tables(core);
	memcpy(core->boot, core->views, core->map.nr_pages * sizeof(*core->boot));
	snprintf(core->source.symbol, sizeof(core->source.symbol), "the_symbol");
	snprintf(core->source.function, sizeof(core->source.function), "the_function");
	snprintf(core->source.file, sizeof(core->source.file), "the/file.c");
	core->source.line = 77;
	core_reset(core);

	return core;
}

void fake_close(struct core *core)
{
	model_close(core->model);
	free(core->memory);
	free(core->written);
	free(core->views);
	free(core->boot);
	free(core);
}

void core_reset(struct core *core)
{
	memcpy(core->views, core->boot, core->map.nr_pages * sizeof(*core->boot));
	memset(core->slots, 0, sizeof(core->slots));
	memset(core->nr_extra, 0, sizeof(core->nr_extra));
	core->nr_guest_extra = 0;
	memset(core->broken, 0, sizeof(core->broken));
	map_stacks(core);
	map_mmio(core);
	memcpy(core->boot_extra, core->extra, sizeof(core->extra));
	memcpy(core->nr_boot_extra, core->nr_extra, sizeof(core->nr_extra));
	if (core->model)
		model_reset(core->model);
	for (u64 i = 0; i < core->map.nr_pages; i++) {
		if (core->written[i])
			memset(core->memory + i * MAP_PAGE_SIZE, 0, MAP_PAGE_SIZE);
	}
	memset(core->written, 0, core->map.nr_pages);
	core->nr_words = 0;
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		core->control[cpu] = 0xc0ffee + cpu;
	core->cntvoff = 0;
	core->steps = 0;
	core->resets++;
	for (int i = 0; i < 31; i++)
		core->regs[i] = 0x1000 + i;
}

static u64 share(struct core *core, u64 pfn)
{
	u64 pa = pfn << MAP_PAGE_SHIFT;
	const struct mem_region *reg = map_region(&core->map, pa);
	struct page_view *view;

	if (reg && pa + MAP_PAGE_SIZE > reg->base + reg->size)
		return EINVAL_RET;
	if (!reg || reg->nomap)
		return EPERM_RET;
	view = fake_view(core, pa);
	if (view->host != STATE_OWNED || view->hyp != STATE_NOPAGE)
		return EPERM_RET;
	view->host = STATE_SHARED_OWNED;
	view->hyp = STATE_SHARED_BORROWED;
	return 0;
}

static u64 unshare(struct core *core, u64 pfn)
{
	u64 pa = pfn << MAP_PAGE_SHIFT;
	struct page_view *view = map_region(&core->map, pa) ? fake_view(core, pa) : NULL;

	if (!view || view->host != STATE_SHARED_OWNED || view->hyp != STATE_SHARED_BORROWED)
		return EPERM_RET;
	view->host = STATE_OWNED;
	view->hyp = STATE_NOPAGE;
	return 0;
}

static u64 reserve(struct core *core)
{
	for (u32 slot = 0; slot < core->info.vm_slots; slot++) {
		if (!core->slots[slot]) {
			core->slots[slot] = core->info.vm_reserved_entry;
			return core->info.vm_handle_base + slot;
		}
	}

	return ENOMEM_RET;
}

static void unreserve(struct core *core, u64 handle)
{
	u64 slot = (handle & core->info.vm_handle_mask) - core->info.vm_handle_base;

	if (slot < core->info.vm_slots)
		core->slots[slot] = 0;
}

static bool is_hypercall(const struct core *core, unsigned int code, u64 id)
{
	return core->info.hypercall[code] >= 0 && (u64)core->info.hypercall[code] == id;
}

static void hypercall(struct core *core)
{
	const struct tree_info *info = &core->info;
	u64 id = (core->regs[0] & ~info->hypercall_hints) - info->hypercall_base;

	core->regs[0] = 0;
	if (is_hypercall(core, OP_host_share_hyp, id))
		core->regs[1] = share(core, core->regs[1]);
	else if (is_hypercall(core, OP_host_unshare_hyp, id))
		core->regs[1] = unshare(core, core->regs[1]);
	else if (is_hypercall(core, OP_reserve_vm, id))
		core->regs[1] = reserve(core);
	else if (is_hypercall(core, OP_unreserve_vm, id))
		unreserve(core, core->regs[1]);
	else if (is_hypercall(core, OP_timer_set_cntvoff, id))
		core->cntvoff = core->regs[1];
	else if (is_hypercall(core, OP_prot_finalize, id))
		core->regs[1] = EPERM_RET;
	else
		core->regs[0] = ~0ULL;
}

static u64 *word(struct core *core, u64 pa)
{
	for (unsigned int i = 0; i < core->nr_words; i++) {
		if (core->words[i].pa == pa)
			return &core->words[i].value;
	}
	core->words[core->nr_words] = (struct fake_word){ .pa = pa };
	return &core->words[core->nr_words++].value;
}

static void host_access(struct core *core, const struct op *op, const u64 *args,
                        struct outcome *out)
{
	u64 page = ALIGN_DOWN(args[0], MAP_PAGE_SIZE);
	struct page_view *view = NULL;

	if (map_page_index(&core->map, page) >= 0)
		view = fake_view(core, page);
	core->regs[0] = args[0];
	core->regs[1] = op->code == OP_host_store ? args[1] : 0;
	if (view && view->s2.kind == LEAF_DONATED) {
		out->kind = OUTCOME_ABORTED;
		out->esr = (op->code == OP_host_fetch ? ESR_IABT_CUR : ESR_DABT_CUR) |
		           (op->code == OP_host_store ? ISS_WNR : 0) | ISS_S1PTW |
		           FSC_TRANSLATION_L3;
		out->far = args[0];
		out->spsr = PSTATE_EL1H;
		return;
	}
	if (view && view->s2.kind == LEAF_NONE)
		view->s2 = fake_leaf(page, PERM_R | PERM_W | PERM_X);
	if (view && op->code == OP_host_load)
		core->regs[1] = *word(core, args[0]);
	else if (view && op->code == OP_host_store)
		*word(core, args[0]) = args[1];
}

void core_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
               struct outcome *out)
{
	const struct op_desc *desc = op_desc(op->code);

	memset(out, 0, sizeof(*out));
	out->pstate = PSTATE_EL1H;
	if (!core_has_op(core, op->code)) {
		out->kind = OUTCOME_ABSENT;
		return;
	}

	switch (core->model ? 0 : op->code) {
	case 0:
		follow_step(core, op, args, out);
		break;
	case OP_host_load:
	case OP_host_store:
	case OP_host_fetch:
		host_access(core, op, args, out);
		break;
	case OP_host_hvc:
		memcpy(core->regs, args, desc->nr_args * sizeof(*args));
		hypercall(core);
		break;
	default:
		core->regs[0] = core->info.hypercall_base + core->info.hypercall[op->code];
		memcpy(core->regs + 1, args, desc->nr_args * sizeof(*args));
		hypercall(core);
	}
	memcpy(out->regs, core->regs, sizeof(out->regs));
	if (core->defect)
		core->defect(core, core->steps, op, out);
	core->steps++;
}

void core_regs(const struct core *core, u64 regs[31])
{
	memcpy(regs, core->regs, sizeof(core->regs));
}

int core_watch(struct core *core, bool on, void (*visit)(void *arg, const struct event *event),
               void *arg, struct error *err)
{
	(void)core;
	(void)visit;
	(void)arg;
	return on ? error_set(err, "it has no events") : 0;
}

void core_table_format(const struct core *core, enum walk_root root, int *start_level,
                       unsigned int *ia_bits)
{
	(void)core;
	(void)root;
	*start_level = 0;
	*ia_bits = 0;
}

void core_decode_leaf(const struct core *core, enum walk_root root, u64 desc, int level,
                      struct leaf *leaf)
{
	(void)core;
	(void)root;
	memset(leaf, 0, sizeof(*leaf));
	leaf->raw = desc;
	leaf->level = level;
}

const struct event_log *core_events(const struct core *core)
{
	static const struct event_log none;

	(void)core;
	return &none;
}

const struct smc_log *core_smcs(const struct core *core)
{
	return &core->smcs;
}

void core_secure_ranges(const struct core *core, void (*visit)(void *arg, u64 pa, u32 nr_pages),
                        void *arg)
{
	if (core->secure_pages)
		visit(arg, core->secure, core->secure_pages);
}

bool core_knows_writes(const struct core *c)
{
	(void)c;
	return false;
}

bool core_unwritten(const struct core *c, u64 pa)
{
	(void)c;
	(void)pa;
	return false;
}

const struct nested_view *core_nested(const struct core *c)
{
	(void)c;
	return NULL;
}

const struct pgtable_shared *core_pgtable(const struct core *c)
{
	(void)c;
	return NULL;
}

const struct memory_map *core_map(const struct core *core)
{
	return &core->map;
}

const struct tree_info *core_info(const struct core *core)
{
	return &core->info;
}

bool core_has_op(const struct core *core, unsigned int code)
{
	return !op_desc(code)->hypercall || core->info.hypercall[code] >= 0;
}

void core_view(const struct core *core, u64 pa, struct page_view *view)
{
	*view = core->views[map_page_index(&core->map, pa)];
}

void core_states(const struct core *core, u64 pa, struct page_view *view)
{
	core_view(core, pa, view);
}

u64 core_read64(const struct core *core, u64 pa)
{
	u64 hyp_page;

	if (fake_hyp_page(core, pa, &hyp_page))
		return hyp_page;
	if (core->model)
		return follow_word(core, pa);
	for (unsigned int i = 0; i < core->nr_words; i++) {
		if (core->words[i].pa == pa)
			return core->words[i].value;
	}

	return 0;
}

const u64 *core_vm_slots(const struct core *core)
{
	static u64 slots[FAKE_MAX_SLOTS];

	for (u32 i = 0; i < core->info.vm_slots; i++)
		slots[i] = core->model ? follow_slot(core, i) : core->slots[i];
	return slots;
}

void core_changed_pages(const struct core *core, void (*visit)(void *arg, u64 pa), void *arg)
{
	for (u64 i = 0; i < core->map.nr_pages; i++) {
		const struct page_view *is = &core->views[i], *was = &core->boot[i];

		if (is->host != was->host || is->hyp != was->hyp || is->refcount != was->refcount ||
		    is->host_shares != was->host_shares)
			visit(arg, map_page_pa(&core->map, i));
	}
}

u64 core_cntvoff(const struct core *core, unsigned int cpu)
{
	if (core->model)
		return model_cntvoff(core->model, cpu);
	return cpu ? 0 : core->cntvoff;
}

u64 core_control(const struct core *core, unsigned int cpu)
{
	return core->control[cpu];
}

static const struct leaf *own_leaf(const struct page_view *view, enum walk_root root)
{
	return root == WALK_HOST_S2 ? &view->s2 : &view->s1;
}

static u64 own_ia(const struct core *core, enum walk_root root, u64 index)
{
	u64 pa = map_page_pa(&core->map, index);

	return root == WALK_HOST_S2 ? pa : map_hyp_va(&core->map, pa);
}

int core_walk(const struct core *core, enum walk_root root, u64 pgd,
              const struct table_visitor *visit, void *arg)
{
	if (root == WALK_GUEST_S2)
		return follow_walk(core, pgd, visit, arg);

	for (u64 i = 0; i < core->map.nr_pages; i++) {
		const struct leaf *own = own_leaf(&core->views[i], root);

		if (own->kind != LEAF_NONE)
			visit->leaf(arg, own_ia(core, root, i), own);
	}
	for (unsigned int i = 0; i < core->nr_extra[root]; i++)
		visit->leaf(arg, core->extra[root][i].ia, &core->extra[root][i].leaf);
	if (visit->table)
		visit->table(arg, core->tables[root].pa, core->tables[root].level,
		             core->tables[root].entries);

	return core->broken[root] ? -1 : 0;
}

static void visit_change(const struct table_visitor *visit, void *arg, u64 ia,
                         const struct leaf *was, const struct leaf *is)
{
	if (!memcmp(was, is, sizeof(*is)))
		return;
	if (was->kind != LEAF_NONE)
		visit->lost(arg, ia, was);
	if (is->kind != LEAF_NONE)
		visit->leaf(arg, ia, is);
}

int core_walk_changes(struct core *core, enum walk_root root, const struct table_visitor *visit,
                      void *arg)
{
	for (u64 i = 0; i < core->map.nr_pages; i++)
		visit_change(visit, arg, own_ia(core, root, i), own_leaf(&core->boot[i], root),
		             own_leaf(&core->views[i], root));
	for (unsigned int i = 0; i < core->nr_extra[root]; i++) {
		static const struct fake_leaf none;
		const struct fake_leaf *was =
			i < core->nr_boot_extra[root] ? &core->boot_extra[root][i] : &none;

		visit_change(visit, arg, core->extra[root][i].ia, &was->leaf,
		             &core->extra[root][i].leaf);
	}
	visit->table(arg, core->tables[root].pa, core->tables[root].level,
	             core->tables[root].entries);

	return core->broken[root] ? -1 : 0;
}

void core_source(const struct core *core, u64 va, struct source_place *place)
{
	(void)va;
	*place = core->source;
}

bool core_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning)
{
	(void)va;
	*place = core->source;
	*warning = core->is_warning;
	return core->is_bug;
}

bool core_trace(struct core *c, void (*visit)(void *arg, u64 pc), void *arg)
{
	(void)c;
	(void)visit;
	(void)arg;
	return false;
}
