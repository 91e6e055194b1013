/* SPDX-License-Identifier: GPL-2.0-only */
/* A lock outside the tree, like mmap_lock. The tree asserts that it is held. */
#ifndef UMAPLE_CONFORMANCE_RWSEM_H
#define UMAPLE_CONFORMANCE_RWSEM_H

#include <linux/lockdep.h>
#include <pthread.h>

#define SINGLE_DEPTH_NESTING 1

struct rw_semaphore {
	pthread_rwlock_t lock;
	struct lockdep_map dep_map;
};

static inline void init_rwsem(struct rw_semaphore *sem)
{
	PORT_BUG_ON(pthread_rwlock_init(&sem->lock, NULL));
}

static inline void down_write(struct rw_semaphore *sem)
{
	PORT_BUG_ON(pthread_rwlock_wrlock(&sem->lock));
	lockdep_acquire(&sem->dep_map, false);
}

static inline void up_write(struct rw_semaphore *sem)
{
	lockdep_release(&sem->dep_map);
	PORT_BUG_ON(pthread_rwlock_unlock(&sem->lock));
}

#define down_write_nested(sem, subclass) down_write(sem)

#endif
