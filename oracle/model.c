// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/model.h"

#include <stdlib.h>
#include <string.h>

const struct model_page *model_page(const struct model *model, u64 pa)
{
	s64 index = map_page_index(model->map, pa);

	return index < 0 ? NULL : &model->pages[index];
}

static void touch_index(struct model *model, u32 index)
{
	for (unsigned int i = 0; i < model->nr_touched; i++) {
		if (model->touched[i] == index)
			return;
	}
	if (model->nr_touched < MODEL_MAX_TOUCHED)
		model->touched[model->nr_touched++] = index;
}

struct model_page *model_change(struct model *model, u64 pa)
{
	u32 index = map_page_index(model->map, pa);

	touch_index(model, index);
	if (!model->is_dirty[index]) {
		model->is_dirty[index] = true;
		model->dirty[model->nr_dirty++] = index;
	}

	return &model->pages[index];
}

void model_touch(struct model *model, u64 pa, u64 size)
{
	u64 last = ALIGN_DOWN(pa + size - 1, MAP_PAGE_SIZE);

	pa = ALIGN_DOWN(pa, MAP_PAGE_SIZE);
	for (unsigned int i = 0; i < MODEL_MAX_TOUCHED && pa <= last; i++, pa += MAP_PAGE_SIZE) {
		s64 index = map_page_index(model->map, pa);

		if (index >= 0)
			touch_index(model, index);
	}
}

void model_set_hyp_map(struct model *model, struct model_page *page, u8 perm)
{
	model->nr_hyp_mapped += !!perm - !!page->hyp_perm;
	page->hyp_perm = perm;
}

void model_set_access(struct model *model, struct model_page *page, enum host_access access)
{
	model->nr_donated += (access == ACCESS_DONATED) - (page->access == ACCESS_DONATED);
	model->nr_readable += (access == ACCESS_READ) - (page->access == ACCESS_READ);
	page->access = access;
}

/*
 * As a walk of the host's stage-2 finds it, which looks at leaves: of each, whether its first page is memory.
 * So a range that begins in memory and leaves it may pass, or not.
 */
static s64 check_host_leaves(struct model *model, u64 pa, u64 size, enum page_state state)
{
	u64 limit = BIT(model->map->pa_bits);

	if (pa > limit || pa + size > limit)
		return E_RANGE;
	for (u64 at = pa; at < pa + size; at += MAP_PAGE_SIZE) {
		const struct mem_region *reg = map_region(model->map, at);

		if (!reg || reg->nomap)
			model->leaves_memory = at != pa;
		if (!reg || reg->nomap || model_page(model, at)->host != state)
			return E_PERM;
	}

	return 0;
}

s64 model_check_host(struct model *model, u64 pa, u64 size, enum page_state state)
{
	const struct mem_region *reg = map_region(model->map, pa);

	if (!tree_has(model->info, FEATURE_checks_ranges))
		return check_host_leaves(model, pa, size, state);
	if (reg && pa + size - reg->base > reg->size)
		return E_INVAL;
	if (!reg) {
		/* Outside memory: the range must not reach into it, nor wrap around. */
		if (pa + size - 1 < pa || pa + size == 0)
			return E_INVAL;
		for_each_region(model->map, other) {
			if (other->base > pa && other->base < pa + size)
				return E_INVAL;
		}
		return E_PERM;
	}
	if (reg->nomap)
		return E_PERM;

	for (u64 at = pa; at < pa + size; at += MAP_PAGE_SIZE) {
		if (model_page(model, at)->host != state)
			return E_PERM;
	}

	return 0;
}

s64 model_check_hyp(const struct model *model, u64 pa, u64 size, enum page_state state)
{
	for (u64 at = pa; at < pa + size; at += MAP_PAGE_SIZE) {
		if (model_page(model, at)->hyp != state)
			return E_PERM;
	}

	return 0;
}

s64 model_check_pin(struct model *model, u64 va, u64 size, u64 *pa)
{
	u64 start = map_hva_pa(va);
	u64 end = ALIGN_UP(start + size, MAP_PAGE_SIZE);
	s64 ret;

	*pa = start;
	start = ALIGN_DOWN(start, MAP_PAGE_SIZE);
	ret = model_check_host(model, start, end - start, STATE_SHARED_OWNED);
	if (!ret)
		ret = model_check_hyp(model, start, end - start, STATE_SHARED_BORROWED);

	return ret;
}

static struct model_word *find_word(const struct model *model, u64 pa)
{
	for (u32 i = 0; i < model->nr_words; i++) {
		if (model->words[i].pa == pa)
			return (struct model_word *)&model->words[i];
	}

	return NULL;
}

/* What the model knows of a word that no op wrote: zero, as after boot, or nothing. */
static u64 known_after_boot(const struct model *model, u64 pa)
{
	const struct model_page *page = model_page(model, pa);

	return page && !page->opaque && page->zero ? ~0ULL : 0;
}

