/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who keeps an address space. mm_users counts those who use what is mapped: when the last of them
 * leaves, exit_mmap() takes it apart. mm_count counts those who need the structure; all users
 * together are one of them.
 */
#ifndef UMAPLE_OOM_MM_H
#define UMAPLE_OOM_MM_H

#include "vma/mm_types.h"

/* One user more. Context: the caller is one, or holds a lock that keeps one. */
static inline void mmget(struct mm_struct *mm)
{
	__atomic_fetch_add(&mm->mm_users, 1, __ATOMIC_RELAXED);
}

/* The same for somebody who is no user yet. Return: false if the last one has left. */
static inline bool mmget_not_zero(struct mm_struct *mm)
{
	unsigned int users = __atomic_load_n(&mm->mm_users, __ATOMIC_RELAXED);

	while (users && !__atomic_compare_exchange_n(&mm->mm_users, &users, users + 1, false,
						     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		;
	return users;
}

/* One holder of the structure more. Context: as of mmget(), or the caller is one. */
static inline void mmgrab(struct mm_struct *mm)
{
	__atomic_fetch_add(&mm->mm_count, 1, __ATOMIC_RELAXED);
}

/**
 * mmput() - One user less; the last one takes the address space apart.
 * @mm: the address space.
 *
 * Context: May sleep. As exit_mmap() for the last one.
 */
void mmput(struct mm_struct *mm);

/**
 * mmdrop() - One holder less; the last one frees the structure.
 * @mm: the address space.
 *
 * Ends the program if something is left in it: the kernel prints "Bad rss-counter state" then.
 *
 * Context: May sleep.
 */
void mmdrop(struct mm_struct *mm);

#endif
