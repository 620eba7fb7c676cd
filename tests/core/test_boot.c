// SPDX-License-Identifier: GPL-2.0-only
/* test_boot IMAGE: the tree's own code, booted, stepped and reset. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/backend.h"
#include "core/core.h"
#include "tests/replay/cmocka_test.h"

static const char *image;

static struct core *boot(enum layout layout, u32 caps)
{
	const struct core_config config = {
		.kind = CORE_AARCH64, .layout = layout, .caps = caps, .image = image
	};
	struct error err = { "" };
	struct core *core = core_open(&config, &err);

	if (!core)
		fail_msg("%s", err.text);
	return core;
}

/* Boots with another image and says what the error is. */
static const char *boot_error(const char *path)
{
	const struct core_config config = { .kind = CORE_AARCH64, .image = path };
	static struct error err;

	assert_null(core_open(&config, &err));
	return err.text;
}

static void step(struct core *core, enum op_code code, enum place place, u64 value,
                 struct outcome *out)
{
	const struct op op = { .code = code, .place = { place }, .value = { value, 0x1122334455 } };
	u64 args[OP_MAX_ARGS];

	map_resolve(core_map(core), op_desc(code), &op, core_info(core)->vm_handle_base, args);
	core_step(core, &op, args, out);
}

static u64 call(struct core *core, enum op_code code, u64 page)
{
	struct outcome out;

	step(core, code, PLACE_RAM, page, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
	assert_int_equal(out.regs[0], 0);
	return out.regs[1];
}

/* All of RAM, and what else the core lets be seen. */
static u64 digest(const struct core *core)
{
	u64 sum = core_control(core, 0) ^ core_control(core, 1);
	u64 regs[31];

	for (unsigned int i = 0; i < core->phys.nr_segments; i++) {
		const struct phys_segment *seg = &core->phys.segments[i];

		for (u64 at = 0; at < seg->size; at += sizeof(u64)) {
			u64 word;

			memcpy(&word, seg->host + at, sizeof(word));
			sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
			sum ^= sum >> 32;
		}
	}
	core_regs(core, regs);
	for (int i = 0; i < 31; i++)
		sum = (sum ^ regs[i]) * 0x9e3779b97f4a7c15ULL;

	return sum;
}

static void assert_shares(struct core *core)
{
	struct page_view view;
	u64 page = 3, pa;

	assert_int_equal(call(core, OP_host_share_hyp, page), 0);
	pa = core_map(core)->ram[0].base + (page << MAP_PAGE_SHIFT);
	core_view(core, pa, &view);
	assert_int_equal(view.host, STATE_SHARED_OWNED);
	assert_int_equal(view.hyp, STATE_SHARED_BORROWED);
	assert_int_equal((s64)call(core, OP_host_share_hyp, page), -1);
	assert_int_equal(call(core, OP_host_unshare_hyp, page), 0);
	core_view(core, pa, &view);
	assert_int_equal(view.host, STATE_OWNED);
	assert_int_equal(view.hyp, STATE_NOPAGE);
	assert_int_equal((s64)call(core, OP_host_unshare_hyp, page), -1);
}

static void it_boots_in_every_layout(void **state)
{
	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		struct core *core = boot(layout, CAPS_DEFAULT);

		assert_int_equal(core_map(core)->layout, layout);
		assert_shares(core);
		core_close(core);
	}
}

static void formats_of_tables_are_no_machines(void **state)
{
	const enum world worlds[] = { WORLD_EL2, WORLD_NESTED };
	const u32 caps = BIT(CAP_hvhe) | BIT(CAP_lpa2);
	struct core_config config = { .caps = CAPS_DEFAULT | caps, .image = image };
	struct error err;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(worlds); i++) {
		config.world = worlds[i];
		assert_null(core_open(&config, &err));
		assert_non_null(strstr(err.text, "--caps hvhe,lpa2: the emulated CPU"));
	}
}

static void it_boots_with_each_capability(void **state)
{
	(void)state;
	for (int cap = 0; cap < CAP_COUNT; cap++) {
		struct core *core;

		if (!(caps_of(WORLD_EL2) & BIT(cap)))
			continue;
		core = boot(LAYOUT_HOLES, BIT(cap));
		assert_shares(core);
		core_close(core);
	}
}

