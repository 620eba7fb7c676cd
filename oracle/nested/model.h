/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the nested world. It knows what L1's tables say, what the VMM has given and what the host
 * moves; of KVM's shadow tables it keeps every leaf that it has seen come and was right to come, and what
 * of L1's it stands for. KVM may drop a leaf whenever it likes, if it tells the TLB; it must where a TLBI
 * or a notifier covers it.
 */
#ifndef EL2FUZZ_NESTED_MODEL_H
#define EL2FUZZ_NESTED_MODEL_H

#include "core/core.h"
#include "core/nested/core.h"
#include "oracle/finding.h"

enum nested_perm {
	NESTED_R = 1,
	NESTED_W = 2,
	NESTED_XP = 4, /* EL1 may fetch */
	NESTED_XU = 8, /* EL0 may */
};

/* FSC of an abort (Arm ARM D24.2.40, table of DFSC) */
#define NESTED_FSC_ADDRSZ(level) (0x00 | (level))
#define NESTED_FSC_TRANSLATION(level) (0x04 | (level))
#define NESTED_FSC_ACCESS(level) (0x08 | (level))
#define NESTED_FSC_PERM(level) (0x0c | (level))
#define NESTED_FSC_SEA_TTW(level) (0x14 | (level))

/* A descriptor that translates, or the place where a walk ends. */
struct nested_leaf {
	bool valid, young;
	u8 perm; /* enum nested_perm */
	int level;
	u64 ipa, pa, size;
};

/* Unusual reasons why something does not translate */
#define NESTED_ODD_VTCR ", of a bad VTCR_EL2"
#define NESTED_ODD_T0SZ ", of an IPA beyond T0SZ"
#define NESTED_ODD_TABLE ", of a table that is not there"
#define NESTED_ODD_TSZ ", of a bad TCR_EL1.TxSZ"
#define NESTED_ODD_VA ", of bits 63..56 that are no VA's"

/* What L1's stage 2 says of an address. */
struct nested_l1 {
	bool mapped;
	const char *odd; /* if not mapped: why, where it is for an unusual reason */
	u8 fsc; /* if not mapped */
	u8 perm;
	int level;
	u64 out; /* IPA of L1 for the address */
	u64 ipa, size; /* what its entry maps */
	u64 desc;
};

/* A leaf that is there, and what it stands for. */
struct nested_entry {
	struct nested_leaf leaf;
	u64 ram; /* the offset in L1's RAM that its first byte is */
	u64 l1_ipa, l1_size; /* of the entry of L1's that it was made from */
	int l1_level;
	u8 granule; /* log2 of L1's */
	bool crowded; /* L1 has made another entry for its addresses, and not broken this one before, or it is that other */
};

/* What a stage 1 of L1's gave for VNCR_EL2, and a TLB may have kept. */
struct nested_vncr_entry {
	bool off; /* there was no stage 1 */
	bool writable, global;
	u8 granule; /* log2 */
	int level;
	u16 asid;
	u64 va, pa; /* of VNCR_EL2's page; the latter is an IPA */
	u64 size; /* of what its descriptor maps */
};

/* Two at most: where others race with a walk, what there is before and behind. */
struct nested_vncr_tlb {
	u32 nr;
	bool anything; /* nobody knows */
	struct nested_vncr_entry entries[2];
};

#define NESTED_MAX_ENTRIES 512

struct nested_context {
	u64 vttbr, vtcr; /* when its leaves came */
	bool s2_enabled;
	u32 nr;
	struct nested_entry entries[NESTED_MAX_ENTRIES];
};

struct nested_model {
	struct core *core;
	const struct nested_view *view;
	unsigned int pa_bits;
	bool xnx, fwb;
	bool traps_sctlr[NESTED_VCPUS]; /* HCR_EL2.TVM, by which KVM learns of caches */
	struct nested_context contexts[NESTED_MMUS];
	struct nested_context
		raced; /* one of them, as it was before a step that others raced with */
	struct nested_vcpu before[NESTED_VCPUS]; /* an op */
	struct nested_vncr_tlb vncr[NESTED_VCPUS];
	u8 slots[NESTED_SLOTS]; /* enum nested_slot_flag */
	u64 notified[NESTED_NOTIFIERS], notified_size[NESTED_NOTIFIERS];
	u32 nr_notified;
};

static inline u64 vmid_of(u64 vttbr)
{
	return vttbr >> 48;
}

/** nested_slot() - the flags of the slot that an IPA of L1's lies in; 0 outside */
u8 nested_slot(const struct nested_model *m, u64 ipa);

/** nested_walk() - what the tables of a stage 2 of KVM's say, from raw memory */
void nested_walk(const struct nested_model *m, unsigned int mmu, u64 ipa, struct nested_leaf *leaf);

/** nested_walk_l1() - what L1's own stage 2, by the registers of a vCPU, says */
void nested_walk_l1(const struct nested_model *m, const struct nested_vcpu *vcpu, u64 ipa,
                    struct nested_l1 *l1);

/** nested_read() - a descriptor in L1's RAM. Return: is there memory? */
bool nested_read(const struct nested_model *m, u64 ipa, bool big_endian, u64 *desc);

/** nested_output_bits() - the size of an address space by a PS field, no more than the machine has */
unsigned int nested_output_bits(const struct nested_model *m, u64 ps);

/** nested_too_large() - is an output address of more than @bits? */
bool nested_too_large(u64 address, unsigned int bits);

/** nested_contiguous() - log2 of the entries that a contiguous bit stands for */
unsigned int nested_contiguous(unsigned int granule, int level);

/** nested_visit() - every leaf of a stage 2, from raw memory */
void nested_visit(const struct nested_model *m, unsigned int mmu,
                  void (*visit)(void *arg, const struct nested_leaf *leaf), void *arg);

/** nested_permits() - does a translation allow an access (enum nested_access) at EL1? */
bool nested_permits(u8 perm, u64 how);

/** nested_granule() - log2 of the granule that L1's stage 2 has (Arm ARM D24.2.183, VTCR_EL2.TG0) */
unsigned int nested_granule(u64 vtcr);

#endif
