/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of kernel structures that probe.bpf.c reads, by name. Offsets, sizes and the
 * members around them come from the BTF of the kernel that runs (CO-RE), so that one build fits
 * other kernels, and none is needed to build. A name after ___ is ours, for a second form.
 */
#ifndef UMAPLE_KERNEL_TYPES_H
#define UMAPLE_KERNEL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	char opaque;
} spinlock_t, rwlock_t;

struct rw_semaphore {
	struct {
		__s64 counter;
	} count;
};

struct page {
	spinlock_t ptl; /* until 6.4 */
};

struct ptdesc {
	spinlock_t ptl;
};

struct zone {
	spinlock_t lock;
};

struct lruvec {
	spinlock_t lru_lock;
	struct pglist_data *pgdat;
};

struct pglist_data {
	struct zone node_zones[1];
	unsigned long node_start_pfn;
	unsigned long node_spanned_pages;
	struct lruvec __lruvec;
};

struct mem_cgroup_per_node {
	struct lruvec lruvec;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct mem_cgroup_per_node *nodeinfo[1];
};

enum cgroup_subsys_id { memory_cgrp_id = 1 };

struct css_set {
	struct cgroup_subsys_state *subsys[1];
};

struct percpu_counter {
	__s64 count;
};

struct mm_rss_stat {
	struct {
		__s64 counter;
	} count[1];
};

struct mm_struct___atomic { /* until 6.1 */
	struct mm_rss_stat rss_stat;
};

struct mm_struct {
	struct rw_semaphore mmap_lock;
	spinlock_t page_table_lock;
	struct percpu_counter rss_stat[1];
};

struct signal_struct {
	unsigned int flags;
};

struct vm_struct {
	struct page **pages;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct task_struct {
	int pid, tgid;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct vm_struct *stack_vm_area;
	struct sched_entity se;
};

struct swap_cluster_info {
	spinlock_t lock;
};

struct swap_info_struct {
	unsigned int max;
	struct swap_cluster_info *cluster_info;
	spinlock_t lock;
	spinlock_t cont_lock;
	spinlock_t global_cluster_lock;
	struct block_device *bdev;
};

struct percpu_swap_cluster { /* since 6.15 */
	struct swap_info_struct *si[1];
};

struct block_device {
	struct gendisk *bd_disk;
};

struct gendisk {
	char disk_name[32];
	void *private_data;
};

struct zram {
	struct zs_pool *mem_pool;
};

struct zs_pool {
	struct size_class *size_class[1];
	rwlock_t lock;
};

struct size_class {
	spinlock_t lock;
};

enum tlb_flush_reason { TLB_REMOTE_SEND_IPI = 1 };

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* Bits that no enumeration of the kernel has. */
#define LCB_F_SPIN	  (1U << 0) /* of the event contention_begin */
#define LCB_F_MUTEX	  (1U << 5)
#define SIGNAL_GROUP_EXIT 0x4 /* of signal_struct->flags */

/* Of rw_semaphore->count: bits with which a reader, and with which a writer, has to wait. */
#define RWSEM_STOPS_READER 0x8000000000000007UL
#define RWSEM_STOPS_WRITER (~0UL)

#endif
