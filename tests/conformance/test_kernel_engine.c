// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the promises of the shims under the kernel's tree. A failed allocation comes back as
 * -ENOMEM with the tree as it was; a store that was prepared cannot fail; with lockdep an access
 * without the lock ends the program, and one with it does not; a dead node stays as it is while a
 * reader may look at it, and all nodes come back. Wrong looks like a tree changed by a failed
 * store, or a child process that survives what it must not.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel_tree.h"
#include "maple_tree.h"

#define VMA_FLAGS (MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU)
#define ENTRIES	  200

static int values[ENTRIES];

static void fill(struct maple_tree *mt)
{
	unsigned long i;

	mt_init_flags(mt, VMA_FLAGS);
	for (i = 0; i < ENTRIES; i++)
		assert_int_equal(mtree_store_range(mt, i * 10, i * 10 + 5, &values[i], GFP_KERNEL),
				 0);
}

static void assert_filled(struct maple_tree *mt)
{
	unsigned long i;

	for (i = 0; i < ENTRIES; i++) {
		assert_ptr_equal(mtree_load(mt, i * 10), &values[i]);
		assert_ptr_equal(mtree_load(mt, i * 10 + 5), &values[i]);
		assert_null(mtree_load(mt, i * 10 + 6));
	}
	rcu_read_lock();
	mt_validate(mt);
	rcu_read_unlock();
}

static void empty(struct maple_tree *mt)
{
	mtree_destroy(mt);
	assert_int_equal(kernel_tree_nodes(), 0);
}

static void nodes_have_the_64_bit_size(void **state)
{
	assert_int_equal(kernel_tree_node_bytes(), 256);
	assert_int_equal(sizeof(struct maple_node), 256);
}

static void each_failing_allocation_leaves_the_tree_alone(void **state)
{
	struct maple_tree mt;
	unsigned long nth;
	bool hit = true;

	fill(&mt);
	/* A store over many nodes: the last request is the one after which nothing fails. */
	for (nth = 0; hit; nth++) {
		int err;

		fault_arm(nth);
		err = mtree_store_range(&mt, 15, 1500, values, GFP_KERNEL);
		hit = fault_disarm();
		if (!hit) {
			assert_int_equal(err, 0);
			assert_ptr_equal(mtree_load(&mt, 15), values);
			assert_ptr_equal(mtree_load(&mt, 1500), values);
		} else if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_filled(&mt);
		} else {
			/* The tree asked once more and got it: undo what it stored. */
			mtree_destroy(&mt);
			fill(&mt);
		}
	}
	assert_in_range(nth, 2, 100);
	empty(&mt);
}

static void a_prepared_store_cannot_fail(void **state)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 15, 1500);

	fill(&mt);
	mas_lock(&mas);
	assert_int_equal(mas_preallocate(&mas, values, GFP_KERNEL), 0);
	fault_arm(0);
	mas_store_prealloc(&mas, values);
	assert_false(fault_disarm()); /* it asked for nothing */
	mas_unlock(&mas);
	assert_ptr_equal(mtree_load(&mt, 700), values);
	empty(&mt);
}

static void both_directions_meet_the_same_entries(void **state)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 0, 0);
	unsigned long n = 0;
	void *entry;

	fill(&mt);
	rcu_read_lock();
	mas_for_each (&mas, entry, ULONG_MAX)
		assert_ptr_equal(entry, &values[n++]);
	assert_int_equal(n, ENTRIES);
	mas_set(&mas, ULONG_MAX);
	mas_for_each_rev (&mas, entry, 0)
		assert_ptr_equal(entry, &values[--n]);
	assert_int_equal(n, 0);
	rcu_read_unlock();
	empty(&mt);
}

/* ---- Dead nodes ---- */

#define ROUNDS 20

/* Each store kills a node; the last few of them fill no list. */
static void *overwrite(void *tree)
{
	rcu_register_thread();
	for (unsigned long i = 0; i < ENTRIES * ROUNDS; i++) {
		unsigned long first = i % ENTRIES * 10;

		if (mtree_store_range(tree, first, first + 5 + i / ENTRIES % 2,
				      &values[i % ENTRIES], GFP_KERNEL))
			break;
		if (i % ENTRIES == 0)
			usleep(10000); /* time for a grace period that is too short */
	}
	rcu_unregister_thread();
	return NULL;
}

