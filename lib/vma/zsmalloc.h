/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compressed pool: objects of 32 to 4096 bytes in size classes, several to a zspage of one
 * to eight pages, each class under a lock of its own. Handles go through one indirection, as
 * in the kernel, where objects may be moved.
 *
 * Only the cost of freeing is modelled: an object's first word is written (it links the free
 * objects), its zspage's count and place among its class's lists change, and the pages of an
 * empty zspage go back to the page allocator.
 */
#ifndef UMAPLE_ZSMALLOC_H
#define UMAPLE_ZSMALLOC_H

#include "mmzone.h"

struct zs_pool;
struct zs_handle;

/**
 * zs_create_pool() - Make an empty pool.
 * @pgdat: where its pages come from.
 *
 * Context: May sleep.
 * Return: The pool, or NULL without memory.
 */
struct zs_pool *zs_create_pool(struct pglist_data *pgdat);

/**
 * zs_destroy_pool() - Give a pool back.
 * @pool: the pool, or NULL; empty.
 *
 * Context: No one uses it any more.
 */
void zs_destroy_pool(struct zs_pool *pool);

/**
 * zs_malloc() - Allocate an object.
 * @pool: where.
 * @size: bytes, 1 to PAGE_SIZE.
 *
 * Context: Any thread with a CPU of its own. Takes the class lock, the zone lock at times.
 * Return: A handle, or NULL with a size out of range or without memory.
 */
struct zs_handle *zs_malloc(struct zs_pool *pool, size_t size);

/**
 * zs_free() - Free an object.
 * @pool: its pool.
 * @handle: from zs_malloc().
 *
 * Context: As zs_malloc().
 */
void zs_free(struct zs_pool *pool, struct zs_handle *handle);

/**
 * zs_lock_totals() - Add the figures of the pool's class locks to sums by class.
 * @pool: the pool.
 * @totals: NR_LOCK_CLASSES sums.
 *
 * Context: No one else uses the pool.
 */
void zs_lock_totals(const struct zs_pool *pool, struct lock_totals *totals);

/**
 * zs_lock_clear() - Make the pool's class locks as new.
 * @pool: the pool.
 *
 * Context: No one else uses the pool.
 */
void zs_lock_clear(struct zs_pool *pool);

/**
 * zs_get_total_pages() - Pages the pool holds at present.
 * @pool: the pool.
 *
 * Context: No one else uses the pool.
 * Return: 4 KiB pages.
 */
unsigned long zs_get_total_pages(const struct zs_pool *pool);

/**
 * zs_objects() - Objects allocated and not freed.
 * @pool: the pool.
 *
 * Context: No one else uses the pool.
 * Return: how many.
 */
unsigned long zs_objects(const struct zs_pool *pool);

#endif
