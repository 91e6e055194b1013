/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls on a victim: compiled once per engine, beside adapter.c. */
#ifndef UMAPLE_VICTIM_CALLS_H
#define UMAPLE_VICTIM_CALLS_H

#include "engine.h"
#include "vma/vma.h"

struct victim {
	struct mm_struct *mm;
	struct vm_file *files;
	int last_file; /* the number that names the first of the list, by victim_call() */
};

/* A file of the victim's; it goes with it. NULL without memory. */
struct vm_file *victim_add_file(struct victim *victim, bool shmem);

/*
 * As engine.h says of set_limits, call, areas, find, fork, walk, lock and fault. Context: one thread
 * for the first five. May sleep.
 */
void victim_set_limits(struct victim *victim, unsigned long mmap_base, unsigned long brk,
		       int max_map_count);
long victim_call(struct victim *victim, const struct vm_call *call);
void victim_areas(struct victim *victim, void (*fn)(const struct vm_area_info *area, void *arg),
		  void *arg);
size_t victim_find(struct victim *victim, const unsigned long *addresses, size_t nr);
int victim_fork(struct victim *victim);
size_t victim_walk(struct victim *victim, const unsigned long *addresses, size_t nr);
size_t victim_lock(struct victim *victim, const unsigned long *addresses, size_t nr);
int victim_fault(struct victim *victim, unsigned long address, bool write);

#endif