static void a_dead_node_stays_while_a_reader_may_look_at_it(void **state)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 50, 50);
	unsigned char slots[128];
	const unsigned char *node;
	pthread_t writer;

	fill(&mt);
	rcu_read_lock();
	assert_non_null(mas_walk(&mas));
	node = (const unsigned char *)((uintptr_t)mas.node & ~255ul);
	/* The first half holds what a writer may change: the mark of a dead node and its head. */
	memcpy(slots, node + 128, sizeof(slots));
	assert_int_equal(pthread_create(&writer, NULL, overwrite, &mt), 0);
	pthread_join(writer, NULL);
	assert_memory_equal(node + 128, slots, sizeof(slots));
	rcu_read_unlock();
	empty(&mt);
}

static void dead_nodes_of_a_thread_that_ended_come_back(void **state)
{
	struct maple_tree mt;
	pthread_t writer;

	fill(&mt);
	assert_int_equal(pthread_create(&writer, NULL, overwrite, &mt), 0);
	pthread_join(writer, NULL);
	empty(&mt);
}

/* ---- Held locks ---- */

struct outer_lock {
	struct lockdep_map dep_map;
};

static struct maple_tree victim;
static struct outer_lock outer;

static void store_with_lock(void)
{
	MA_STATE(mas, &victim, 15, 15);

	mas_lock(&mas);
	mas_store_gfp(&mas, values, GFP_KERNEL);
	mas_unlock(&mas);
}

static void store_without_lock(void)
{
	MA_STATE(mas, &victim, 15, 15);

	mas_store_gfp(&mas, values, GFP_KERNEL);
}

static void walk_in_read_section(void)
{
	MA_STATE(mas, &victim, 0, 0);

	rcu_read_lock();
	mas_find(&mas, ULONG_MAX);
	rcu_read_unlock();
}

static void walk_without_anything(void)
{
	MA_STATE(mas, &victim, 0, 0);

	mas_find(&mas, ULONG_MAX);
}

static void use_outer_lock(void)
{
	mt_init_flags(&victim, VMA_FLAGS | MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&victim, &outer);
}

static void store_under_outer_lock(void)
{
	use_outer_lock();
	lockdep_acquire(&outer.dep_map, false);
	store_without_lock();
	lockdep_release(&outer.dep_map);
}

static void store_under_outer_read_lock(void)
{
	use_outer_lock();
	lockdep_acquire(&outer.dep_map, true);
	store_without_lock();
}

static void walk_under_outer_read_lock(void)
{
	use_outer_lock();
	lockdep_acquire(&outer.dep_map, true);
	walk_without_anything();
	lockdep_release(&outer.dep_map);
}

static void store_after_outer_unlock(void)
{
	store_under_outer_lock();
	store_without_lock();
}

static void lock_twice(void)
{
	lockdep_acquire(&outer.dep_map, false);
	lockdep_acquire(&outer.dep_map, false);
}

static void unlock_what_is_not_held(void)
{
	lockdep_release(&outer.dep_map);
}

/* Runs it in a child. Return: the signal that ended the child, 0 if it came to its end. */
static int signal_of(void (*function)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_return_code(pid, 0);
	if (!pid) {
		const struct rlimit no_core = {0, 0};

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL); /* cmocka's would go on with the next test */
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status);
	assert_int_equal(WEXITSTATUS(status), 0);
	return 0;
}

static void lockdep_ends_what_is_not_guarded(void **state)
{
	static const struct {
		const char *what;
		void (*function)(void);
		int signal;
	} deeds[] = {
		{"store with the tree's lock", store_with_lock, 0},
		{"store without", store_without_lock, SIGABRT},
		{"walk in a read section", walk_in_read_section, 0},
		{"walk without", walk_without_anything, SIGABRT},
		{"store under an outer lock", store_under_outer_lock, 0},
		{"store under an outer read lock", store_under_outer_read_lock, SIGABRT},
		{"walk under an outer read lock", walk_under_outer_read_lock, 0},
		{"store after the outer unlock", store_after_outer_unlock, SIGABRT},
		{"lock twice", lock_twice, SIGABRT},
		{"unlock what is not held", unlock_what_is_not_held, SIGABRT},
	};
	size_t i;

	fill(&victim);
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int got = signal_of(deeds[i].function);

		if (got != deeds[i].signal)
			fail_msg("%s: signal %d, expected %d", deeds[i].what, got, deeds[i].signal);
	}
	empty(&victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_have_the_64_bit_size),
		cmocka_unit_test(each_failing_allocation_leaves_the_tree_alone),
		cmocka_unit_test(a_prepared_store_cannot_fail),
		cmocka_unit_test(both_directions_meet_the_same_entries),
		cmocka_unit_test(a_dead_node_stays_while_a_reader_may_look_at_it),
		cmocka_unit_test(dead_nodes_of_a_thread_that_ended_come_back),
		cmocka_unit_test(lockdep_ends_what_is_not_guarded),
	};
	int failed;

	rcu_register_thread();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
