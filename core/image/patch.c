// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel patches into its own text at boot: alternatives and static keys. */
#include "core/image/image.h"

#include "tree.h"

#define INSN_NOP 0xd503201fU
#define INSN_B 0x14000000U

static u32 *text(const struct image *image, const struct phys *phys, u64 va)
{
	return phys_ptr(phys, va - image->va_base, sizeof(u32));
}

static s32 read_s32(const u8 *p)
{
	s32 val;

	memcpy(&val, p, sizeof(val));
	return val;
}

static u16 read_u16(const u8 *p)
{
	u16 val;

	memcpy(&val, p, sizeof(val));
	return val;
}

struct alternative {
	u64 orig; /* VA of the original instructions */
	u64 replacement; /* VA of what replaces them, or of the callback */
	u16 cap;
	bool callback;
	u8 orig_len;
	u8 len;
};

static void read_alternative(const u8 *entry, u64 va, struct alternative *alt)
{
	u16 cap = read_u16(entry + TREE_alt_cpucap);

	/* Both are relative to the field that holds them. */
	alt->orig = va + TREE_alt_orig_offset + read_s32(entry + TREE_alt_orig_offset);
	alt->replacement = va + TREE_alt_alt_offset + read_s32(entry + TREE_alt_alt_offset);
	alt->cap = cap & ~TREE_cap_cb_bit;
	alt->callback = cap & TREE_cap_cb_bit;
	alt->orig_len = entry[TREE_alt_orig_len];
	alt->len = entry[TREE_alt_alt_len];
}

/* A PC-relative branch that leaves the replacement must still reach its target when moved. */
static int move_insn(u32 *insn, u64 from, const struct alternative *alt, u64 to)
{
	u64 target;

	if ((*insn & 0x7c000000) == INSN_B) { /* B, BL */
		target = from + (((s64)(s32)(*insn << 6)) >> 4);
		if (target - alt->replacement < alt->len)
			return 0;
		*insn = (*insn & 0xfc000000) | (((target - to) >> 2) & 0x3ffffff);
		return 0;
	}
	if ((*insn & 0x9f000000) == 0x90000000) { /* ADRP: page-relative, immhi:immlo */
		s64 pages = (s64)((u64)(*insn >> 5 & 0x7ffff) << 45) >> 43 | (*insn >> 29 & 3);

		target = ALIGN_DOWN(from, 4096) + pages * 4096;
		pages = (s64)(target - ALIGN_DOWN(to, 4096)) >> 12;
		*insn = (*insn & 0x9f00001f) | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5;
		return 0;
	}
	/* ADR and LDR (literal): the kernel's own patcher refuses them too. */
	if ((*insn & 0x9f000000) == 0x10000000 || (*insn & 0x3b000000) == 0x18000000)
		return -1;

	return 0;
}

static int replace(const struct image *image, struct phys *phys, const struct alternative *alt)
{
	for (unsigned int i = 0; i < alt->orig_len; i += sizeof(u32)) {
		u32 insn = INSN_NOP;

		if (i < alt->len) {
			insn = *text(image, phys, alt->replacement + i);
			if (move_insn(&insn, alt->replacement + i, alt, alt->orig + i))
				return -1;
		}
		*text(image, phys, alt->orig + i) = insn;
	}

	return 0;
}

static void fill_nops(const struct image *image, struct phys *phys, const struct alternative *alt)
{
	for (unsigned int i = 0; i < alt->orig_len; i += sizeof(u32))
		*text(image, phys, alt->orig + i) = INSN_NOP;
}

/*
 * kern_hyp_va(): mask, rotate the tag's place to bit 0, add the tag in two parts, rotate back; see
 * compute_instruction() in the tree's va_layout.c. Here the mask is bits 46..0 and the tag is 1 at
 * bit 47, which is what map_hva_pa() says.
 */
static void encode_kern_hyp_va(const struct image *image, struct phys *phys,
                               const struct alternative *alt)
{
	const u32 forms[] = {
		0x9240b800, /* and  rd, rn, #0x7fffffffffff */
		0x93c0bc00, /* ror  rd, rn, #47 */
		0x91000400, /* add  rd, rn, #1 */
		0x91400000, /* add  rd, rn, #0, lsl #12 */
		0x93c04400, /* ror  rd, rn, #17 */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
		u32 *insn = text(image, phys, alt->orig + i * sizeof(u32));
		u32 rd = *insn & 0x1f, rn = *insn >> 5 & 0x1f;
		u32 new = forms[i] | rn << 5 | rd;

		if (i == 1 || i == 4) /* ROR is EXTR with both sources the same */
			new |= rn << 16;
		*insn = new;
	}
}

