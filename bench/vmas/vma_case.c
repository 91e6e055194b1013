// SPDX-License-Identifier: GPL-2.0-only
#include "vma_case.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fault.h"
#include "base/port.h"
#include "measure/task.h"

#define PAGE	  4096UL
#define FIRST	  0x100000000UL /* of the VMAs: a page each, with a page between two */
#define SPLIT	  0x10000000UL	/* the VMA of mprotect_split: three pages below all others */
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

/* What is faulted in at once: a page table's worth, in a VMA of its own, or in the half of one. */
#define FAULTS	   512
#define FAULT_AREA (FAULTS * PAGE)
#define FAULT_AT   0x20000000UL
#define OTHER_AT   0x40000000UL
#define BOTH_AT	   0x60000000UL

struct beside {
	struct vma_case *c;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool on, busy, end;
	int err;
};

static long map(struct vma_case *c, unsigned long addr, unsigned long bytes, int flags)
{
	const struct vm_call call = {.kind = VM_CALL_MMAP,
				     .arg = {addr, bytes, PROT_READ | PROT_WRITE,
					     (unsigned long)(ANONYMOUS | flags)},
				     .file = -1};

	return c->engine->call(c->victim, &call);
}

static int mmap_munmap(struct vma_case *c)
{
	const long addr = map(c, 0, 16 * PAGE, 0);
	const struct vm_call unmap = {.kind = VM_CALL_MUNMAP,
				      .arg = {(unsigned long)addr, 16 * PAGE}};

	return addr < 0 ? (int)addr : (int)c->engine->call(c->victim, &unmap);
}

static int protect(struct vma_case *c, unsigned long prot)
{
	const struct vm_call call = {.kind = VM_CALL_MPROTECT, .arg = {SPLIT + PAGE, PAGE, prot}};

	return (int)c->engine->call(c->victim, &call);
}

/* The page in the middle changes: one VMA becomes three, and then one again. */
static int mprotect_split(struct vma_case *c)
{
	return protect(c, PROT_READ) ?: protect(c, PROT_READ | PROT_WRITE);
}

static int find(struct vma_case *c)
{
	return c->engine->find(c->victim, c->addresses, FIND_ADDRESSES) == FIND_ADDRESSES ? 0
											  : -EFAULT;
}

static int fork_it(struct vma_case *c)
{
	return c->engine->fork(c->victim);
}

static int walk(struct vma_case *c)
{
	return c->engine->walk(c->victim, c->addresses, FIND_ADDRESSES) == FIND_ADDRESSES ? 0
											  : -EFAULT;
}

static int lock_each(struct vma_case *c)
{
	return c->engine->lock(c->victim, c->addresses, FIND_ADDRESSES) == FIND_ADDRESSES ? 0
											  : -EFAULT;
}

/* Write to pages that are not there, and give them up again. */
static int fault_all(struct vma_case *c, unsigned long start)
{
	const struct vm_call call = {.kind = VM_CALL_MADVISE,
				     .arg = {start, FAULT_AREA, MADV_DONTNEED}};
	int err = 0;

	for (unsigned long i = 0; i < FAULTS && !err; i++)
		err = c->engine->fault(c->victim, start + i * PAGE, true);
	return err ?: (int)c->engine->call(c->victim, &call);
}

static int fault(struct vma_case *c)
{
	return fault_all(c, FAULT_AT);
}

static int fault_in_both(struct vma_case *c)
{
	return fault_all(c, BOTH_AT);
}

const struct vma_operation vma_operations[] = {
	{"mmap_munmap", "map 16 pages where there is room, unmap them", 1000000, mmap_munmap, 1, 0},
	{"mprotect_split", "make the middle one of three pages read-only, and back", 1000000,
	 mprotect_split, 1, 0},
	{"mas_walk", "the entry of a random address, under RCU", 1000000, walk, FIND_ADDRESSES, 0},
	{"find_vma", "the VMA of a random address, mmap_lock held", 1000000, find, FIND_ADDRESSES,
	 0},
	{"lock_vma", "the same under RCU, locked and unlocked by its own lock", 1000000, lock_each,
	 FIND_ADDRESSES, 0},
	{"fault", "write to a page that is not there; one of 512 that then go by MADV_DONTNEED",
	 10000, fault, FAULTS, 0},
	{"fault_beside", "the same while another thread does so in a VMA of its own", 10000, fault,
	 FAULTS, OTHER_AT},
	{"fault_in_one", "the same, both in one VMA", 10000, fault_in_both, FAULTS,
	 BOTH_AT + FAULT_AREA},
	{"fork", "copy the address space, and let the copy die", 10000, fork_it, 1, 0},
	{NULL, NULL, 0, NULL, 0, 0},
};

