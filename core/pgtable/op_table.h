/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The op table of the pgtable world: one op for each function of the tree's page-table library
 * (arch/arm64/kvm/hyp/pgtable.c). There is at most one stage-2 table and one stage-1 table of the
 * hypervisor at a time.
 *
 * OP(number, name, arguments, summary): as in core/op_table.h.
 *
 * "cache" is how many pages the op may allocate; CACHE_NONE, where the function takes a memcache, is
 * to pass none.
 */
#ifndef EL2FUZZ_PGTABLE_OP_TABLE_H
#define EL2FUZZ_PGTABLE_OP_TABLE_H

#define PGTABLE_OPS(OP)                                                                            \
	/* Stage 2 */                                                                              \
	OP(1, s2_init,                                                                             \
	   ARGS(ARG("style", STYLE), ARG("ia_bits", VALUE), ARG("flags", VALUE),                   \
	        ARG("cache", COUNT)),                                                              \
	   "make a stage-2 table; returns what VTCR_EL2 says of it")                               \
	OP(2, s2_destroy, ARGS(ARG("chunk", VALUE)),                                               \
	   "destroy it: whole (0), or by so many of the largest blocks at a time, the pgd last")   \
	OP(3, s2_map,                                                                              \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("phys", PA), ARG("prot", VALUE),          \
	        ARG("cache", COUNT), ARG("flags", VALUE)),                                         \
	   "map a range")                                                                          \
	OP(4, s2_annotate,                                                                         \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("type", VALUE), ARG("annotation", VALUE), \
	        ARG("cache", COUNT)),                                                              \
	   "unmap a range and annotate it")                                                        \
	OP(5, s2_unmap, ARGS(ARG("addr", IPA), ARG("size", SIZE)), "unmap a range")                \
	OP(6, s2_wrprotect, ARGS(ARG("addr", IPA), ARG("size", SIZE)), "write-protect a range")    \
	OP(7, s2_relax_perms, ARGS(ARG("addr", IPA), ARG("prot", VALUE), ARG("flags", VALUE)),     \
	   "widen the permissions of a leaf")                                                      \
	OP(8, s2_mkyoung, ARGS(ARG("addr", IPA), ARG("flags", VALUE)),                             \
	   "set the access flag of a leaf")                                                        \
	OP(9, s2_test_clear_young, ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("mkold", VALUE)), \
	   "read and clear the access flags of a range")                                           \
	OP(10, s2_flush, ARGS(ARG("addr", IPA), ARG("size", SIZE)),                                \
	   "clean and invalidate what a range maps")                                               \
	OP(11, s2_split, ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("cache", COUNT)),           \
	   "split the blocks of a range")                                                          \
	OP(12, s2_create_unlinked,                                                                 \
	   ARGS(ARG("slot", VALUE), ARG("phys", PA), ARG("level", VALUE), ARG("prot", VALUE),      \
	        ARG("cache", COUNT), ARG("force_pte", VALUE)),                                     \
	   "make a table for a block, linked to nothing")                                          \
	OP(13, s2_free_unlinked, ARGS(ARG("slot", VALUE)), "free such a table")                    \
	OP(14, s2_get_leaf, ARGS(ARG("addr", IPA)), "look a leaf up")                              \
	OP(15, s2_walk,                                                                            \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("flags", VALUE), ARG("stop", VALUE),      \
	        ARG("ret", VALUE)),                                                                \
	   "walk a range with a callback that returns \"ret\" at its visit number \"stop\"")       \
	OP(16, s2_pgd_size, ARGS(ARG("ia_bits", VALUE)), "how large is the first table?")          \
	OP(17, s2_set_owner,                                                                       \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("owner", VALUE), ARG("cache", COUNT)),    \
	   "unmap a range and annotate it with an owner, as older trees do")                       \
                                                                                                   \
	/* Stage 1 of the hypervisor */                                                            \
	OP(32, hyp_init, ARGS(ARG("style", STYLE), ARG("ia_bits", VALUE), ARG("cache", COUNT)),    \
	   "make a stage-1 table")                                                                 \
	OP(33, hyp_destroy, ARGS(), "destroy it")                                                  \
	OP(34, hyp_map,                                                                            \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("phys", PA), ARG("prot", VALUE),          \
	        ARG("cache", COUNT)),                                                              \
	   "map a range")                                                                          \
	OP(35, hyp_unmap, ARGS(ARG("addr", IPA), ARG("size", SIZE)), "unmap a range")              \
	OP(36, hyp_get_leaf, ARGS(ARG("addr", IPA)), "look a leaf up")                             \
	OP(37, hyp_walk,                                                                           \
	   ARGS(ARG("addr", IPA), ARG("size", SIZE), ARG("flags", VALUE), ARG("stop", VALUE),      \
	        ARG("ret", VALUE)),                                                                \
	   "walk a range, as s2_walk")

/*
 * STYLE(number, name): whose table, and so what its mm_ops are.
 *
 *  host	everything but cache maintenance and freeing the first table; pages are forced for
 *		what is not RWX
 *  guest	everything, no page is forced
 *  early	as the hypervisor's first allocator: nothing is counted or freed (stage 1 only)
 *  kvm		as guest, by the host kernel's form of the library: walks may be shared
 */
#define PGTABLE_STYLES(STYLE) \
	STYLE(0, host)        \
	STYLE(1, guest)       \
	STYLE(2, early)       \
	STYLE(3, kvm)

#define CACHE_NONE (~0ULL)

#endif
