// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake host kernel's allocators. Pages and objects come from one pool, from the next free place on:
 * what was freed is poisoned and not given out again before everything else was, so that a use after free
 * meets the poison, and a write is noticed when the place is given out again. In a sanitized image nothing
 * may be touched but what was asked for, to the byte.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "core/native/sanitize_check.h"

#include "host.h"

#define POISON 0x6b6b6b6b6b6b6b6bULL
/* What memory holds that nobody asked to be zeroed */
#define GARBAGE 0xa5a5a5a5a5a5a5a5ULL

/* Objects lie in granules, in a part of the pool of their own; behind each is one that is nobody's. */
#define GRANULE 64
#define NR_GRANULES (NESTED_OBJECT_PAGES * PAGE_SIZE / GRANULE)

static u8 used[NESTED_POOL_PAGES];
static u8 freed[NESTED_POOL_PAGES]; /* and so poisoned */
static unsigned int next_page = NESTED_OBJECT_PAGES;
static u16 object[NR_GRANULES]; /* granules of the object that starts here */
static u8 granule_used[NR_GRANULES];
static u8 granule_freed[NR_GRANULES];
static unsigned int next_granule;
static u64 fail_at;

static void *pool(unsigned int page)
{
	return __va(NESTED_POOL_PA + (u64)page * PAGE_SIZE);
}

static void fill(void *to, size_t size, u64 word)
{
	for (u64 *p = to; p < (u64 *)(to + size); p++)
		*p = word;
}

#ifdef EL2FUZZ_SANITIZED
static void hide(const void *at, size_t size, u8 why)
{
	memset(EL2FUZZ_SHADOW((u64)at), why, size >> 3);
}

static void show(const void *at, size_t size)
{
	s8 *shadow = EL2FUZZ_SHADOW((u64)at);

	memset(shadow, 0, size >> 3);
	if (size & 7)
		shadow[size >> 3] = size & 7;
}
#else
static void hide(const void *at, size_t size, u8 why)
{
}

static void show(const void *at, size_t size)
{
}
#endif

void host_memory_init(void)
{
	hide(pool(0), NESTED_POOL_PAGES * PAGE_SIZE, SHADOW_BEYOND);
}

static void check_poison(const void *at, size_t size)
{
	for (const u64 *p = at; p < (const u64 *)(at + size); p++) {
		if (*p != POISON)
			host_stop(NESTED_MISUSE, "memory was written to after it was freed");
	}
}

void host_fail_alloc(u64 nr)
{
	fail_at = nr;
}

static bool fails(gfp_t gfp)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		host_might_sleep();
	if (!fail_at || --fail_at || gfp & __GFP_NOFAIL)
		return false;
	el2fuzz_nested.failed++;
	return true;
}

/* Pages */

static bool all_free(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		if (used[i])
			return false;
	}
	return true;
}

/* Blocks of pages are aligned to their size, as the buddy allocator's are. */
static unsigned int find_pages(unsigned int nr)
{
	unsigned int align = roundup_pow_of_two(nr), at = ALIGN(next_page, align);

	for (unsigned int tries = 0; tries < 2 * NESTED_POOL_PAGES; tries += align, at += align) {
		if (at + nr > NESTED_POOL_PAGES)
			at = ALIGN(NESTED_OBJECT_PAGES, align);
		if (all_free(at, nr))
			return at;
	}
	host_stop(NESTED_UNMODELLED, "the host is out of memory");
}

void *host_pages_alloc(unsigned int nr)
{
	unsigned int at = find_pages(nr);

	for (unsigned int i = at; i < at + nr; i++) {
		struct page *page = virt_to_page(pool(i));

		if (freed[i])
			check_poison(pool(i), PAGE_SIZE);
		used[i] = 1;
		memset(page, 0, sizeof(*page));
		set_page_count(page, 1);
		atomic_set(&page->_mapcount, -1);
	}
	next_page = at + nr;
	el2fuzz_nested.pages += nr;
	show(pool(at), nr * PAGE_SIZE);
	memset(pool(at), 0, nr * PAGE_SIZE);
	return pool(at);
}

void host_pages_free(void *va, unsigned int nr)
{
	u64 first = (__pa(va) - NESTED_POOL_PA) / PAGE_SIZE;

	if (offset_in_page(va) || first < NESTED_OBJECT_PAGES || first + nr > NESTED_POOL_PAGES)
		host_stop(NESTED_MISUSE, "pages were freed that nobody had allocated");
	for (u64 i = first; i < first + nr; i++) {
		if (!used[i])
			host_stop(NESTED_MISUSE, "a page was freed twice");
		used[i] = 0;
		freed[i] = 1;
		el2fuzz_nested_event(&(struct nested_event){
			.kind = NESTED_FREE, .addr = NESTED_POOL_PA + i * PAGE_SIZE });
	}
	fill(va, nr * PAGE_SIZE, POISON);
	hide(va, nr * PAGE_SIZE, SHADOW_FREE);
	el2fuzz_nested.pages -= nr;
}

static void *get_pages(unsigned int nr, gfp_t gfp)
{
	void *va;

	if (fails(gfp))
		return NULL;
	va = host_pages_alloc(nr);
	if (!(gfp & __GFP_ZERO))
		fill(va, nr * PAGE_SIZE, GARBAGE);
	return va;
}

void *alloc_pages_exact_noprof(size_t size, gfp_t gfp)
{
	return get_pages(DIV_ROUND_UP(size, PAGE_SIZE), gfp);
}

void free_pages_exact(void *virt, size_t size)
{
	host_pages_free(virt, DIV_ROUND_UP(size, PAGE_SIZE));
}

unsigned long get_free_pages_noprof(gfp_t gfp, unsigned int order)
{
	return (unsigned long)get_pages(1U << order, gfp);
}