/* Whoever waits for a change looks again at each. */
static void set_and_tell(struct beside *b, bool *flag, bool value)
{
	pthread_mutex_lock(&b->lock);
	*flag = value;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

static void *beside_main(void *arg)
{
	struct beside *b = arg;

	rcu_register_thread();
	this_task = (struct task_context){.cpu = 1};
	pthread_mutex_lock(&b->lock);
	while (!b->end) {
		if (!b->on) {
			pthread_cond_wait(&b->changed, &b->lock);
			continue;
		}
		b->busy = true;
		pthread_cond_broadcast(&b->changed);
		pthread_mutex_unlock(&b->lock);
		while (!b->err && __atomic_load_n(&b->on, __ATOMIC_RELAXED))
			b->err = fault_all(b->c, b->c->operation->beside);
		pthread_mutex_lock(&b->lock);
		b->on = b->busy = false;
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	rcu_unregister_thread();
	return NULL;
}

static int beside_start(struct vma_case *c)
{
	struct beside *b;
	int err;

	if (!c->operation->beside)
		return 0;
	b = fault_should_fail() ? NULL : calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->c = c;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	err = -pthread_create(&b->thread, NULL, beside_main, b);
	if (err)
		free(b);
	else
		c->beside = b;
	return err;
}

static void wait_until(struct beside *b, const bool *flag, bool value)
{
	pthread_mutex_lock(&b->lock);
	while (*flag != value && !b->err)
		pthread_cond_wait(&b->changed, &b->lock);
	pthread_mutex_unlock(&b->lock);
}

void vma_case_begin(struct vma_case *c)
{
	if (!c->beside)
		return;
	set_and_tell(c->beside, &c->beside->on, true);
	wait_until(c->beside, &c->beside->busy, true);
}

void vma_case_pause(struct vma_case *c)
{
	if (!c->beside)
		return;
	__atomic_store_n(&c->beside->on, false, __ATOMIC_RELAXED);
	wait_until(c->beside, &c->beside->busy, false);
}

static int beside_end(struct vma_case *c)
{
	struct beside *b = c->beside;
	int err;

	if (!b)
		return 0;
	vma_case_pause(c);
	set_and_tell(b, &b->end, true);
	pthread_join(b->thread, NULL);
	err = b->err;
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
	c->beside = NULL;
	return err;
}

static int map_all(struct vma_case *c)
{
	static const struct {
		unsigned long start, bytes;
	} fault_areas[] = {
		{FAULT_AT, FAULT_AREA}, {OTHER_AT, FAULT_AREA}, {BOTH_AT, 2 * FAULT_AREA}};
	long ret = map(c, SPLIT, 3 * PAGE, MAP_FIXED_NOREPLACE);

	for (int i = 0; ret >= 0 && c->operation->ops == FAULTS && i < 3; i++)
		ret = map(c, fault_areas[i].start, fault_areas[i].bytes, MAP_FIXED_NOREPLACE);
	for (size_t i = 0; ret >= 0 && i + 1 < c->nr; i++)
		ret = map(c, FIRST + 2 * i * PAGE, PAGE, MAP_FIXED_NOREPLACE);
	return ret < 0 ? (int)ret : 0;
}

/* The same for every engine. */
static void draw_addresses(struct vma_case *c)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < FIND_ADDRESSES; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		c->addresses[i] = FIRST + (seed >> 33) % (c->nr - 1) * 2 * PAGE;
	}
}

int vma_case_setup(struct vma_case *c)
{
	const struct machine_size size = {.pages = 1 << 16, .map_pages = 1 << 16, .cpus = 1};
	const struct layout empty = {.name = "empty"};
	char err[128];
	int ret = c->engine->init();

	if (ret)
		return ret;
	c->addresses = calloc(FIND_ADDRESSES, sizeof(*c->addresses));
	c->pgdat = c->engine->machine_create(&size);
	if (!c->addresses || !c->pgdat)
		return -ENOMEM;
	c->victim = c->engine->build(c->pgdat, &empty, &ret, err, sizeof(err));
	if (!c->victim)
		return ret;
	/* The kernel's limit is 65,530. */
	c->engine->set_limits(c->victim, 0, 0, 1 << 30);
	draw_addresses(c);
	return map_all(c) ?: beside_start(c);
}

bool vma_case_end(struct vma_case *c, char *err, size_t errlen)
{
	bool good = true;
	int ret = beside_end(c);

	if (ret)
		snprintf(err, errlen, "the other thread: %s", strerror(-ret));
	if (c->victim) {
		c->engine->exit_task(c->victim, NULL);
		good = c->engine->destroy(c->victim, NULL, err, errlen) &&
		       c->engine->machine_check(c->pgdat, err, errlen);
	}
	c->engine->machine_destroy(c->pgdat);
	free(c->addresses);
	c->victim = NULL;
	c->pgdat = NULL;
	c->addresses = NULL;
	return good && !ret;
}