static void word_at(const struct model *model, u64 pa, u64 *value, u64 *known)
{
	const struct model_word *word = find_word(model, pa);

	*value = word ? word->value : 0;
	*known = word ? word->known : known_after_boot(model, pa);
}

bool model_read(const struct model *model, u64 pa, u64 *value)
{
	u64 known;

	word_at(model, pa, value, &known);
	return known == ~0ULL;
}

static u64 bits_mask(u64 pa, unsigned int size)
{
	return (size < 8 ? BIT(size * 8) - 1 : ~0ULL) << (pa & 7) * 8;
}

bool model_read_bits(const struct model *model, u64 pa, unsigned int size, u64 *value)
{
	u64 mask = bits_mask(pa, size), known;

	word_at(model, ALIGN_DOWN(pa, 8), value, &known);
	*value = (*value & mask) >> (pa & 7) * 8;
	return (known & mask) == mask;
}

static bool write_word(struct model *model, u64 pa, u64 value, u64 mask)
{
	struct model_word *word = find_word(model, pa);

	if (!word) {
		if (model->nr_words == MODEL_MAX_WORDS)
			return false;
		word = &model->words[model->nr_words++];
		*word = (struct model_word){ .pa = pa, .known = known_after_boot(model, pa) };
	}
	word->value = (word->value & ~mask) | (value & mask);
	word->known |= mask;

	return true;
}

bool model_write(struct model *model, u64 pa, u64 value)
{
	return write_word(model, pa, value, ~0ULL);
}

bool model_write_bits(struct model *model, u64 pa, unsigned int size, u64 value)
{
	return write_word(model, ALIGN_DOWN(pa, 8), value << (pa & 7) * 8, bits_mask(pa, size));
}

void model_forget_bits(struct model *model, u64 pa, unsigned int size)
{
	/* Without room for the word the trace ends: host_store() has said so. */
	if (write_word(model, ALIGN_DOWN(pa, 8), 0, bits_mask(pa, size)))
		find_word(model, ALIGN_DOWN(pa, 8))->known &= ~bits_mask(pa, size);
}

void model_forget(struct model *model, u64 pa, u64 size)
{
	for (u64 at = ALIGN_DOWN(pa, MAP_PAGE_SIZE); at < pa + size; at += MAP_PAGE_SIZE) {
		if (model_page(model, at))
			model_change(model, at)->opaque = true;
	}
	for (u32 i = 0; i < model->nr_words; i++) {
		if (ALIGN_DOWN(model->words[i].pa, MAP_PAGE_SIZE) >=
		            ALIGN_DOWN(pa, MAP_PAGE_SIZE) &&
		    model->words[i].pa < pa + size) {
			model->words[i].known = 0;
			model->words[i].value = 0;
		}
	}
}

void model_expect_memory(struct model *model, u64 pa, unsigned int size, u64 value)
{
	struct memory_check *check = &model->checks[model->nr_checks];

	model_write_bits(model, pa, size, value);
	if (model->nr_checks == MODEL_MAX_CHECKS)
		return;
	check->pa = ALIGN_DOWN(pa, 8);
	check->mask = bits_mask(pa, size);
	check->value = value << (pa & 7) * 8 & check->mask;
	model->nr_checks++;
}

bool model_is_zero(const struct model *model, u64 pa, u64 size)
{
	for (u64 at = ALIGN_DOWN(pa, MAP_PAGE_SIZE); at < pa + size; at += MAP_PAGE_SIZE) {
		const struct model_page *page = model_page(model, at);

		if (!page || page->opaque || !page->zero)
			return false;
	}
	for (u32 i = 0; i < model->nr_words; i++) {
		const struct model_word *word = &model->words[i];

		if (word->value && word->pa + sizeof(u64) > pa && word->pa < pa + size)
			return false;
	}

	return true;
}

void model_zero(struct model *model, u64 pa, u64 size)
{
	for (u64 at = ALIGN_UP(pa, MAP_PAGE_SIZE); at + MAP_PAGE_SIZE <= pa + size;
	     at += MAP_PAGE_SIZE)
		model_change(model, at)->opaque = false;
	for (u32 i = 0; i < model->nr_words; i++) {
		if (model->words[i].pa - pa < size) {
			model->words[i].value = 0;
			model->words[i].known = ~0ULL;
		}
	}
}

void model_reset(struct model *model)
{
	for (u32 i = 0; i < model->nr_dirty; i++) {
		u32 index = model->dirty[i];

		model->pages[index] = model->boot[index];
		model->is_dirty[index] = false;
	}
	model->nr_dirty = 0;
	model->nr_touched = 0;
	model->nr_words = 0;
	model->nr_donated = model->boot_nr_donated;
	model->nr_readable = model->boot_nr_readable;
	model->nr_hyp_mapped = model->boot_nr_hyp_mapped;
	model->nr_checks = 0;
	model->nr_lists = 0;
	vms_reset(model);
	model_reset_cpus(model);
	model->ffa = (struct model_ffa){ .version = model->info->ffa_version };
}

