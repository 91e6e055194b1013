/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct page: 64 bytes for each 4 KiB of the simulated machine, as in the kernel, because
 * walking over them is a large part of the cost of an unmap. The 4 KiB themselves do not exist
 * (nothing reads a dead process's memory), except under compressed swap objects.
 *
 * A folio is its first page. A large folio of order n is 2^n consecutive pages; its tail pages
 * carry nothing.
 */
#ifndef UMAPLE_PAGE_H
#define UMAPLE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <urcu/list.h>

#include "vm_flags.h"

enum pageflags {
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_head,
	PG_swapbacked, /* anonymous memory: its place when evicted is swap */
	PG_anon,       /* the kernel keeps this in page->mapping */
	PG_buddy,      /* first page of a free block; the kernel keeps this in page_type */
	PG_pcp,	       /* on a per-CPU list; ours, for checks */
};

#define PG_BIT(flag) (1UL << (flag))

struct address_space;
struct mem_cgroup;

struct page {
	unsigned long flags;	  /* changed by atomic operations while mapped */
	struct cds_list_head lru; /* LRU list, free list or per-CPU list */
	struct address_space *mapping;
	unsigned long order;   /* of the folio; the kernel keeps it in the second page */
	unsigned long private; /* order of a free block; owner of a compressed page */
	int _mapcount;	       /* page-table entries that map the folio, minus one */
	int _refcount;
	struct mem_cgroup *memcg_data; /* who is charged for the folio; NULL: nobody */
};

_Static_assert(sizeof(struct page) == 64, "struct page is one cache line");

struct folio {
	struct page page;
};

/* Pages of a file that stay in memory when the process is gone. */
struct address_space {
	struct page *pages; /* linked through page->private */
	unsigned long nrpages;
};

static inline struct folio *page_folio(struct page *page)
{
	return (struct folio *)page;
}

static inline bool folio_test(const struct folio *folio, enum pageflags flag)
{
	return __atomic_load_n(&folio->page.flags, __ATOMIC_RELAXED) & PG_BIT(flag);
}

/* Flags of a folio that others may see at the same time. */
static inline void folio_set_flag(struct folio *folio, enum pageflags flag)
{
	__atomic_fetch_or(&folio->page.flags, PG_BIT(flag), __ATOMIC_RELAXED);
}

static inline void folio_clear_flag(struct folio *folio, enum pageflags flag)
{
	__atomic_fetch_and(&folio->page.flags, ~PG_BIT(flag), __ATOMIC_RELAXED);
}

static inline unsigned int folio_order(const struct folio *folio)
{
	return (unsigned int)folio->page.order;
}

static inline unsigned long folio_nr_pages(const struct folio *folio)
{
	return 1UL << folio->page.order;
}

/**
 * folio_ref_sub_and_test() - Drop references.
 * @folio: the folio.
 * @nr: how many.
 *
 * Context: The caller owns the references.
 * Return: true if these were the last ones: the caller frees the folio.
 */
static inline bool folio_ref_sub_and_test(struct folio *folio, int nr)
{
	return __atomic_sub_fetch(&folio->page._refcount, nr, __ATOMIC_ACQ_REL) == 0;
}

static inline void folio_get(struct folio *folio)
{
	__atomic_fetch_add(&folio->page._refcount, 1, __ATOMIC_RELAXED);
}

#endif
