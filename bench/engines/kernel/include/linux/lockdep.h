/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which locks does this thread hold, and how? With CONFIG_LOCKDEP (debug builds) each lock that
 * guards a tree carries a struct lockdep_map and reports taking and releasing; the tree then
 * asserts on each access that its lock is held. Without it the map is empty and every call is
 * nothing.
 *
 * A lock of another folder takes part by having a member `dep_map`, calling lockdep_acquire()
 * once it has the lock and lockdep_release() before it lets go, and being handed to
 * mt_set_external_lock().
 */
#ifndef UMAPLE_LINUX_LOCKDEP_H
#define UMAPLE_LINUX_LOCKDEP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef CONFIG_LOCKDEP
struct lockdep_map {
	const char *name;
};

/**
 * lockdep_acquire() - This thread now has a lock.
 * @map: the lock's map.
 * @read: true if it is shared with other readers.
 *
 * Asserts that this thread does not have the lock already, unless both times for reading, and
 * that it holds no more locks than are tracked (32).
 *
 * Context: Right after the lock was taken.
 */
void lockdep_acquire(struct lockdep_map *map, bool read);

/**
 * lockdep_release() - This thread gives a lock back. Asserts that it has it.
 * @map: the lock's map.
 *
 * Context: Right before the lock is released.
 */
void lockdep_release(struct lockdep_map *map);

/**
 * lock_is_held_type() - Does this thread hold a lock in this way?
 * @map: the lock's map, or &rcu_callback_map for "inside a call_rcu() callback".
 * @read: 0 for exclusive, 1 for shared, -1 for either.
 *
 * Context: Any.
 * Return: 1 if so, 0 if not.
 */
int lock_is_held_type(const struct lockdep_map *map, int read);

/**
 * lock_sequence() - Which hold of a lock is this?
 * @map: the lock's map.
 *
 * A cursor that notes it can tell later whether the lock was dropped in between.
 *
 * Context: Any.
 * Return: A number that this thread's next hold will not have; UINT_MAX if it does not hold the
 * lock.
 */
uint32_t lock_sequence(const struct lockdep_map *map);

static inline int lock_is_held(const struct lockdep_map *map)
{
	return lock_is_held_type(map, -1);
}

extern struct lockdep_map rcu_callback_map;

#define lockdep_is_held(lock)		lock_is_held(&(lock)->dep_map)
#define lockdep_assert_held(lock)	PORT_BUG_ON(!lockdep_is_held(lock))
#define lockdep_assert_held_write(lock) PORT_BUG_ON(!lock_is_held_type(&(lock)->dep_map, 0))
#else
struct lockdep_map {
};

static inline void lockdep_acquire(struct lockdep_map *map, bool read)
{
}

static inline void lockdep_release(struct lockdep_map *map)
{
}

#define lockdep_is_held(lock)		1
#define lockdep_assert_held(lock)	((void)0)
#define lockdep_assert_held_write(lock) ((void)0)
#endif

#endif
