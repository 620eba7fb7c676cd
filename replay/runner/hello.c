// SPDX-License-Identifier: GPL-2.0-only
#include "replay/runner/server.h"

#include <string.h>

void hello_fill(struct hello *hello, struct core *core, const char *cores, const char *build_id)
{
	const struct tree_info *info = core_info(core);
	enum world world = core_config(core)->world;
	const struct op_desc *desc;

	memset(hello, 0, sizeof(*hello));
	snprintf(hello->build_id, sizeof(hello->build_id), "%s", build_id);
	snprintf(hello->core, sizeof(hello->core), "%s", cores);
	hello->has_native = core_kind_by_name("native") >= 0;
	hello->world = world;
	for_each_op(world, code, desc)
		hello->has_op[code % OP_CODE_LIMIT] = core_has_op(core, code);
	hello->map = *core_map(core);
	hello->hypercall_base = info->hypercall_base;
	hello->hypercall_max = info->hypercall_max;
	hello->vm_slots = info->vm_slots;
	hello->ffa = info->ffa;
	hello->features = info->features;
	hello->caps = core_config(core)->caps;
	hello->nr_unknown = world == WORLD_EL2 ? tree_unknown_hypercalls(hello->unknown) : 0;
}
