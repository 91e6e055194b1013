// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a program that loads the library at run time, and forks. Right: the library works,
 * stays loaded after dlclose(), and threads that used it end as usual; a child that only execs or
 * exits does not disturb its parent. Wrong: a crash in code that is no longer mapped, or a hang.
 *
 * LIBRARY names the shared library.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <urcu.h>

#include "maple_tree.h"

static struct {
	void *handle;
	int (*store_range)(struct maple_tree *mt, unsigned long first, unsigned long last,
			   void *entry, gfp_t gfp);
	void *(*load)(struct maple_tree *mt, unsigned long index);
	void (*destroy)(struct maple_tree *mt);
} lib;

static pthread_barrier_t barrier;
static bool stop;

static void *find(const char *name)
{
	void *symbol = dlsym(lib.handle, name);

	assert_non_null(symbol);
	return symbol;
}

static void open_library(void)
{
	lib.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!lib.handle)
		fail_msg("%s", dlerror());
	*(void **)&lib.store_range = find("mtree_store_range");
	*(void **)&lib.load = find("mtree_load");
	*(void **)&lib.destroy = find("mtree_destroy");
}

/* Enough writes for dead nodes to be freed by the library's thread, and a tree that is destroyed. */
static void use_library(void)
{
	struct maple_tree mt;

	mt_init_flags(&mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU);
	for (unsigned long i = 0; i < 2000; i++)
		assert_int_equal(lib.store_range(&mt, i * 7 % 1000 * 10, i * 7 % 1000 * 10 + 4,
						 xa_mk_value(i), GFP_KERNEL),
				 0);
	assert_ptr_equal(lib.load(&mt, 3), xa_mk_value(1000));
	lib.destroy(&mt);
}

/* Uses the library, and ends after the main thread has closed it. */
static void *thread(void *unused)
{
	rcu_register_thread();
	use_library();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	rcu_unregister_thread();
	return NULL;
}

static void closing_leaves_it_loaded(void **state)
{
	void *code, *handle;
	pthread_t id;

	open_library();
	use_library();
	code = *(void **)&lib.load;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&id, NULL, thread, NULL), 0);
	pthread_barrier_wait(&barrier);
	handle = lib.handle;
	assert_int_equal(dlclose(handle), 0);
	pthread_barrier_wait(&barrier);
	assert_int_equal(pthread_join(id, NULL), 0);
	assert_ptr_equal(dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD), handle);
	open_library();
	assert_ptr_equal(*(void **)&lib.load, code);
	use_library();
}

static void *writer(void *unused)
{
	rcu_register_thread();
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		use_library();
	rcu_unregister_thread();
	return NULL;
}

static void children_that_exec_or_exit_do_not_disturb(void **state)
{
	pthread_t id;

	open_library();
	assert_int_equal(pthread_create(&id, NULL, writer, NULL), 0);
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t child = fork();

		if (!child) {
			if (i % 2)
				execl("/bin/true", "true", (char *)NULL);
			_exit(i % 2);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		use_library();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(id, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closing_leaves_it_loaded),
		cmocka_unit_test(children_that_exec_or_exit_do_not_disturb),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	rcu_register_thread();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