/* Memory that "ram" counts through is zero after boot; what else holds, only the boot knows. */
static bool zero_after_boot(const struct memory_map *map, u64 pa)
{
	const struct carveout *carve = map_carveout(map, pa);

	if (carve && carve->role == CARVE_ARENA)
		return true;
	for (unsigned int i = 0; i < map->nr_ram; i++) {
		if (pa - map->ram[i].base < map->ram[i].size)
			return true;
	}

	return false;
}

/* Is it what boot took from the host? */
static bool taken_by_boot(const struct model *model, const struct carveout *carve)
{
	if (!carve || carve->role == CARVE_HOST || carve->role == CARVE_ARENA)
		return false;
	return carve->role != CARVE_STACK || tree_has(model->info, FEATURE_takes_stacks);
}

/* After boot: all memory is the host's but for that. */
static void boot_page(struct model *model, struct model_page *page, u64 pa)
{
	const struct carveout *carve = map_carveout(model->map, pa);

	*page = (struct model_page){
		.host = STATE_OWNED,
		.hyp = STATE_NOPAGE,
		.zero = zero_after_boot(model->map, pa),
	};
	if (!taken_by_boot(model, carve))
		return;

	page->host = STATE_NOPAGE;
	page->hyp = STATE_OWNED;
	page->owner = OWNER_HYP;
	page->allocator = carve->role == CARVE_POOL;

	model_set_access(model, page,
	                 carve->role == CARVE_TEXT && tree_has(model->info, FEATURE_text_readable) ?
	                         ACCESS_READ :
	                         ACCESS_DONATED);
	switch (carve->role) {
	case CARVE_TEXT:
		model_set_hyp_map(model, page, PERM_R | PERM_X);
		break;
	case CARVE_RODATA:
		model_set_hyp_map(model, page, PERM_R);
		break;
	case CARVE_STACK:
		/* Between guard pages in the private range only: no leaf of the linear map says so. */
		if (!tree_has(model->info, FEATURE_states_in_vmemmap))
			page->hyp = STATE_NOPAGE;
		break;
	default:
		model_set_hyp_map(model, page, PERM_R | PERM_W);
	}
}

/* The host's for good, and for EL2 to read: kvm_vgic_global_state. */
static void share_vgic_state(struct model *model)
{
	const struct tree_info *info = model->info;

	for (u64 pa = ALIGN_DOWN(info->vgic_state, MAP_PAGE_SIZE);
	     pa < info->vgic_state + info->vgic_state_size; pa += MAP_PAGE_SIZE) {
		struct model_page *page = &model->pages[map_page_index(model->map, pa)];

		page->host = STATE_SHARED_BORROWED;
		page->hyp = STATE_SHARED_OWNED;
		model_set_hyp_map(model, page, PERM_R);
	}
}

struct model *model_open(const struct memory_map *map, const struct tree_info *info)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;

	model->map = map;
	model->info = info;
	model->ffa.version = info->ffa_version;
	model->nr_pages = map->nr_pages;
	model->pages = calloc(map->nr_pages, sizeof(*model->pages));
	model->boot = calloc(map->nr_pages, sizeof(*model->boot));
	model->boot_lazy = calloc(map->nr_pages, sizeof(*model->boot_lazy));
	model->dirty = calloc(map->nr_pages, sizeof(*model->dirty));
	model->is_dirty = calloc(map->nr_pages, sizeof(*model->is_dirty));
	if (!model->pages || !model->boot || !model->boot_lazy || !model->dirty ||
	    !model->is_dirty || info->vm_slots > MODEL_MAX_SLOTS) {
		model_close(model);
		return NULL;
	}

	for (u64 i = 0; i < map->nr_pages; i++)
		boot_page(model, &model->pages[i], map_page_pa(map, i));
	if (info->vgic_state)
		share_vgic_state(model);
	memcpy(model->boot, model->pages, map->nr_pages * sizeof(*model->boot));
	for (u64 i = map->nr_pages, run = 0; i--;) {
		run = model->boot[i].access == ACCESS_LAZY ? run + 1 : 0;
		model->boot_lazy[i] = run;
	}
	model->boot_nr_donated = model->nr_donated;
	model->boot_nr_readable = model->nr_readable;
	model->boot_nr_hyp_mapped = model->nr_hyp_mapped;
	model_reset_cpus(model);

	return model;
}

void model_close(struct model *model)
{
	if (!model)
		return;

	free(model->pages);
	free(model->boot);
	free(model->boot_lazy);
	free(model->dirty);
	free(model->is_dirty);
	free(model);
}
