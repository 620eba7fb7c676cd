// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/tlb/casemate.h"

/* Each step is atomic: a lock is but a name, that of its root outside of memory. */
#define LOCK_NAME BIT(52)

static bool begin_record(struct casemate *c, const char *what)
{
	if (!c->out)
		return false;
	fprintf(c->out, "(%s (id %llu) (tid %u)", what, (unsigned long long)c->id++, c->cpu);
	return true;
}

static void field(struct casemate *c, const char *name, u64 value)
{
	fprintf(c->out, " (%s 0x%llx)", name, (unsigned long long)value);
}

static void end_record(struct casemate *c)
{
	fputs(")\n", c->out);
}

void casemate_begin(struct casemate *c, FILE *out)
{
	*c = (struct casemate){ .out = out };
}

static void hint(struct casemate *c, const char *kind, u64 location, u64 value)
{
	if (!begin_record(c, "hint"))
		return;
	fprintf(c->out, " (kind %s)", kind);
	field(c, "location", location);
	field(c, "value", value);
	end_record(c);
}

static void lock(struct casemate *c, const char *what, u64 root)
{
	if (!begin_record(c, what))
		return;
	field(c, "address", root | LOCK_NAME);
	end_record(c);
}

static void write_reg(struct casemate *c, enum event_reg reg, u64 value)
{
	/* The format has these two. */
	if ((reg != EVENT_VTTBR_EL2 && reg != EVENT_TTBR0_EL2) || !begin_record(c, "sysreg-write"))
		return;
	fprintf(c->out, " (sysreg %s)", reg == EVENT_VTTBR_EL2 ? "vttbr_el2" : "ttbr0_el2");
	field(c, "value", value);
	end_record(c);
}

void casemate_root(struct casemate *c, u64 root, enum event_reg reg, u64 value)
{
	if (!c->out || c->nr_roots == CASEMATE_MAX_ROOTS)
		return;
	c->roots[c->nr_roots++] = root;
	hint(c, "set_root_lock", root, root | LOCK_NAME);
	if (c->locked)
		lock(c, "lock", root);
	write_reg(c, reg, value);
}

void casemate_table(struct casemate *c, u64 page, u64 root, u64 size)
{
	if (!begin_record(c, "mem-init"))
		return;
	field(c, "address", page);
	field(c, "size", size);
	end_record(c);
	if (page != root)
		hint(c, "set_owner_root", page, root);
}

void casemate_write(struct casemate *c, u64 pa, u64 value)
{
	if (!begin_record(c, "mem-write"))
		return;
	fputs(" (mem-order plain)", c->out);
	field(c, "address", pa);
	field(c, "value", value);
	end_record(c);
}

/* The format has full barriers, and ISHST: what is less than one of these is left out. */
static const char *dsb_kind(unsigned int crm)
{
	switch (crm) {
	case DSB_sy:
	case DSB_osh:
		return "sy";
	case DSB_ish:
		return "ish";
	case DSB_st:
	case DSB_oshst:
	case DSB_ishst:
		return "ishst";
	case DSB_nsh:
		return "nsh";
	default:
		return NULL;
	}
}

static bool has_operand(enum tlbi op)
{
	switch (tlbi_what(op)) {
	case TLBI_WHAT_NOTHING:
	case TLBI_WHAT_VMID_S1:
	case TLBI_WHAT_VMID_S12:
	case TLBI_WHAT_EL1_ALL:
	case TLBI_WHAT_EL2_ALL:
		return false;
	default:
		return true;
	}
}

void casemate_event(struct casemate *c, const struct event *event)
{
	switch (event->kind) {
	case EVENT_TLBI:
		if (!begin_record(c, "tlbi"))
			return;
		fprintf(c->out, " %s", tlbi_name(event->op));
		if (has_operand(event->op))
			field(c, "value", event->arg);
		end_record(c);
		break;
	case EVENT_DSB:
		if (!dsb_kind(event->op) || !begin_record(c, "barrier"))
			return;
		fprintf(c->out, " dsb (kind %s)", dsb_kind(event->op));
		end_record(c);
		break;
	case EVENT_ISB:
		if (!begin_record(c, "barrier"))
			return;
		fputs(" isb", c->out);
		end_record(c);
		break;
	case EVENT_REG:
		write_reg(c, event->op, event->arg);
		break;
	default:
		break;
	}
}

void casemate_step(struct casemate *c, unsigned int cpu)
{
	c->cpu = cpu;
	c->locked = true;
	for (unsigned int i = 0; i < c->nr_roots; i++)
		lock(c, "lock", c->roots[i]);
}

void casemate_step_end(struct casemate *c)
{
	if (!c->locked)
		return;
	c->locked = false;
	for (unsigned int i = 0; i < c->nr_roots; i++)
		lock(c, "unlock", c->roots[i]);
}
