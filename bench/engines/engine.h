/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine: the VMA layer, the page allocator and the teardown, compiled over one tree. The harness
 * drives every engine through this table and the same loops, and knows nothing else of them: an
 * engine may be compiled from changed sources.
 */
#ifndef UMAPLE_ENGINE_H
#define UMAPLE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "layout/layout.h"
#include "oom/reap_order.h"
#include "pressure.h"
#include "scenario.h"
#include "vma/tlb_mode.h"

/* A process that is about to die. */
struct victim;

struct pglist_data;
struct lock_totals;
struct frame_list;

/* The memory of a machine, as an engine's own layers have it: made once, used by one race at a time. */
struct machine_size {
	uint64_t pages;	     /* page frames that victims get */
	uint64_t map_pages;  /* of the memory map, in which they lie scattered */
	uint64_t host_pages; /* of the machine whose page lists are imitated */
	unsigned int cpus;
	uint64_t swap_pages; /* 0: no swap device */
};

/* What is set before each race. */
struct machine_state {
	enum tlb_mode tlb;
	const struct frame_list *frame_list; /* which page frames, in which order; NULL: made up */
	double frames;			     /* mean length of their runs, if they are */
	uint64_t huge_pages;		     /* that the victim will have */
};

struct engine {
	const char *name;
	const char *version; /* of its tree, for a person */

	/* Once per process. Return: 0 or -errno. */
	int (*init)(void);

	/* Return: the machine, or NULL without memory; nothing is left then. NULL may be destroyed. */
	struct pglist_data *(*machine_create)(const struct machine_size *size);
	void (*machine_destroy)(struct pglist_data *pgdat);

	/*
	 * Clear the figures of all locks, scatter the page frames. Return: 0; -ENOMEM; -ENOSYS if this
	 * kernel lacks what the TLB mode needs.
	 */
	int (*machine_prepare)(struct pglist_data *pgdat, const struct machine_state *state);

	/* Add the figures of the machine's locks, by class. */
	void (*machine_lock_totals)(const struct pglist_data *pgdat, struct lock_totals *totals);

	/* Return: false with one line in @err if a page or a swap slot was lost. */
	bool (*machine_check)(struct pglist_data *pgdat, char *err, size_t errlen);

	/*
	 * Build a victim. Return: NULL with *errp set to -errno and one line in @err if it could
	 * not be built; then nothing of it is left.
	 */
	struct victim *(*build)(struct pglist_data *pgdat, const struct layout *layout, int *errp,
				char *err, size_t errlen);

	/* Pages of a freshly built victim that its death gives back to the page allocator. */
	unsigned long (*pages_to_free)(const struct victim *victim);

	/* The traversal orders; ended by an entry without name. */
	const struct reap_order *orders;

	/*
	 * The roles, each in its own thread, registered for RCU. @plan has an order of this engine;
	 * NULL: the exiting task goes upward, as in the kernel.
	 */
	void (*exit_task)(struct victim *victim, const struct reap_plan *plan);
	void (*reap_task)(struct victim *victim, const struct reap_plan *plan);

	/*
	 * Let a scenario happen to the victim, in which it dies. Return: 0, or -errno as of
	 * stage_play(); the victim is dead in any case.
	 */
	int (*play)(struct victim *victim, const struct scenario_run *run,
		    struct scenario_outcome *outcome);

	/*
	 * System calls on a victim's address space. set_limits: the highest end of what mmap() places
	 * by itself, where the heap begins, and how many VMAs there may be (in all address spaces of
	 * the engine); 0 leaves one as it is. call: as the system call, the error as a negative
	 * number. areas: @fn for each VMA, upward. find: how many of @nr
	 * addresses lie in a VMA, each looked up by itself under mmap_lock. fork: a copy of the
	 * address space is made and dies; 0 or -ENOMEM. walk: as find, in the tree alone, under RCU.
	 * lock: as walk, and each VMA is locked and unlocked by its own lock. fault: as
	 * do_user_addr_fault(); any number of threads at once, each with a CPU of its own.
	 */
	void (*set_limits)(struct victim *victim, unsigned long mmap_base, unsigned long brk,
			   int max_map_count);
	long (*call)(struct victim *victim, const struct vm_call *call);
	void (*areas)(struct victim *victim, void (*fn)(const struct vm_area_info *area, void *arg),
		      void *arg);
	size_t (*find)(struct victim *victim, const unsigned long *addresses, size_t nr);
	int (*fork)(struct victim *victim);
	size_t (*walk)(struct victim *victim, const unsigned long *addresses, size_t nr);
	size_t (*lock)(struct victim *victim, const unsigned long *addresses, size_t nr);
	int (*fault)(struct victim *victim, unsigned long address, bool write);

	/* As pressure_play(), on a machine that was prepared. */
	int (*pressure)(struct pglist_data *pgdat, const struct pressure_run *run,
			struct pressure_outcome *outcome);

	/* The @i-th operation of scenarios, and the @i-th thaw policy; NULL behind the last one. */
	const struct operation_info *(*operation)(unsigned int i);
	const struct operation_info *(*policy)(unsigned int i);

	/*
	 * Drop what outlives the process (page cache), free the victim. @totals: filled with the
	 * figures of its locks, by class; may be NULL. Return: false with one line in @err if
	 * something was left behind.
	 */
	bool (*destroy)(struct victim *victim, struct lock_totals *totals, char *err,
			size_t errlen);
};

/* NULL-terminated; the first is the default. */
extern const struct engine *const engines[];

/* How many there are at most, in one program. */
#define ENGINES_MAX 16

#endif
