// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a call that takes a tree's own lock, on a tree that has none; and, in debug builds, a
 * reader that RCU does not know. Right: the program ends with a message. Wrong: it spins for ever,
 * or reads freed memory. What needs no lock works on such a tree.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/port.h"
#include "maple_tree/maple_tree.h"

static pthread_mutex_t external = PTHREAD_MUTEX_INITIALIZER;

/* Run in a child, which has to abort with @words on stderr. */
static void assert_ends(void (*run)(struct maple_tree *mt), struct maple_tree *mt,
			const char *words)
{
	char said[1024];
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], 2);
		alarm(10); /* an endless spin ends by SIGALRM */
		run(mt);
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	said[len] = '\0';
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	if (!strstr(said, words))
		fail_msg("'%s' is not in '%s'", words, said);
}

static void lock(struct maple_tree *mt)
{
	mtree_lock(mt);
}
static void lock_cursor(struct maple_tree *mt)
{
	MA_STATE(mas, mt, 0, 0);

	mas_lock(&mas);
}
static void store(struct maple_tree *mt)
{
	mtree_store(mt, 1, mt, GFP_KERNEL);
}
static void store_range(struct maple_tree *mt)
{
	mtree_store_range(mt, 1, 2, mt, GFP_KERNEL);
}
static void insert(struct maple_tree *mt)
{
	mtree_insert(mt, 100, mt, GFP_KERNEL);
}
static void insert_range(struct maple_tree *mt)
{
	mtree_insert_range(mt, 100, 200, mt, GFP_KERNEL);
}
static void erase(struct maple_tree *mt)
{
	mtree_erase(mt, 1);
}
static void alloc_range(struct maple_tree *mt)
{
	unsigned long at;

	mtree_alloc_range(mt, &at, mt, 5, 0, 1000, GFP_KERNEL);
}
static void alloc_rrange(struct maple_tree *mt)
{
	unsigned long at;

	mtree_alloc_rrange(mt, &at, mt, 5, 0, 1000, GFP_KERNEL);
}
static void alloc_cyclic(struct maple_tree *mt)
{
	unsigned long at, next = 0;

	mtree_alloc_cyclic(mt, &at, mt, 0, 1000, &next, GFP_KERNEL);
}
static void dup_from(struct maple_tree *mt)
{
	struct maple_tree copy;

	mt_init_flags(&copy, MT_FLAGS_ALLOC_RANGE);
	mtree_dup(mt, &copy, GFP_KERNEL);
}

static void calls_that_lock_refuse_a_tree_without_a_lock(void **state)
{
	static void (*const calls[])(struct maple_tree * mt) = {
		lock,  lock_cursor, store,	  store_range,	insert,	  insert_range,
		erase, alloc_range, alloc_rrange, alloc_cyclic, dup_from,
	};
	struct maple_tree mt =
		MTREE_INIT_EXT(mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN, external);

	mt_set_external_lock(&mt, &external);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_ends(calls[i], &mt, "external lock");
}

static void the_other_calls_work_on_a_tree_without_a_lock(void **state)
{
	struct maple_tree mt =
		MTREE_INIT_EXT(mt, MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU, external);
	MA_STATE(mas, &mt, 10, 20);
	unsigned long index = 0;

	mt_set_external_lock(&mt, &external);
	pthread_mutex_lock(&external);
	for (unsigned long i = 0; i < 100; i++) {
		mas_set_range(&mas, i * 10, i * 10 + 5);
		assert_int_equal(mas_store_gfp(&mas, &mt, GFP_KERNEL), 0);
	}
	assert_ptr_equal(mtree_load(&mt, 995), &mt);
	assert_ptr_equal(mt_find(&mt, &index, ULONG_MAX), &mt);
	assert_ptr_equal(mt_next(&mt, 0, 100), &mt);
	assert_ptr_equal(mt_prev(&mt, 995, 0), &mt);
	mt_clear_in_rcu(&mt);
	mt_set_in_rcu(&mt);
	mt_validate(&mt);
	mtree_destroy(&mt);
	assert_true(mtree_empty(&mt));
	assert_ptr_equal(mt.ma_external_lock, &external);
	pthread_mutex_unlock(&external);
}

#if defined(UMAPLE_DEBUG) && !defined(PORT_TSAN)
static void load(struct maple_tree *mt)
{
	mtree_load(mt, 5);
}
static void walk(struct maple_tree *mt)
{
	MA_STATE(mas, mt, 5, 5);

	rcu_read_lock();
	mas_walk(&mas);
	rcu_read_unlock();
}

static void a_reader_that_rcu_does_not_know_is_stopped(void **state)
{
	struct maple_tree mt = MTREE_INIT(mt, MT_FLAGS_USE_RCU);

	assert_int_equal(mtree_store(&mt, 5, &mt, GFP_KERNEL), 0);
	rcu_unregister_thread();
	assert_ends(load, &mt, "rcu_register_thread()");
	assert_ends(walk, &mt, "rcu_register_thread()");
	rcu_register_thread();
	mtree_destroy(&mt);
}
#endif

static int setup(void **state)
{
	rcu_register_thread();
	return 0;
}

static int teardown(void **state)
{
	port_rcu_barrier();
	assert_int_equal(mt_nodes_in_use(), 0);
	rcu_unregister_thread();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_lock_refuse_a_tree_without_a_lock),
		cmocka_unit_test(the_other_calls_work_on_a_tree_without_a_lock),
#if defined(UMAPLE_DEBUG) && !defined(PORT_TSAN)
		cmocka_unit_test(a_reader_that_rcu_does_not_know_is_stopped),
#endif
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
