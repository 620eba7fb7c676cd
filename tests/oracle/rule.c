// SPDX-License-Identifier: GPL-2.0-only
#include "tests/oracle/rule.h"

#include <string.h>

struct core *core;
struct model *model;
struct expectation expect;

u64 before(int reg)
{
	return 0xabcd0000 + reg;
}

void issue(enum op_code code, const struct arg args[OP_MAX_ARGS])
{
	const struct op_desc *desc = op_desc(code);
	struct op op = { .code = code };
	u64 values[OP_MAX_ARGS], regs[31];

	for (int i = 0; i < 31; i++)
		regs[i] = before(i);
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		op.place[i] = args[i].place;
		op.value[i] = args[i].value;
	}
	map_resolve(&core->map, desc, &op, core->info.vm_handle_base, values);
	if (code == OP_host_hvc) {
		memcpy(regs, values, sizeof(values));
	} else if (desc->issuer == ISSUER_HCALL) {
		regs[0] = core->info.hypercall_base + core->info.hypercall[code];
		memcpy(regs + 1, values, desc->nr_args * sizeof(*values));
	}
	memcpy(expect.regs, regs, sizeof(regs));
	model_step(model, &op, values, &expect);
	for (int i = 2; i < 31; i++)
		assert_int_equal(expect.regs[i], regs[i]);
}

struct model_page *page(enum place place, u64 n)
{
	return &model->pages[map_page_index(&core->map, fake_place(core, place, n))];
}

void assert_page(enum place place, u64 n, enum page_state host, enum page_state hyp)
{
	assert_int_equal(page(place, n)->host, host);
	assert_int_equal(page(place, n)->hyp, hyp);
}

bool touched(enum place place, u64 n)
{
	u32 index = map_page_index(&core->map, fake_place(core, place, n));

	for (unsigned int i = 0; i < model->nr_touched; i++) {
		if (model->touched[i] == index)
			return true;
	}

	return false;
}

u64 last_page_of_first_region(void)
{
	u64 end = core->map.regions[0].base + core->map.regions[0].size;

	for (u64 n = 0; n < core->map.ram_pages; n++) {
		if (fake_place(core, PLACE_RAM, n) == end - MAP_PAGE_SIZE)
			return n;
	}
	fail();
	return 0;
}

int open_small(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	model = model_open(&core->map, &core->info);
	return model ? 0 : -1;
}

int open_holes(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_HOLES);
	model = model_open(&core->map, &core->info);
	return model ? 0 : -1;
}

int close_model(void **state)
{
	(void)state;
	model_close(model);
	fake_close(core);
	return 0;
}
