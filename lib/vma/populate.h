/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling page tables, all at once, and looking at what is in them. */
#ifndef UMAPLE_POPULATE_H
#define UMAPLE_POPULATE_H

#include "pgtable.h"

enum populate_kind { POPULATE_ANON, POPULATE_FILE, POPULATE_SWAP, POPULATE_HUGE };

/**
 * populate_range() - Give a range of a VMA its pages, all at once.
 * @vma: the VMA; has a file for POPULATE_FILE.
 * @addr: first address, page aligned; 2 MiB aligned for POPULATE_HUGE.
 * @end: first address behind, aligned likewise.
 * @kind: what to put there. File pages stay in the page cache of vma->vm_file.
 *
 * The result is that of all page faults, reclaim and collapses in a process's life, without the
 * steps in between.
 *
 * Context: mmap_lock held for writing; the range is empty.
 * Return: 0; -EINVAL for a range outside the VMA, misaligned, already in use by a huge page,
 * or, for POPULATE_HUGE, where a PTE table stands, even an empty one; -ENOMEM or -ENOSPC (swap
 * full) with the range empty again (tables made for it stay, and file pages stay in the page
 * cache).
 */
int populate_range(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
		   enum populate_kind kind);

/**
 * page_cache_add() - Make a new page one of a file's.
 * @mapping: the file's pages.
 * @page: the page, which nobody else sees. The page cache takes a reference of its own.
 *
 * Context: Any; others may add at the same time.
 */
void page_cache_add(struct address_space *mapping, struct page *page);

/**
 * page_cache_drop() - Drop all pages of a file from the page cache.
 * @pgdat: their node.
 * @mapping: the file's pages.
 *
 * Context: No one maps or adds pages meanwhile.
 */
void page_cache_drop(struct pglist_data *pgdat, struct address_space *mapping);

/**
 * walk_pages() - Call a function for each mapped page of a range, in rising order.
 * @mm: the address space.
 * @addr: first address, page aligned.
 * @end: first address behind, page aligned.
 * @fn: gets the address, its PTE (for a huge page the one it would have), and @arg.
 * @arg: passed on.
 *
 * Context: mmap_lock held; no one changes page tables meanwhile (a test or a check).
 */
void walk_pages(struct mm_struct *mm, unsigned long addr, unsigned long end,
		void (*fn)(unsigned long addr, pte_t pte, void *arg), void *arg);

#endif
