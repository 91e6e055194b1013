// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs in the kernel: watches two processes, the victim and its reaper, while the victim dies.
 * Everybody else's events cost one comparison.
 *
 * A lock is recognised by its address, never by a stack: at contention_end the lock is held, and
 * what is done there prolongs the waiting of the other role. All that can be done at
 * contention_begin is done there, because the task waits anyway.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "live/probe/kernel_types.h"
#include "live/probe/probe_internal.h"

char LICENSE[] SEC("license") = "GPL";

struct probe_watch watch = {.tgid = {PROBE_NOBODY, PROBE_NOBODY}};
struct probe_seen seen = {};

/* Until Linux 6.16 the events of mmap_lock have the path of a cgroup behind the mm. */
const volatile bool mmap_lock_has_path = false;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_spins);
} spins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_SLEEPS);
	__type(key, struct probe_sleeper);
	__type(value, struct probe_wait);
} sleeps SEC(".maps");

/* The class of a lock, by its address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_KNOWN);
	__type(key, __u64);
	__type(value, __u32);
} known SEC(".maps");

static __always_inline int current_role(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (tgid == watch.tgid[LIVE_EXIT])
		return LIVE_EXIT;
	return tgid == watch.tgid[LIVE_REAPER] ? LIVE_REAPER : -1;
}

/* The exiting task gives up its mm before it takes it apart. */
static __always_inline bool current_detached(void)
{
	return !bpf_get_current_task_btf()->mm;
}

static __always_inline bool in_range(const struct probe_range *range, __u64 address)
{
	__u64 offset = address - range->start;

	return offset < range->length && offset % range->element == 0;
}

/* A lruvec of any memory cgroup has, beside its lock, the address of its node. */
static __always_inline bool in_lruvec(__u64 lock)
{
	__u64 lruvec = lock - bpf_core_field_offset(struct lruvec, lru_lock), node = 0;
	__u32 *class;

	if (!bpf_core_field_exists(struct lruvec, pgdat))
		return false;
	bpf_probe_read_kernel(&node, sizeof(node),
			      (void *)(lruvec + bpf_core_field_offset(struct lruvec, pgdat)));
	class = bpf_map_lookup_elem(&known, &node);
	return class && *class == PROBE_IS_NODE;
}

static __always_inline __u32 lock_class(__u64 lock)
{
	__u32 *class;

	if (in_range(&watch.ptl, lock))
		return LIVE_PTL;
	class = bpf_map_lookup_elem(&known, &lock);
	if (class)
		return *class;
	if (in_range(&watch.clusters, lock))
		return LIVE_SWAP;
	return in_lruvec(lock) ? LIVE_LRUVEC : LIVE_OTHER;
}

static __always_inline void count_wait(const struct probe_wait *wait, __u64 now)
{
	struct probe_counts *count;
	struct probe_waits *waits;
	__u64 ns = now - wait->since;
	__u32 zero = 0, role = wait->role, class = wait->class;

	count = bpf_map_lookup_elem(&counts, &zero);
	if (!count || role >= NR_LIVE_ROLES || class >= NR_LIVE_CLASSES)
		return;
	waits = &count->lock[role][class];
	waits->contended++;
	waits->wait_ns += ns;
	if (ns > waits->wait_max_ns)
		waits->wait_max_ns = ns;
}

static __always_inline void sleep_begin(__u64 lock, int role, __u32 class, __u64 now)
{
	struct probe_sleeper key = {.lock = lock, .task = bpf_get_current_pid_tgid()};
	struct probe_wait wait = {.lock = lock, .since = now, .role = role, .class = class};

	/* A mutex begins twice: spinning first, then asleep. */
	bpf_map_update_elem(&sleeps, &key, &wait, BPF_NOEXIST);
}

static __always_inline void sleep_end(__u64 lock, __u64 now)
{
	struct probe_sleeper key = {.lock = lock, .task = bpf_get_current_pid_tgid()};
	struct probe_wait *wait = bpf_map_lookup_elem(&sleeps, &key);

	if (!wait)
		return;
	count_wait(wait, now);
	bpf_map_delete_elem(&sleeps, &key);
}

SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin, void *address, unsigned int flags)
{
	int role = current_role();
	__u64 lock = (__u64)address, now;
	struct probe_spins *spin;
	struct probe_wait *wait;
	__u32 zero = 0;

	/* The events of mmap_lock tell more about it: they include the waits that spin. */
	if (role < 0 || lock == watch.mmap_lock)
		return 0;
	now = bpf_ktime_get_ns();
	if ((flags & (LCB_F_SPIN | LCB_F_MUTEX)) != LCB_F_SPIN) {
		sleep_begin(lock, role, lock_class(lock), now);
		return 0;
	}
	spin = bpf_map_lookup_elem(&spins, &zero);
	if (!spin || spin->depth >= PROBE_DEPTH)
		return 0;
	wait = &spin->wait[spin->depth & (PROBE_DEPTH - 1)];
	wait->lock = lock;
	wait->since = now;
	wait->role = role;
	wait->class = lock_class(lock);
	spin->depth++;
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end, void *address, int ret)
{
	__u64 lock = (__u64)address, now;
	struct probe_spins *spin;
	__u32 zero = 0;

	if (current_role() < 0)
		return 0;
	now = bpf_ktime_get_ns();
	spin = bpf_map_lookup_elem(&spins, &zero);
	if (!spin)
		return 0;
	/* What lies above it on the stack has lost its end. */
	for (__u64 i = 0; i < PROBE_DEPTH; i++) {
		__u64 at = spin->depth - 1 - i;

		if (at >= PROBE_DEPTH)
			break;
		if (spin->wait[at].lock == lock) {
			spin->depth = at;
			if (!ret)
				count_wait(&spin->wait[at], now);
			return 0;
		}
	}
	sleep_end(lock, now);
	return 0;
}

/*
 * An argument of an event of mmap_lock, as if there were no path. Either load stands for itself,
 * since the verifier wants a constant offset.
 */
static __always_inline bool flag_argument(unsigned long long *ctx, int nr)
{
	__u64 value;

	if (mmap_lock_has_path) {
		value = ctx[nr + 1];
		barrier_var(value);
	} else {
		value = ctx[nr];
		barrier_var(value);
	}
	return value;
}

SEC("tp_btf/mmap_lock_start_locking")
int BPF_PROG(mmap_lock_start_locking, struct mm_struct *mm)
{
	bool write = flag_argument(ctx, 1);
	int role;
	__u64 now;

	if ((__u64)mm != watch.mm)
		return 0;
	role = current_role();
	if (role < 0)
		return 0;
	now = bpf_ktime_get_ns();
	if (role == LIVE_EXIT && !write && !seen.exit_start && current_detached())
		seen.exit_start = now;
	if (mm->mmap_lock.count.counter & (write ? RWSEM_STOPS_WRITER : RWSEM_STOPS_READER))
		sleep_begin(watch.mmap_lock, role, LIVE_MMAP_LOCK, now);
	return 0;
}

/* Nobody reaps a process that has not been killed: a look at /proc takes mmap_lock too. */
static __always_inline bool victim_was_killed(void)
{
	struct signal_struct *signal = (void *)watch.signal;

	return BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT;
}

SEC("tp_btf/mmap_lock_acquire_returned")
int BPF_PROG(mmap_lock_acquire_returned, struct mm_struct *mm)
{
	bool write = flag_argument(ctx, 1), success = flag_argument(ctx, 2);
	int role;
	__u64 now;

	if ((__u64)mm != watch.mm || !success)
		return 0;
	role = current_role();
	if (role < 0)
		return 0;
	now = bpf_ktime_get_ns();
	sleep_end(watch.mmap_lock, now);
	if (role == LIVE_REAPER && !write && victim_was_killed()) {
		if (!seen.reap_start)
			seen.reap_start = now;
		seen.reap_open = now;
	}
	return 0;
}

SEC("tp_btf/mmap_lock_released")
int BPF_PROG(mmap_lock_released, struct mm_struct *mm)
{
	bool write = flag_argument(ctx, 1);
	int role;
	__u64 now;

	if ((__u64)mm != watch.mm)
		return 0;
	role = current_role();
	if (role < 0)
		return 0;
	now = bpf_ktime_get_ns();
	if (role == LIVE_REAPER) {
		if (seen.reap_open) {
			seen.reap_ns += now - seen.reap_open;
			seen.reap_end = now;
			seen.reap_open = 0;
		}
	} else if (seen.exit_start) {
		if (write)
			seen.exit_end = now;
		else if (!seen.unmap_end)
			seen.unmap_end = now;
	} else if (current_detached()) {
		/* The last thread to come by here goes on to exit_mmap(). */
		seen.ipis_attached = seen.ipis;
	}
	return 0;
}

/* Does this role take the victim apart at the moment? */
static __always_inline bool tears_down(int role)
{
	if (role == LIVE_REAPER)
		return seen.reap_open;
	return role == LIVE_EXIT && seen.exit_start && !seen.exit_end;
}

SEC("tp_btf/tlb_flush")
int BPF_PROG(tlb_flush, int reason)
{
	__u64 sent = bpf_core_enum_value(enum tlb_flush_reason, TLB_REMOTE_SEND_IPI);

	if (reason == (int)sent && tears_down(current_role()))
		__sync_fetch_and_add(&seen.ipis, 1);
	return 0;
}

