// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: random calls, in each of which every allocation fails in turn. Right is an error,
 * with every page as it was; where the call goes from area to area, with each page as it was or as
 * the call leaves it in the end; where areas are moved to a fixed address, with all pages elsewhere
 * as they were. How areas are cut does not count. Or the call has come round the failure. Wrong looks like a
 * page in a third state, another error, or something that is still in use in the end.
 */
#include "vs_kernel_ours.h"
#include "shortage.h"

#include <sys/mman.h>

#define SEEDS 30
#define STEPS 150

/* What the arena is, page by page; 0 where nothing is mapped. */
struct state {
	unsigned long flags[ARENA_PAGES], offset[ARENA_PAGES];
	bool present[ARENA_PAGES];
	long brk;
};

static void look(struct ours *ours, struct state *state)
{
	struct outcome outcome;

	memset(state, 0, sizeof(*state));
	ours_look(ours, &outcome);
	memcpy(state->present, outcome.present, sizeof(state->present));
	state->brk = (long)ours->m.mm->brk;
	for (unsigned int i = 0; i < outcome.nr_areas; i++) {
		const struct area *area = &outcome.areas[i];

		for (unsigned long at = area->start; at < area->end; at += PAGE_SIZE) {
			unsigned long page = (at - ARENA_START) / PAGE_SIZE;

			state->flags[page] = area->flags;
			if (area->file)
				state->offset[page] = area->offset + at - area->start;
		}
	}
}

static bool same_page(const struct state *a, const struct state *b, unsigned int page)
{
	return a->flags[page] == b->flags[page] && a->offset[page] == b->offset[page];
}

static bool faults_in(const struct step *step)
{
	return step->call == CALL_MLOCK ||
	       (step->call == CALL_MADVISE && step->arg[2] >= MADV_POPULATE_READ);
}

/* Does the call do its work in parts that a failure does not take back? */
static bool works_in_parts(const struct step *step)
{
	return step->call == CALL_MPROTECT || step->call == CALL_MADVISE ||
	       step->call == CALL_MLOCK || step->call == CALL_MUNLOCK;
}

static bool is_inside(unsigned int page, unsigned long start, unsigned long len)
{
	return PAGE_AT(page) >= start && PAGE_AT(page) < start + len;
}

static bool may_be_so(const struct step *step, const struct state *now, const struct state *before,
		      const struct state *after, unsigned int page)
{
	const unsigned long *arg = step->arg;
	bool same = same_page(now, before, page);

	/* What is left behind is unlocked, and so is the rest of its area. */
	if (step->call == CALL_MREMAP && arg[3] & MREMAP_FIXED)
		return is_inside(page, arg[0], arg[1]) || is_inside(page, arg[4], arg[2]) || same ||
		       same_page(now, after, page);
	if (same)
		return faults_in(step) || now->present[page] == before->present[page];
	return works_in_parts(step) && same_page(now, after, page);
}

static bool is_shortage(const struct step *step, long result, const struct state *before)
{
	if (step->call == CALL_BRK)
		return result == before->brk;
	return result == -ENOMEM ||
	       (result == -EAGAIN && (step->call == CALL_MADVISE || step->call == CALL_MLOCK));
}

/* Do a step, with each of its allocations failing before. Returns how many errors there were. */
static unsigned int do_failing(struct ours *ours, const struct step *step)
{
	static struct state states[2000];
	unsigned int errors = 0;

	look(ours, &states[0]);
	for (unsigned long n = 0;; n++) {
		bool failed;
		long result;

		left = 0;
		fault_arm(n);
		result = ours_do(ours, step);
		failed = fault_disarm();
		look(ours, &states[errors + 1]);
		if (!failed || !is_shortage(step, result, &states[errors]))
			break;
		errors++;
		assert_true(errors < ARRAY_SIZE(states) - 1);
	}
	for (unsigned int i = 1; i <= errors; i++) {
		for (unsigned int page = 0; page < ARENA_PAGES; page++) {
			if (!may_be_so(step, &states[i], &states[i - 1], &states[errors + 1], page))
				fail_msg("failure %u of call %d(%lx, %lx, %lx, %lx, %lx) made page "
					 "%u %lx instead of %lx or %lx",
					 i, step->call, step->arg[0], step->arg[1], step->arg[2],
					 step->arg[3], step->arg[4], page, states[i].flags[page],
					 states[i - 1].flags[page], states[errors + 1].flags[page]);
		}
		assert_int_equal(states[i].brk, states[0].brk);
	}
	return errors;
}

static void failing_calls_change_nothing(void **state)
{
	unsigned int errors[CALL_FORK + 1] = {0};

	shortage = *(const unsigned long *)*state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15ul | 1;
		struct ours ours;

		ours_start(&ours);
		for (unsigned int i = 0; i < STEPS; i++) {
			struct step step = step_random(&random, true);

			/* With a lock or a touch, what the calls leave out is filled in later. */
			if (step.call == CALL_MMAP)
				step.arg[3] &= ~(unsigned long)(MAP_POPULATE | MAP_LOCKED);
			errors[step.call] += do_failing(&ours, &step);
		}
		ours_finish(&ours);
	}
	for (enum call call = CALL_MMAP; call <= CALL_FORK; call++)
		print_message("# call %d failed %u times\n", call, errors[call]);
	for (enum call call = CALL_MMAP; call <= CALL_FORK; call++)
		assert_true(errors[call] > 0);
}

int main(void)
{
	static unsigned long one = 1, eight = 8;
	const struct CMUnitTest tests[] = {
		{"one fails", failing_calls_change_nothing, NULL, NULL, &one},
		{"eight in a row fail", failing_calls_change_nothing, NULL, NULL, &eight},
	};

	return mm_run_group(tests);
}