static int run_callback(const struct image *image, struct phys *phys, const struct alternative *alt)
{
	if (alt->replacement == image_symbol(image, "kvm_update_va_mask") && !image->host) {
		if (alt->orig_len != 5 * sizeof(u32))
			return -1;
		encode_kern_hyp_va(image, phys, alt);
	} else if (alt->replacement == image_symbol(image, "alt_cb_patch_nops") ||
	           alt->replacement == image_symbol(image, "kvm_update_va_mask")) {
		fill_nops(image, phys, alt);
	}

	/*
	 * The others write constants that only guests and panics read (CTR_EL0, ICH_VTR_EL2, kernel
	 * image offset), or mitigations that their capability gates. The original code stays.
	 */
	return 0;
}

static bool has_cap(const struct image *image, u32 caps, u16 cap)
{
	static const u16 chosen[CAP_CPU_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = TREE_cap_##name,
		EL2FUZZ_CAPS(CAP)
#undef CAP
	};

	/*
	 * Without these pKVM does not exist or BUGs in cpus_have_final_cap(). Nothing of it asks for VHE; the
	 * host kernel's code does, which calls TLB maintenance directly then, and nests where it is not pKVM's.
	 */
	if (cap == TREE_cap_always_boot || cap == TREE_cap_always_system || cap == TREE_cap_vhe)
		return true;
	if (cap == TREE_cap_protected_mode || cap == TREE_cap_nested_virt)
		return (cap == TREE_cap_nested_virt) == image->host;
	for (unsigned int i = 0; i < CAP_CPU_COUNT; i++) {
		if (chosen[i] == cap)
			return caps & BIT(i);
	}

	return false;
}

int image_patch(const struct image *image, struct phys *phys, u32 caps, struct error *err)
{
	u64 va = image_raw_symbol(image, "el2fuzz_alt_start");
	u64 end = image_raw_symbol(image, "el2fuzz_alt_end");

	for (; va + TREE_sizeof_alt_instr <= end; va += TREE_sizeof_alt_instr) {
		const u8 *entry = phys_ptr(phys, va - image->va_base, TREE_sizeof_alt_instr);
		struct alternative alt;

		read_alternative(entry, va, &alt);
		if (!has_cap(image, caps, alt.cap))
			continue;
		if (!text(image, phys, alt.orig) ||
		    (alt.callback ? run_callback(image, phys, &alt) : replace(image, phys, &alt)))
			return error_set(
				err,
				"alternative at 0x%llx for capability %u: not of a form that can be applied",
				(unsigned long long)alt.orig, alt.cap);
	}

	return 0;
}

unsigned int image_enable_key(const struct image *image, struct phys *phys, const char *key)
{
	u64 va = image_raw_symbol(image, "el2fuzz_jump_start");
	u64 end = image_raw_symbol(image, "el2fuzz_jump_end");
	u64 key_va = image_symbol(image, key);
	unsigned int sites = 0;

	for (; va + TREE_sizeof_jump_entry <= end; va += TREE_sizeof_jump_entry) {
		const u8 *entry = phys_ptr(phys, va - image->va_base, TREE_sizeof_jump_entry);
		u64 code = va + TREE_jump_code + read_s32(entry + TREE_jump_code);
		u64 target = va + TREE_jump_target + read_s32(entry + TREE_jump_target);
		u64 offset;
		u32 *insn;

		memcpy(&offset, entry + TREE_jump_key, sizeof(offset));
		/* Bits 1..0 of the key's address say which way the branch goes when false. */
		if (((va + TREE_jump_key + offset) & ~3ULL) != key_va)
			continue;
		insn = text(image, phys, code);
		*insn = *insn == INSN_NOP ? INSN_B | (((target - code) >> 2) & 0x3ffffff) :
		                            INSN_NOP;
		sites++;
	}

	return sites;
}
