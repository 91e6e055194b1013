// SPDX-License-Identifier: GPL-2.0-only
#include "mmap_lock.h"

#include <errno.h>

#include "measure/hooks.h"
#include "vma_lock.h"

/*
 * The lock that this thread holds, for the assertions. A role holds one mmap_lock at a time; two
 * nested ones are an error, but for a fork, which holds the parent's for writing, the outer one.
 */
static __thread const struct mm_struct *held, *outer;
static __thread bool held_for_write;

static void note_taken(struct mm_struct *mm, bool write)
{
	PORT_ASSERT(!held);
	held = mm;
	held_for_write = write;
#ifdef CONFIG_LOCKDEP
	lockdep_acquire(&mm->mmap_lock.dep_map, !write);
#endif
}

static void note_released(struct mm_struct *mm, bool write)
{
	PORT_ASSERT(held == mm && held_for_write == write);
	held = outer;
	held_for_write = outer;
	outer = NULL;
#ifdef CONFIG_LOCKDEP
	lockdep_release(&mm->mmap_lock.dep_map);
#endif
}

int mmap_lock_init(struct mm_struct *mm)
{
	pthread_rwlockattr_t attr;
	int err = pthread_rwlockattr_init(&attr);

	if (err)
		return -err;
	/* Like the kernel's rwsem: a waiting writer is not overtaken by new readers. */
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	err = pthread_rwlock_init(&mm->mmap_lock.rwlock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -err;
}

void mmap_lock_destroy(struct mm_struct *mm)
{
	pthread_rwlock_destroy(&mm->mmap_lock.rwlock);
}

bool mmap_read_trylock(struct mm_struct *mm)
{
	if (pthread_rwlock_tryrdlock(&mm->mmap_lock.rwlock))
		return false;
	note_taken(mm, false);
	return true;
}

/* Sleep until this thread holds the lock; @acquire is what sleeps. */
static void wait_for(struct mm_struct *mm, int (*acquire)(pthread_rwlock_t *))
{
	const struct measure_sleep sleep = measure_mmap_lock_wait_begin(&mm->mmap_lock);

	acquire(&mm->mmap_lock.rwlock);
	measure_mmap_lock_wait_end(&sleep, &mm->mmap_lock);
}

void mmap_read_lock(struct mm_struct *mm)
{
	if (mmap_read_trylock(mm))
		return;
	wait_for(mm, pthread_rwlock_rdlock);
	note_taken(mm, false);
}

void mmap_write_lock(struct mm_struct *mm)
{
	if (pthread_rwlock_trywrlock(&mm->mmap_lock.rwlock))
		wait_for(mm, pthread_rwlock_wrlock);
	note_taken(mm, true);
	mm_lock_seqcount_begin(mm);
}

void mmap_write_lock_nested(struct mm_struct *mm)
{
	PORT_ASSERT(held && held_for_write && !outer);
	outer = held;
	held = NULL;
	mmap_write_lock(mm);
}

void mmap_read_unlock(struct mm_struct *mm)
{
	note_released(mm, false);
	pthread_rwlock_unlock(&mm->mmap_lock.rwlock);
}

void mmap_write_unlock(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	note_released(mm, true);
	pthread_rwlock_unlock(&mm->mmap_lock.rwlock);
}

void mmap_assert_locked(const struct mm_struct *mm)
{
	(void)mm;
	PORT_ASSERT(held == mm || outer == mm);
}

void mmap_assert_write_locked(const struct mm_struct *mm)
{
	(void)mm;
	PORT_ASSERT((held == mm && held_for_write) || outer == mm);
}
