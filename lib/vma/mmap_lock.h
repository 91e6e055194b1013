/* SPDX-License-Identifier: GPL-2.0-only */
/* mmap_lock by the kernel's names. Waiting for it means sleeping, unlike for a spinlock. */
#ifndef UMAPLE_MMAP_LOCK_H
#define UMAPLE_MMAP_LOCK_H

#include "mm_types.h"

/**
 * mmap_read_lock() - Take mmap_lock shared.
 * @mm: the address space.
 *
 * Context: May sleep; the time asleep is measured.
 */
void mmap_read_lock(struct mm_struct *mm);

/**
 * mmap_read_trylock() - Take mmap_lock shared if that needs no waiting.
 * @mm: the address space.
 *
 * Context: Does not sleep.
 * Return: true if taken.
 */
bool mmap_read_trylock(struct mm_struct *mm);

/**
 * mmap_write_lock() - Take mmap_lock exclusively.
 * @mm: the address space.
 *
 * Context: As mmap_read_lock().
 */
void mmap_write_lock(struct mm_struct *mm);

/**
 * mmap_write_lock_nested() - Take the mmap_lock of a child exclusively.
 * @mm: the child's address space, which nobody else knows yet.
 *
 * Context: The parent's mmap_lock held for writing, and until this one is released.
 */
void mmap_write_lock_nested(struct mm_struct *mm);

/* Context: the caller holds the lock in that mode. */
void mmap_read_unlock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);

/* Checks of debug builds: the calling thread holds the lock, in either mode or to write. */
void mmap_assert_locked(const struct mm_struct *mm);
void mmap_assert_write_locked(const struct mm_struct *mm);

/**
 * mmap_lock_init() - Make the lock of a new address space.
 * @mm: the address space.
 *
 * Context: No one else uses it.
 * Return: 0, or the negative errno of the threads library.
 */
int mmap_lock_init(struct mm_struct *mm);

/* Context: no one holds the lock or will take it. */
void mmap_lock_destroy(struct mm_struct *mm);

#endif
