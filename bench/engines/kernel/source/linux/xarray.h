/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an entry tells what it is, by its low bits: ...1 is a small number, ..10 is internal.
 * Internal entries are, as signed numbers over four: -1023 to -1 an error, above 1024 a node,
 * 257 the entry that stands for NULL in a reserved range.
 */
#ifndef UMAPLE_SOURCE_XARRAY_H
#define UMAPLE_SOURCE_XARRAY_H

#include <linux/kernel.h>

#define XA_ZERO_ENTRY xa_mk_internal(257)

static inline bool xa_is_value(const void *entry)
{
	return (uintptr_t)entry & 1;
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (uintptr_t)entry >> 1;
}

static inline void *xa_mk_value(unsigned long number)
{
	return (void *)((number << 1) | 1);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((uintptr_t)entry & 3) == 2;
}

static inline unsigned long xa_to_internal(const void *entry)
{
	return (uintptr_t)entry >> 2;
}

static inline void *xa_mk_internal(unsigned long number)
{
	return (void *)((number << 2) | 2);
}

static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (uintptr_t)entry > 4096;
}

static inline bool xa_is_zero(const void *entry)
{
	return port_unlikely(entry == XA_ZERO_ENTRY);
}

static inline bool xa_is_err(const void *entry)
{
	return xa_is_internal(entry) && (intptr_t)entry < 0 && (intptr_t)entry >= -4095 * 4L;
}

static inline int xa_err(const void *entry)
{
	return xa_is_err(entry) ? (int)((intptr_t)entry >> 2) : 0;
}

/* Entries the plain interface does not let a caller store; a reserved range may be. */
static inline bool xa_is_advanced(const void *entry)
{
	return xa_is_internal(entry) && (uintptr_t)entry < (uintptr_t)XA_ZERO_ENTRY;
}

#endif
