/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fences of the compiler and, where the machine needs one, of the machine. liburcu's
 * cmm_smp_rmb() is an lfence on x86, which the kernel's smp_rmb() is not: a walk that waited for
 * it at each node would be a different tree.
 */
#ifndef UMAPLE_SOURCE_BARRIER_H
#define UMAPLE_SOURCE_BARRIER_H

#define barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)

#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)

#endif