static __always_inline __s64 rss_counter(__u64 mm, __u32 member)
{
	__s64 value = 0;
	__u64 at = mm;

	if (bpf_core_type_exists(struct mm_rss_stat))
		at += bpf_core_field_offset(struct mm_struct___atomic, rss_stat) +
		      bpf_core_field_offset(struct mm_rss_stat, count) + member * sizeof(value);
	else
		at += bpf_core_field_offset(struct mm_struct, rss_stat) +
		      bpf_core_field_offset(struct percpu_counter, count) +
		      member * bpf_core_type_size(struct percpu_counter);
	bpf_probe_read_kernel(&value, sizeof(value), (void *)at);
	return value;
}

/*
 * What a counter has lost since the last event belongs to the role that reports now. Up to a batch
 * of each CPU (32 pages, or twice the CPUs) may still be missing in it.
 */
SEC("tp_btf/rss_stat")
int BPF_PROG(rss_stat, struct mm_struct *mm, int member)
{
	struct probe_counts *count;
	__u32 zero = 0, which = (__u32)member % PROBE_COUNTERS;
	__s64 now, before;
	int role;

	if ((__u64)mm != watch.mm)
		return 0;
	role = current_role();
	if (role < 0)
		return 0;
	now = rss_counter(watch.mm, which);
	before = __sync_lock_test_and_set(&seen.rss[which], now);
	count = bpf_map_lookup_elem(&counts, &zero);
	if (count && tears_down(role))
		count->pages[role] += before - now;
	return 0;
}

