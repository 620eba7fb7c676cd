/* SPDX-License-Identifier: GPL-2.0-only */
/* What is compared with the model, and what a finding is made of. */
#ifndef EL2FUZZ_NESTED_CHECK_H
#define EL2FUZZ_NESTED_CHECK_H

#include "oracle/nested/model.h"
#include "oracle/nested/stage1.h"

/* An access, and what L1's tables gave it before the step and behind it */
struct nested_raced {
	bool is_access;
	u64 ipa;
	unsigned int mmu[2];
	struct nested_l1 l1[2];
};

/* What an AT is to leave in PAR_EL1 */
struct nested_par {
	u64 value, mask; /* of what is known */
	u8 level; /* of a fault: another that it may have */
	const char *odd; /* L1's tables are such that KVM goes wrong: known from other ops */
};

struct nested_check {
	struct nested_model *model;
	struct finding *finding; /* filled at the first difference */
	u64 digest; /* of all that was looked at */
	const struct op *op;
	const u64 *args;
	bool full; /* everything at every step */
	/* Of an access: what there was before it */
	struct nested_leaf leaf;
	struct nested_l1 l1;
	unsigned int mmu;
	struct nested_par par; /* of an AT */
	struct nested_s1 vncr[NESTED_VCPUS]; /* what each VNCR_EL2 is translated to */
	bool was_logged; /* of a memory slot that is changed */
	bool cleans; /* the caches of all of the VM's memory */
	/* Of ops that are done while another is under way: that one first */
	struct nested_raced raced[1 + NESTED_MEANWHILE];
	/* In words, for who explains */
	char expected[160], actual[160];
};

/** nested_fail() - fill the finding; always -1 */
int nested_fail(struct nested_check *check, enum finding_class class, const char *place,
                const char *expected, const char *actual);
int nested_fail_number(struct nested_check *check, enum finding_class class, const char *place,
                       u64 expected, u64 actual);

void nested_add(struct nested_check *check, u64 value);

/** nested_check_fault() - what became of an access: hit, resolved, reflected, or user space's (3) */
int nested_check_fault(struct nested_check *check);

/** nested_at_before(), nested_check_at() - what an AT finds, and what it has told (3) */
void nested_at_before(struct nested_check *check);
int nested_check_at(struct nested_check *check);

/** nested_race_before(), nested_check_race() - an op that others are done meanwhile, in place of all else */
void nested_race_before(struct nested_check *check);
int nested_check_race(struct nested_check *check);

/** nested_follow() - what the host and the VMM have done is the model's as soon as KVM was told */
void nested_follow(struct nested_check *check, u16 code, const u64 *args, s64 ret);

/** nested_fail_leaf() - fill the finding with a leaf; always -1 */
int nested_fail_leaf(struct nested_check *check, const char *place, const char *expected,
                     unsigned int mmu, const struct nested_leaf *leaf);

/** nested_check_place() - what a leaf maps: the host's pages, of a slot, none that is being changed */
int nested_check_place(struct nested_check *check, unsigned int mmu,
                       const struct nested_leaf *leaf);

/** nested_flushed() - is what a TLB could have kept of a leaf told to go? (6) */
bool nested_flushed(const struct nested_model *m, unsigned int mmu, const struct nested_leaf *leaf);

/** nested_cleaned() - has what a leaf maps been cleaned to the point of coherency? */
bool nested_cleaned(const struct nested_model *m, const struct nested_leaf *leaf);

/** nested_clean_due() - must the op clean all that is mapped? */
bool nested_clean_due(const struct nested_check *check);

/** nested_follow_caches() - whether KVM has SCTLR_EL1 trapped from here on */
void nested_follow_caches(struct nested_model *m, u16 code, const u64 *args);

/** nested_check_cleaned() - has it, if it must? */
int nested_check_cleaned(struct nested_check *check);

/** nested_ram() - what a leaf maps, as an offset in L1's RAM; ~0 if it is none of that */
u64 nested_ram(const struct nested_leaf *leaf);

/** nested_check_shadows() - the leaves that the op was to leave, remove or make (1), (2), (4), (6) */
int nested_check_shadows(struct nested_check *check);

/** nested_check_everything() - every leaf of every stage 2 is one that is known */
int nested_check_everything(struct nested_check *check);

/** nested_check_vcpus() - which stage 2 each vCPU runs with, and who else does */
int nested_check_vcpus(struct nested_check *check);

/** nested_vncr_before(), nested_check_vncr_access() - what became of an access to VNCR_EL2's page (3) */
void nested_vncr_before(struct nested_check *check);
int nested_check_vncr_access(struct nested_check *check);

/** nested_vncr_walked() - L1's tables were asked: they may have given this */
void nested_vncr_walked(struct nested_check *check, unsigned int cpu, const struct nested_s1 *s1);

/** nested_vncr_follow() - what the op has others forget */
void nested_vncr_follow(struct nested_check *check, u16 code, const u64 *args);

/** nested_check_vncr() - what the CPUs have of such pages (1), (2), (4) */
int nested_check_vncr(struct nested_check *check);

/** nested_being_changed() - has a notifier for a part of a range of L1's RAM started, and not ended? */
bool nested_being_changed(const struct nested_model *m, u64 ram, u64 size);

/** nested_backing() - PA of the page that the host has at an offset in L1's RAM, 0 outside of it */
u64 nested_backing(const struct nested_model *m, u64 ram);

/** nested_covers() - must a TLBI remove an entry? (4) */
bool nested_covers(const struct nested_context *context, const struct nested_entry *entry,
                   const struct nested_vcpu *vcpu, u64 tlbi, u64 value);

/** nested_covers_vncr() - must a TLBI remove a translation of VNCR_EL2? @same_pe: of the vCPU that executes it (4) */
bool nested_covers_vncr(const struct nested_vncr_entry *entry, const struct nested_vcpu *vcpu,
                        bool same_pe, u64 tlbi, u64 value);

/** nested_crowd() - @entry is new: which others are for addresses of the same entry of L1's, but not made from it? */
void nested_crowd(struct nested_context *context, struct nested_entry *entry);

/** nested_beside() - does a leaf lie outside of the range that a TLBI names? */
bool nested_beside(const struct nested_entry *entry, u64 tlbi, u64 value);

#endif