static void it_boots_with_no_and_with_all_capabilities(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct core *core = boot(LAYOUT_SMALL, all ? caps_of(WORLD_EL2) : 0);

		assert_shares(core);
		core_close(core);
	}
}

static bool is_given(const struct core *core, u64 pa)
{
	const struct carveout *carve = map_carveout(core_map(core), pa);

	if (!carve)
		return false;
	return carve->role == CARVE_TEXT || carve->role == CARVE_RODATA ||
	       carve->role == CARVE_DATA || carve->role == CARVE_PERCPU ||
	       carve->role == CARVE_POOL ||
	       (carve->role == CARVE_STACK && tree_has(core_info(core), FEATURE_takes_stacks));
}

static void assert_state_after_boot(struct core *core, u64 pa)
{
	const struct carveout *carve = map_carveout(core_map(core), pa);
	const struct tree_info *info = core_info(core);
	const u64 vgic = ALIGN_DOWN(info->vgic_state, MAP_PAGE_SIZE);
	enum page_state host = STATE_OWNED, hyp = STATE_NOPAGE;
	struct page_view view;

	if (is_given(core, pa)) {
		host = STATE_NOPAGE;
		/* A state in the leaf of the linear map: a stack has none there. */
		if (carve->role != CARVE_STACK || tree_has(info, FEATURE_states_in_vmemmap))
			hyp = STATE_OWNED;
	} else if (pa >= vgic && pa < info->vgic_state + info->vgic_state_size) {
		host = STATE_SHARED_BORROWED;
		hyp = STATE_SHARED_OWNED;
	}
	core_view(core, pa, &view);
	assert_int_equal(view.host, host);
	assert_int_equal(view.hyp, hyp);
}

static void after_boot_the_hypervisor_owns_what_it_was_given(void **state)
{
	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		struct core *core = boot(layout, CAPS_DEFAULT);

		for (u64 i = 0; i < core_map(core)->nr_pages; i++)
			assert_state_after_boot(core, map_page_pa(core_map(core), i));
		core_close(core);
	}
}

static void two_boots_are_equal(void **state)
{
	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		struct core *a = boot(layout, CAPS_DEFAULT);
		struct core *b = boot(layout, CAPS_DEFAULT);

		assert_int_equal(digest(a), digest(b));
		/* ... and stay so. */
		assert_shares(a);
		assert_shares(b);
		assert_int_equal(digest(a), digest(b));
		core_close(a);
		core_close(b);
	}
}

/* Leaves traces in page tables, the vmemmap, the VM table, memory and registers. */
static void disturb(struct core *core)
{
	struct outcome out;

	call(core, OP_host_share_hyp, 7);
	if (core_has_op(core, OP_reserve_vm))
		call(core, OP_reserve_vm, 0);
	step(core, OP_host_store, PLACE_RAM, 0x5008, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
	step(core, OP_host_load, PLACE_END, 0, &out);
	step(core, OP_host_fetch, PLACE_RAM, 0x300000, &out);
	step(core, OP_host_load, PLACE_MMIO, 0x10000, &out);
	step(core, OP_host_load, PLACE_HYP, 0, &out);
	assert_int_equal(out.kind, tree_has(core_info(core), FEATURE_injects_aborts) ?
	                                   OUTCOME_ABORTED :
	                                   OUTCOME_EL2_BUG);
}

static void a_reset_undoes_everything(void **state)
{
	struct core *core;
	u64 before;

	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		core = boot(layout, CAPS_DEFAULT);
		before = digest(core);
		for (int i = 0; i < 3; i++) {
			disturb(core);
			assert_int_not_equal(digest(core), before);
			core_reset(core);
			assert_int_equal(digest(core), before);
		}
		core_reset(core);
		core_reset(core);
		assert_int_equal(digest(core), before);
		core_close(core);
	}
}

static void a_step_after_a_reset_is_the_same_step(void **state)
{
	struct core *core = boot(LAYOUT_HOLES, CAPS_DEFAULT);
	u64 first;

	(void)state;
	disturb(core);
	first = digest(core);
	for (int i = 0; i < 100; i++) {
		core_reset(core);
		disturb(core);
	}
	assert_int_equal(digest(core), first);
	core_close(core);
}