unsigned long get_zeroed_page_noprof(gfp_t gfp)
{
	return (unsigned long)get_pages(1, gfp | __GFP_ZERO);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		host_pages_free((void *)addr, 1U << order);
}

/* The last reference to a page has gone; a page of L1's RAM keeps one of the host's own. */
void __folio_put(struct folio *folio)
{
	if (page_to_phys(&folio->page) - NESTED_POOL_PA >= NESTED_POOL_PAGES * PAGE_SIZE)
		host_stop(NESTED_MISUSE, "a page of the guest's was dropped too often");
	host_pages_free(page_address(&folio->page), 1);
}

/* Objects */

static void *granule(unsigned int at)
{
	return pool(0) + at * GRANULE;
}

static bool granules_free(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		if (granule_used[i])
			return false;
	}
	return true;
}

/* Aligned as the maple tree wants its nodes: it keeps flags in their low bits. */
static unsigned int find_granules(unsigned int nr)
{
	unsigned int align =
		roundup_pow_of_two(clamp(nr - 1, 1U, (unsigned int)(PAGE_SIZE / GRANULE)));
	unsigned int at = ALIGN(next_granule, align);

	for (unsigned int tries = 0; tries < 2 * NR_GRANULES; tries += align, at += align) {
		if (at + nr > NR_GRANULES)
			at = 0;
		if (granules_free(at, nr))
			return at;
	}
	host_stop(NESTED_UNMODELLED, "the host is out of memory for objects");
}

static void *allocate(size_t size, gfp_t gfp)
{
	unsigned int nr = DIV_ROUND_UP(size, GRANULE) + 1, at;

	if (fails(gfp))
		return NULL;
	at = find_granules(nr);
	for (unsigned int i = at; i < at + nr; i++) {
		if (granule_freed[i])
			check_poison(granule(i), GRANULE);
		granule_used[i] = 1;
	}
	object[at] = nr;
	next_granule = at + nr;
	el2fuzz_nested.objects++;
	fill(granule(at), nr * GRANULE, gfp & __GFP_ZERO ? 0 : GARBAGE);
	show(granule(at), size);
	return granule(at);
}

static unsigned int nr_granules(const void *p)
{
	u64 offset = p - pool(0);

	if (offset % GRANULE || offset / GRANULE >= NR_GRANULES || !object[offset / GRANULE])
		host_stop(NESTED_MISUSE, "an object was freed that nobody had allocated");
	return object[offset / GRANULE];
}

void kfree(const void *p)
{
	unsigned int nr, at;

	if (ZERO_OR_NULL_PTR(p))
		return;
	nr = nr_granules(p);
	at = (p - pool(0)) / GRANULE;
	fill((void *)p, nr * GRANULE, POISON);
	hide(p, nr * GRANULE, SHADOW_FREE);
	for (unsigned int i = at; i < at + nr; i++) {
		granule_used[i] = 0;
		granule_freed[i] = 1;
	}
	object[at] = 0;
	el2fuzz_nested.objects--;
}

void kvfree(const void *p)
{
	kfree(p);
}

void vfree(const void *p)
{
	kfree(p);
}

void *__kmalloc_cache_noprof(struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	return allocate(size, gfp);
}

void *__kmalloc_noprof(DECL_BUCKET_PARAMS(size, bucket), gfp_t gfp)
{
	return allocate(size, gfp);
}

void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, bucket), unsigned long align, gfp_t gfp,
                             int node)
{
	return allocate(size, gfp);
}

void *vzalloc_noprof(unsigned long size)
{
	return allocate(size, GFP_KERNEL | __GFP_ZERO);
}

void *__vcalloc_noprof(size_t n, size_t size, gfp_t gfp)
{
	return allocate(n * size, gfp | __GFP_ZERO);
}

/* There is one CPU, and its area has no offset. */
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	return (void __percpu *)allocate(size, gfp | __GFP_ZERO);
}

void free_percpu(void __percpu *p)
{
	kfree((void __force *)p);
}

/* Caches: an object is as large as its cache says. */
struct kmem_cache {
	unsigned int size;
};

kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size,
                                            struct kmem_cache_args *args, slab_flags_t flags)
{
	struct kmem_cache *cache = allocate(sizeof(*cache), GFP_KERNEL);

	if (cache)
		cache->size = size;
	return cache;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *cache, gfp_t gfp)
{
	return allocate(cache->size, gfp);
}

/* Nodes of an xarray, whose cache is not made here */
void *kmem_cache_alloc_lru_noprof(struct kmem_cache *cache, struct list_lru *lru, gfp_t gfp)
{
	return allocate(cache ? cache->size : sizeof(struct xa_node), gfp | __GFP_ZERO);
}

void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	kfree(p);
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **p)
{
	while (nr--)
		kfree(p[nr]);
}

/* Sheaves: objects that were promised. */
struct slab_sheaf {
	unsigned int promised;
};

struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp, unsigned int nr)
{
	struct slab_sheaf *sheaf = allocate(sizeof(*sheaf), gfp);

	if (sheaf)
		sheaf->promised = nr;
	return sheaf;
}

int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf **sheaf,
                            unsigned int nr)
{
	if (fails(gfp))
		return -ENOMEM;
	(*sheaf)->promised = max((*sheaf)->promised, nr);
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf)
{
	kfree(sheaf);
}

void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *cache, gfp_t gfp,
                                         struct slab_sheaf *sheaf)
{
	if (!sheaf->promised)
		host_stop(NESTED_MISUSE, "more objects were taken than were promised");
	sheaf->promised--;
	return allocate(cache->size, gfp | __GFP_NOFAIL);
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf)
{
	return sheaf->promised;
}
