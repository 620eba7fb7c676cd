/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What generate.sh puts behind the tree's push_hyp_memcache() and pop_hyp_memcache(), which it has renamed:
 * functions of these names that call them and tell the sanitizers.
 */
#ifndef EL2FUZZ_NATIVE_MEMCACHE_H
#define EL2FUZZ_NATIVE_MEMCACHE_H

#ifdef EL2FUZZ_SANITIZED
void el2fuzz_memcache_pushed(void *page);
void el2fuzz_memcache_popped(void *page);
#else
#define el2fuzz_memcache_pushed(page)
#define el2fuzz_memcache_popped(page)
#endif

#define EL2FUZZ_PUSH_HYP_MEMCACHE                                                         \
	static inline void push_hyp_memcache(struct kvm_hyp_memcache *mc, phys_addr_t *p, \
	                                     phys_addr_t (*to_pa)(void *virt))            \
	{                                                                                 \
		el2fuzz_memcache_pushed(p);                                               \
		el2fuzz_tree_push_hyp_memcache(mc, p, to_pa);                             \
	}

#define EL2FUZZ_POP_HYP_MEMCACHE                                               \
	static inline void *pop_hyp_memcache(struct kvm_hyp_memcache *mc,      \
	                                     void *(*to_va)(phys_addr_t phys)) \
	{                                                                      \
		void *p = el2fuzz_tree_pop_hyp_memcache(mc, to_va);            \
                                                                               \
		el2fuzz_memcache_popped(p);                                    \
		return p;                                                      \
	}

#endif