SEC("fentry/unmap_page_range")
int BPF_PROG(unmap_enter)
{
	int role = current_role();

	if (role >= 0 && tears_down(role))
		seen.unmap_open[role] = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/unmap_page_range")
int BPF_PROG(unmap_leave)
{
	int role = current_role();

	if (role < 0 || !seen.unmap_open[role])
		return 0;
	seen.unmap_ns[role] += bpf_ktime_get_ns() - seen.unmap_open[role];
	seen.unmap_open[role] = 0;
	return 0;
}

static __always_inline void know(__u64 address, __u32 class)
{
	if (address)
		bpf_map_update_elem(&known, &address, &class, BPF_ANY);
}

/* Returns the first page number behind the node. */
static __always_inline __u64 know_node(struct pglist_data *node)
{
	__u64 zones = (__u64)node + bpf_core_field_offset(struct pglist_data, node_zones);

	know((__u64)node, PROBE_IS_NODE);
	know((__u64)node + bpf_core_field_offset(struct pglist_data, __lruvec) +
		     bpf_core_field_offset(struct lruvec, lru_lock),
	     LIVE_LRUVEC);
	for (__u32 offset = 0, i = 0; i < 8; i++) {
		if (offset >= bpf_core_field_size(struct pglist_data, node_zones))
			break;
		know(zones + offset + bpf_core_field_offset(struct zone, lock), LIVE_ZONE);
		offset += bpf_core_type_size(struct zone);
	}
	return BPF_CORE_READ(node, node_start_pfn) + BPF_CORE_READ(node, node_spanned_pages);
}

/*
 * The nodes are found through the victim's memory cgroup: the kernel's own table of them has no
 * address that a BPF program could ask for. Returns the first page number behind all nodes.
 */
static __always_inline __u64 know_nodes(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	__u64 at, cgroup = 0, end = 0;

	if (!bpf_core_field_exists(struct mem_cgroup, nodeinfo) ||
	    !bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	at = (__u64)set + bpf_core_field_offset(struct css_set, subsys) +
	     bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(at);
	bpf_probe_read_kernel(&cgroup, sizeof(cgroup), (void *)at);
	cgroup -= bpf_core_field_offset(struct mem_cgroup, css);
	for (__u32 i = 0; i < PROBE_NODES; i++) {
		__u64 info = 0, past;
		struct pglist_data *node;

		if (i >= watch.nr_nodes)
			break;
		at = cgroup + bpf_core_field_offset(struct mem_cgroup, nodeinfo) + i * sizeof(at);
		bpf_probe_read_kernel(&info, sizeof(info), (void *)at);
		if (!info)
			continue;
		info += bpf_core_field_offset(struct mem_cgroup_per_node, lruvec);
		node = BPF_CORE_READ((struct lruvec *)info, pgdat);
		if (!node)
			continue;
		know(info + bpf_core_field_offset(struct lruvec, lru_lock), LIVE_LRUVEC);
		past = know_node(node);
		if (past > end)
			end = past;
	}
	return end;
}

/*
 * A page-table lock lies in the struct page of its table. All of these are one array, as far as it
 * may reach on either side of one of them: a page of the victim's kernel stack.
 */
static __always_inline void know_pages(struct task_struct *task, __u64 nr_pages)
{
	struct vm_struct *stack = BPF_CORE_READ(task, stack_vm_area);
	__u64 size = bpf_core_type_size(struct page), ptl, page = 0;

	bpf_probe_read_kernel(&page, sizeof(page), BPF_CORE_READ(stack, pages));
	if (bpf_core_type_exists(struct ptdesc))
		ptl = bpf_core_field_offset(struct ptdesc, ptl);
	else
		ptl = bpf_core_field_offset(struct page, ptl);
	if (!page)
		return;
	watch.ptl.start = page - nr_pages * size + ptl;
	watch.ptl.length = 2 * nr_pages * size;
	watch.ptl.element = size;
}

static __always_inline void know_zram(struct gendisk *disk)
{
	struct zram *zram = BPF_CORE_READ(disk, private_data);
	struct zs_pool *pool;
	char name[4] = "";

	BPF_CORE_READ_INTO(&name, disk, disk_name);
	if (name[0] != 'z' || name[1] != 'r' || name[2] != 'a' || name[3] != 'm' ||
	    !bpf_core_field_exists(struct zram, mem_pool) ||
	    !bpf_core_field_exists(struct zs_pool, size_class))
		return;
	pool = BPF_CORE_READ(zram, mem_pool);
	if (!pool)
		return;
	if (bpf_core_field_exists(struct zs_pool, lock))
		know((__u64)pool + bpf_core_field_offset(struct zs_pool, lock), LIVE_SWAP);
	if (!bpf_core_field_exists(struct size_class, lock))
		return;
	for (__u32 i = 0; i < 512; i++) {
		__u64 class = 0;

		if (i >= bpf_core_field_size(struct zs_pool, size_class) / sizeof(class))
			break;
		bpf_probe_read_kernel(&class, sizeof(class),
				      (void *)((__u64)pool + i * sizeof(class) +
					       bpf_core_field_offset(struct zs_pool, size_class)));
		if (class)
			know(class + bpf_core_field_offset(struct size_class, lock), LIVE_SWAP);
	}
}

/*
 * Each CPU remembers the swap device that it wrote to last. Its per-CPU variable lies at a constant
 * distance from the CPU's run queue, to which the task has a pointer: variables have no address
 * that can be asked for in a kernel without CONFIG_KALLSYMS_ALL.
 */
static __always_inline struct swap_info_struct *last_swap_device(struct task_struct *task)
{
	struct percpu_swap_cluster *of_cpu;

	if (!watch.swap_behind_rq || !bpf_core_field_exists(struct percpu_swap_cluster, si) ||
	    !bpf_core_field_exists(struct sched_entity, cfs_rq))
		return NULL;
	of_cpu = (void *)BPF_CORE_READ(task, se.cfs_rq, rq) + watch.swap_behind_rq;
	return BPF_CORE_READ(of_cpu, si[0]);
}

static __always_inline void know_swap(struct swap_info_struct *si)
{
	__u64 address = (__u64)si;

	if (!si)
		return;
	know(address + bpf_core_field_offset(struct swap_info_struct, lock), LIVE_SWAP);
	if (bpf_core_field_exists(struct swap_info_struct, cont_lock))
		know(address + bpf_core_field_offset(struct swap_info_struct, cont_lock),
		     LIVE_SWAP);
	if (bpf_core_field_exists(struct swap_info_struct, global_cluster_lock))
		know(address + bpf_core_field_offset(struct swap_info_struct, global_cluster_lock),
		     LIVE_SWAP);
	watch.clusters.start = (__u64)BPF_CORE_READ(si, cluster_info) +
			       bpf_core_field_offset(struct swap_cluster_info, lock);
	watch.clusters.element = bpf_core_type_size(struct swap_cluster_info);
	/* A cluster has 256 pages or 512. */
	watch.clusters.length = (BPF_CORE_READ(si, max) / 256 + 1) * watch.clusters.element;
	know_zram(BPF_CORE_READ(si, bdev, bd_disk));
}

/* Visits the threads of the process that the loader names. */
SEC("iter/task")
int find_process(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mm_struct *mm;
	__u32 role = watch.looking_for;

	if (!task || task->pid != task->tgid || role >= NR_LIVE_ROLES)
		return 0;
	mm = task->mm;
	if (role == LIVE_EXIT) {
		if (!mm)
			return 0;
		watch.mm = (__u64)mm;
		watch.signal = (__u64)task->signal;
		watch.mmap_lock = watch.mm + bpf_core_field_offset(struct mm_struct, mmap_lock);
		know(watch.mm + bpf_core_field_offset(struct mm_struct, page_table_lock), LIVE_PTL);
		for (__u32 i = 0; i < PROBE_COUNTERS; i++)
			seen.rss[i] = rss_counter(watch.mm, i);
		know_pages(task, know_nodes(task));
		know_swap(last_swap_device(task));
	}
	watch.found[role] = task->tgid;
	return 0;
}
