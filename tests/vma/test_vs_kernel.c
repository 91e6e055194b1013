// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: random sequences of mmap, munmap, mprotect, mremap, madvise, mlock, brk and fork, by
 * the running kernel and by ours. Right is that after each step both have returned the same, and
 * have the same areas with the same flags and offsets, and the same pages of private memory. At a
 * difference the test drops the steps that it does not need, and prints the rest as a C program,
 * with what both sides say. After a fork the child goes on, and the parent stays as it is.
 *
 * test_vs_kernel [STEPS [SEED]]
 */
#include "mm_fixture.h"

#include "vma/mman.h"
#include "vs_kernel.h"
#include "../zero_page.h"

#ifdef UMAPLE_DEBUG
static unsigned long steps_wanted = 6000;
#else
static unsigned long steps_wanted = 20000;
#endif
static uint64_t first_seed = 0x5eed0001;
static bool can_brk;

struct trial {
	struct step steps[MAX_STEPS];
	unsigned int nr;
	struct outcome theirs[MAX_STEPS], ours[MAX_STEPS];
	/* A mistake of ours on purpose, for the test of the test. */
	bool forget_write;
};

/* The first step after which both differ; trial->nr if there is none. */
static unsigned int first_difference(struct trial *trial)
{
	static struct step ours[MAX_STEPS];
	unsigned int i;

	memcpy(ours, trial->steps, sizeof(ours));
	for (i = 0; trial->forget_write && i < trial->nr; i++) {
		if (ours[i].call == CALL_MPROTECT)
			ours[i].arg[2] &= ~2ul;
	}
	if (!kernel_run(trial->steps, trial->nr, trial->theirs))
		fail_msg("the child with the real calls: %s", strerror(errno));
	ours_run(ours, trial->nr, trial->ours);
	for (i = 0; i < trial->nr; i++) {
		if (outcome_differs(&trial->theirs[i], &trial->ours[i]))
			break;
	}
	return i;
}

/* Drop what the difference does not need: halves first, single steps last. */
static void shrink(struct trial *trial, unsigned int bad)
{
	static struct trial fewer;

	trial->nr = bad + 1;
	for (unsigned int size = trial->nr / 2; size; size = size > 1 ? (size + 1) / 2 : 0) {
		for (unsigned int at = 0; at + size < trial->nr;) {
			fewer = *trial;
			fewer.nr -= size;
			memmove(fewer.steps + at, fewer.steps + at + size,
				(fewer.nr - at) * sizeof(fewer.steps[0]));
			bad = first_difference(&fewer);
			if (bad == fewer.nr) {
				at += size;
				continue;
			}
			*trial = fewer;
			trial->nr = bad + 1;
		}
	}
	first_difference(trial);
}

static void think_up(struct trial *trial, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ul | 1;

	for (unsigned int i = 0; i < trial->nr; i++)
		trial->steps[i] = step_random(&state, can_brk);
}

static void report(const struct trial *trial, uint64_t seed)
{
	unsigned int last = trial->nr - 1;

	printf("# seed %#lx: %u steps make a difference\n", seed, trial->nr);
	program_print(stdout, trial->steps, trial->nr);
	if (last)
		outcome_print(stdout, "# before: ", &trial->theirs[last - 1]);
	outcome_print(stdout, "# kernel: ", &trial->theirs[last]);
	outcome_print(stdout, "# ours:   ", &trial->ours[last]);
}

static void calls_do_what_the_running_kernel_does(void **state)
{
	static struct trial trial;
	unsigned long done = 0, failed = 0;

	for (uint64_t seed = first_seed; done < steps_wanted; seed++) {
		unsigned int bad;

		trial.nr = 1 + seed * 7919 % MAX_STEPS;
		think_up(&trial, seed);
		bad = first_difference(&trial);
		if (bad < trial.nr) {
			shrink(&trial, bad);
			report(&trial, seed);
			fail_msg("seed %#lx: ours and the kernel differ", seed);
		}
		for (unsigned int i = 0; i < trial.nr; i++)
			failed += trial.theirs[i].result < 0;
		done += trial.nr;
	}
	print_message("# %lu steps, of which %lu returned an error\n", done, failed);
	/* Neither calls that always fail nor calls that never do say much. */
	assert_in_range(failed * 100 / done, 5, 70);
}

static void a_difference_is_found_and_shrunk(void **state)
{
	static struct trial trial = {.nr = 200, .forget_write = true};
	unsigned int bad;

	think_up(&trial, 1);
	bad = first_difference(&trial);
	assert_true(bad < trial.nr);
	shrink(&trial, bad);
	/* Some steps stay because they decide where the last one finds its area. */
	assert_true(trial.nr <= 10);
	assert_int_equal(trial.steps[trial.nr - 1].call, CALL_MPROTECT);
	assert_true(outcome_differs(&trial.theirs[trial.nr - 1], &trial.ours[trial.nr - 1]));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_do_what_the_running_kernel_does),
		cmocka_unit_test(a_difference_is_found_and_shrunk),
	};

	use_zero_page = kernel_has_zero_page();
	if (argc > 1)
		steps_wanted = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoul(argv[2], NULL, 0);
	if (!kernel_is_judge()) {
		printf("1..0 # SKIP these are the rules of Linux %d.%d and later\n", KERNEL_MAJOR,
		       KERNEL_MINOR);
		return 77;
	}
	can_brk = kernel_can_brk();
	return mm_run_group(tests);
}
