// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine table over one tree: compiled once per engine. The build sets ENGINE_SYMBOL,
 * ENGINE_NAME and ENGINE_VERSION.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "victim_calls.h"
#include "oom/freezer.h"
#include "oom/mm.h"
#include "oom/oom.h"
#include "stage.h"
#include "vma/lru.h"
#include "vma/mmap_lock.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"
#include "vma/populate.h"
#include "vma/swapfile.h"

struct vm_file *victim_add_file(struct victim *victim, bool shmem)
{
	struct vm_file *file;

	if (fault_should_fail())
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->shmem = shmem;
	file->next = victim->files;
	victim->files = file;
	return file;
}

static int populate_runs(struct vm_area_struct *vma, const struct layout *layout,
			 const struct layout_vma *lv)
{
	static const enum populate_kind kinds[LAYOUT_NR_KINDS] = {
		[LAYOUT_ANON] = POPULATE_ANON,
		[LAYOUT_FILE] = POPULATE_FILE,
		[LAYOUT_SWAP] = POPULATE_SWAP,
		[LAYOUT_HUGE] = POPULATE_HUGE,
	};

	for (unsigned int i = 0; i < lv->nr_runs; i++) {
		const struct layout_run *run = &layout->runs[lv->first_run + i];
		int err = populate_range(vma, run->start, run->end, kinds[run->kind]);

		if (err)
			return err;
	}
	return 0;
}

static int build_vma(struct victim *victim, const struct layout *layout,
		     const struct layout_vma *lv)
{
	struct vm_file *file = NULL;
	int err;

	if (lv->file) {
		/* A shared mapping without a name is shared memory made by mmap(MAP_ANONYMOUS). */
		file = victim_add_file(victim,
				       (lv->vm_flags & VM_SHARED) && !layout->names[lv->name]);
		if (!file)
			return -ENOMEM;
	}
	err = map_region(victim->mm, lv->start, lv->end - lv->start, lv->vm_flags, lv->pgoff, file);
	if (err)
		return err;
	return populate_runs(vma_lookup(victim->mm, lv->start), layout, lv);
}

static bool victim_destroy(struct victim *victim, struct lock_totals *totals, char *err,
			   size_t errlen)
{
	struct pglist_data *pgdat = victim->mm->pgdat;
	bool ok;

	lru_add_drain_all(pgdat);
	while (victim->files) {
		struct vm_file *file = victim->files;

		victim->files = file->next;
		page_cache_drop(pgdat, &file->mapping);
		pthread_rwlock_destroy(&file->i_mmap_rwsem);
		free(file);
	}
	ok = mm_destroy(victim->mm, totals, err, errlen);
	free(victim);
	return ok;
}

static struct victim *victim_build(struct pglist_data *pgdat, const struct layout *layout,
				   int *errp, char *err, size_t errlen)
{
	struct victim *victim;
	char ignored[128];

	*errp = -ENOMEM;
	snprintf(err, errlen, "out of memory while building the victim");
	victim = fault_should_fail() ? NULL : calloc(1, sizeof(*victim));
	if (!victim)
		return NULL;
	victim->mm = mm_alloc(pgdat);
	if (!victim->mm) {
		free(victim);
		return NULL;
	}
	*errp = 0;
	/* The victim's file pages and locks are looked at when its last task has left. */
	mmgrab(victim->mm);
	mmap_write_lock(victim->mm);
	for (size_t i = 0; i < layout->nr_vmas && !*errp; i++) {
		const struct layout_vma *lv = &layout->vmas[i];

		*errp = build_vma(victim, layout, lv);
		if (*errp)
			snprintf(err, errlen, "VMA %zu (%llx-%llx): %s", i,
				 (unsigned long long)lv->start, (unsigned long long)lv->end,
				 *errp == -ENOMEM   ? "out of memory"
				 : *errp == -ENOSPC ? "swap is full"
						    : "the layout contradicts itself");
	}
	mmap_write_unlock(victim->mm);
	if (*errp) {
		exit_mmap(victim->mm);
		victim_destroy(victim, NULL, ignored, sizeof(ignored));
		return NULL;
	}
	lru_add_drain_all(pgdat);
	drain_all_pages(pgdat);
	return victim;
}

static unsigned long victim_pages_to_free(const struct victim *victim)
{
	const struct mm_struct *mm = victim->mm;
	unsigned long pages = (unsigned long)get_mm_counter(mm, MM_ANONPAGES);

	if (mm->pgdat->swap)
		pages += zs_get_total_pages(mm->pgdat->swap->pool);
	return pages;
}

static profiled void exit_task(struct victim *victim, const struct reap_plan *plan)
{
	victim->mm->exit_plan = plan;
	exit_mm(victim->mm);
}

static profiled void oom_reaper(struct victim *victim, const struct reap_plan *plan)
{
	oom_reap_task(victim->mm, plan);
	/* The call must not become a jump: profiles look for the frame of this function. */
	__asm__ volatile("");
}

static int victim_play(struct victim *victim, const struct scenario_run *run,
		       struct scenario_outcome *outcome)
{
	return stage_play(victim->mm, victim_pages_to_free(victim), run, outcome);
}

static const struct operation_info *operation_at(unsigned int i)
{
	return scenario_operations[i].info.name ? &scenario_operations[i].info : NULL;
}

static const struct operation_info *policy_at(unsigned int i)
{
	static struct operation_info info;

	info.name = thaw_policies[i].name;
	info.what = thaw_policies[i].what;
	return info.name ? &info : NULL;
}

extern const struct engine ENGINE_SYMBOL;
const struct engine ENGINE_SYMBOL = {
	.name = ENGINE_NAME,
	.version = ENGINE_VERSION,
	.orders = reap_orders,
	.init = mm_layer_init,
	.machine_create = machine_create,
	.machine_destroy = machine_destroy,
	.machine_prepare = machine_prepare,
	.machine_lock_totals = pgdat_lock_totals,
	.machine_check = machine_check,
	.build = victim_build,
	.pages_to_free = victim_pages_to_free,
	.exit_task = exit_task,
	.reap_task = oom_reaper,
	.play = victim_play,
	.set_limits = victim_set_limits,
	.call = victim_call,
	.areas = victim_areas,
	.find = victim_find,
	.fork = victim_fork,
	.walk = victim_walk,
	.lock = victim_lock,
	.fault = victim_fault,
	.pressure = pressure_play,
	.operation = operation_at,
	.policy = policy_at,
	.destroy = victim_destroy,
};
