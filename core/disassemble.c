// SPDX-License-Identifier: GPL-2.0-only
#include "core/core.h"

#include <capstone/capstone.h>

const char *core_disassemble(u64 pc, u32 insn, char *buf, size_t len)
{
	static csh handle;
	cs_insn *found;

	snprintf(buf, len, ".inst 0x%08x", insn);
	if (!handle && cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK)
		return buf;
	if (cs_disasm(handle, (const u8 *)&insn, sizeof(insn), pc, 1, &found) == 1) {
		snprintf(buf, len, "%s %s", found->mnemonic, found->op_str);
		cs_free(found, 1);
	}

	return buf;
}