/* EL1's own instructions stay what they are, translated before or then. */
static void what_el1_runs_can_be_fetched(void **state)
{
	struct core *core = boot(LAYOUT_SMALL, CAPS_DEFAULT);
	const struct memory_map *map = core_map(core);
	struct outcome out;

	(void)state;
	for (unsigned int i = 0; i < map->nr_carveouts; i++) {
		const struct carveout *carve = &map->carveouts[i];

		for (u64 at = 0; carve->role == CARVE_HOST && at < carve->size; at += 4) {
			step(core, OP_host_store, PLACE_RAM, 0x5008, &out);
			assert_int_equal(out.kind, OUTCOME_RETURNED);
			step(core, OP_host_load, PLACE_RAM, 0x5008, &out);
			assert_int_equal(out.regs[1], 0x1122334455);
			step(core, OP_host_fetch, PLACE_RAW, carve->base + at, &out);
			assert_int_equal(out.kind, OUTCOME_RETURNED);
		}
	}
	assert_shares(core);
	step(core, OP_host_store, PLACE_RAM, 0x5008, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
	step(core, OP_host_load, PLACE_RAM, 0x5008, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
	assert_int_equal(out.regs[1], 0x1122334455);
	step(core, OP_host_load, PLACE_HYP, 0, &out);
	assert_int_equal(out.kind, tree_has(core_info(core), FEATURE_injects_aborts) ?
	                                   OUTCOME_ABORTED :
	                                   OUTCOME_EL2_BUG);
	core_close(core);
}

#define MAX_CHANGED 16

static void note_page(void *arg, u64 pa)
{
	u64 *pages = arg;

	assert_true(!pages[0] || pages[pages[0]] < pa);
	assert_in_range(pages[0], 0, MAX_CHANGED - 1);
	pages[++pages[0]] = pa;
}

static void changed_pages_are_told(void **state)
{
	struct core *core = boot(LAYOUT_HOLES, CAPS_DEFAULT);
	const struct memory_map *map = core_map(core);
	u64 pages[1 + MAX_CHANGED] = { 0 };

	(void)state;
	core_changed_pages(core, note_page, pages);
	assert_int_equal(pages[0], 0);
	call(core, OP_host_share_hyp, 9);
	call(core, OP_host_share_hyp, 4);
	core_changed_pages(core, note_page, pages);
	if (tree_has(core_info(core), FEATURE_states_in_vmemmap)) {
		assert_int_equal(pages[0], 2);
		assert_int_equal(pages[1], map->ram[0].base + 4 * MAP_PAGE_SIZE);
		assert_int_equal(pages[2], map->ram[0].base + 9 * MAP_PAGE_SIZE);
	} else {
		/* Of tables, the number of entries is what changes. */
		assert_int_not_equal(pages[0], 0);
		for (u64 i = 1; i <= pages[0]; i++)
			assert_int_equal(map_carveout(map, pages[i])->role, CARVE_POOL);
	}
	core_close(core);
}

static void an_op_that_the_tree_lacks_does_nothing(void **state)
{
	struct core *core = boot(LAYOUT_SMALL, CAPS_DEFAULT);
	u64 before = digest(core);
	struct outcome out;

	(void)state;
	core->info.hypercall[OP_host_share_hyp] = -1;
	assert_false(core_has_op(core, OP_host_share_hyp));
	assert_true(core_has_op(core, OP_host_load));
	assert_false(core_has_op(core, 0));
	step(core, OP_host_share_hyp, PLACE_RAM, 1, &out);
	assert_int_equal(out.kind, OUTCOME_ABSENT);
	assert_int_equal(digest(core), before);
	core_close(core);
}

static void coverage_grows_and_outlives_a_reset(void **state)
{
	struct core *core = boot(LAYOUT_SMALL, CAPS_DEFAULT);
	u64 booted = core_blocks_covered(core), covered;

	(void)state;
	assert_true(booted > 100);
	call(core, OP_host_share_hyp, 1);
	covered = core_blocks_covered(core);
	assert_true(covered > booted);
	core_reset(core);
	call(core, OP_host_share_hyp, 1);
	assert_int_equal(core_blocks_covered(core), covered);
	call(core, OP_host_unshare_hyp, 1);
	assert_true(core_blocks_covered(core) > covered);
	core_close(core);
}

static void a_missing_image_is_named(void **state)
{
	(void)state;
	assert_non_null(strstr(boot_error("/nonexistent/hyp.elf"), "/nonexistent/hyp.elf: "));
	assert_non_null(strstr(boot_error("/"), "/: "));
}

static char scratch[] = "/tmp/el2fuzz-image-XXXXXX";

static void write_scratch(const void *bytes, size_t size)
{
	FILE *file = fopen(scratch, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static u8 *read_image(size_t *size)
{
	FILE *file = fopen(image, "r");
	struct stat st;
	u8 *bytes;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	*size = st.st_size;
	bytes = malloc(*size);
	assert_int_equal(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

static void what_is_no_elf_is_refused(void **state)
{
	static const char text[4096] = "this is not an ELF file";

	(void)state;
	write_scratch(text, sizeof(text));
	assert_non_null(strstr(boot_error(scratch), "not an EL2 image"));
	write_scratch(text, 3);
	assert_non_null(strstr(boot_error(scratch), "not an EL2 image"));
	write_scratch(text, 0);
	assert_non_null(strstr(boot_error(scratch), scratch));
}

static void an_elf_of_another_machine_is_refused(void **state)
{
	size_t size;
	u8 *bytes = read_image(&size);

	(void)state;
	((Elf64_Ehdr *)bytes)->e_machine = EM_X86_64;
	write_scratch(bytes, size);
	assert_non_null(strstr(boot_error(scratch), "not an EL2 image"));
	free(bytes);
	assert_non_null(strstr(boot_error("/proc/self/exe"), "not an EL2 image"));
}

static void an_elf_cut_short_is_refused(void **state)
{
	size_t size;
	u8 *bytes = read_image(&size);

	(void)state;
	for (size_t keep = 16; keep < size; keep = keep * 3 + 1) {
		write_scratch(bytes, keep);
		assert_non_null(strstr(boot_error(scratch), "not an EL2 image"));
	}
	free(bytes);
}

/* The same image, linked @by bytes higher. */
static void move_image(u8 *bytes, u64 by)
{
	Elf64_Ehdr *ehdr = (void *)bytes;
	Elf64_Shdr *sections = (void *)(bytes + ehdr->e_shoff);

	for (unsigned int i = 0; i < ehdr->e_shnum; i++) {
		Elf64_Sym *symbols = (void *)(bytes + sections[i].sh_offset);

		if (sections[i].sh_flags & SHF_ALLOC)
			sections[i].sh_addr += by;
		if (sections[i].sh_type != SHT_SYMTAB)
			continue;
		for (u64 n = 0; n < sections[i].sh_size / sizeof(*symbols); n++) {
			if (symbols[n].st_shndx != SHN_UNDEF)
				symbols[n].st_value += by;
		}
	}
}

static void an_image_for_another_address_is_refused(void **state)
{
	static const u64 moves[] = { 0x1000, 0x200000, 0x100000000, 0x700000000000, -0x200000ULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		size_t size;
		u8 *bytes = read_image(&size);

		move_image(bytes, moves[i]);
		write_scratch(bytes, size);
		assert_non_null(strstr(boot_error(scratch), "linked for another address"));
		free(bytes);
	}
}

static int make_scratch(void **state)
{
	int fd = mkstemp(scratch);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_scratch(void **state)
{
	(void)state;
	return unlink(scratch);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_boots_in_every_layout),
		cmocka_unit_test(formats_of_tables_are_no_machines),
		cmocka_unit_test(it_boots_with_each_capability),
		cmocka_unit_test(it_boots_with_no_and_with_all_capabilities),
		cmocka_unit_test(after_boot_the_hypervisor_owns_what_it_was_given),
		cmocka_unit_test(two_boots_are_equal),
		cmocka_unit_test(a_reset_undoes_everything),
		cmocka_unit_test(a_step_after_a_reset_is_the_same_step),
		cmocka_unit_test(what_el1_runs_can_be_fetched),
		cmocka_unit_test(changed_pages_are_told),
		cmocka_unit_test(an_op_that_the_tree_lacks_does_nothing),
		cmocka_unit_test(coverage_grows_and_outlives_a_reset),
		cmocka_unit_test(a_missing_image_is_named),
		cmocka_unit_test(what_is_no_elf_is_refused),
		cmocka_unit_test(an_elf_of_another_machine_is_refused),
		cmocka_unit_test(an_elf_cut_short_is_refused),
		cmocka_unit_test(an_image_for_another_address_is_refused),
	};

	if (argc != 2)
		return 2;
	image = argv[1];
	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
