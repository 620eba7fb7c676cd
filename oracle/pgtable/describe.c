// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/pgtable/check.h"

#include <stdio.h>

const char *pt_describe_entry(struct pt_model *m, const struct pt_entry *entry, int level,
                              bool stage2, char *buf, size_t len)
{
	static const char *const types[] = {
		[PT_MEM_NORMAL] = "memory",
		[PT_MEM_DEVICE] = "device",
		[PT_MEM_NC] = "uncached memory",
		[PT_MEM_AS_S1] = "as stage 1 says",
	};

	switch (entry->kind) {
	case PT_NONE:
		snprintf(buf, len, "nothing");
		break;
	case PT_TABLE:
		snprintf(buf, len, "a table");
		break;
	case PT_ANNOTATED:
		snprintf(buf, len, "annotation 0x%llx", (unsigned long long)entry->value);
		break;
	default:
		snprintf(buf, len, "0x%llx %c%c%c%c sw %x, %s%s (0x%llx)",
		         (unsigned long long)entry->value, entry->prot & PGTABLE_R ? 'r' : '-',
		         entry->prot & PGTABLE_W ? 'w' : '-', entry->prot & PGTABLE_PX ? 'p' : '-',
		         entry->prot & PGTABLE_UX ? 'u' : '-',
		         (entry->prot & PGTABLE_SW) / PGTABLE_SW0, types[entry->mem],
		         entry->young ? "" : ", old",
		         (unsigned long long)pt_descriptor(m, entry, level, stage2));
	}

	return buf;
}

const char *pt_describe_event(const struct pgtable_event *e, char *buf, size_t len)
{
	static const char *const kinds[] = {
		[PGTABLE_TLBI_IPA] = "TLBI of IPA",
		[PGTABLE_TLBI_IPA_NSH] = "TLBI, this CPU, of IPA",
		[PGTABLE_TLBI_RANGE] = "TLBI of IPAs from",
		[PGTABLE_TLBI_VMID] = "TLBI of all, seen at",
		[PGTABLE_TLBI_VA] = "TLBI of VA",
		[PGTABLE_FREE] = "free of page",
		[PGTABLE_DCACHE] = "clean of",
		[PGTABLE_ICACHE] = "instruction cache invalidate of",
	};
	int n = snprintf(buf, len, "%s 0x%llx", kinds[e->kind], (unsigned long long)e->addr);

	if (e->size)
		n += snprintf(buf + n, len - n, ", 0x%llx bytes", (unsigned long long)e->size);
	if (e->level != PGTABLE_ANY_LEVEL)
		n += snprintf(buf + n, len - n, ", level %d", e->level);
	if (e->kind <= PGTABLE_TLBI_VA)
		snprintf(buf + n, len - n, ", descriptor 0x%llx", (unsigned long long)e->seen);

	return buf;
}
