// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a process at its limit of threads writes to a tree in RCU mode. Right: the write
 * that needs the library's thread fails with -EAGAIN, one line on stderr says why, the tree is
 * unchanged, and the same write succeeds when the limit is gone. Wrong: the process is aborted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "maple_tree.h"
#include "base/port.h"
#include "../skip_case.h"

#define NOBODY	65534
#define SKIPPED 77
#define check(cond)                                                   \
	do {                                                          \
		if (!(cond)) {                                        \
			dprintf(2, "line %d: %s\n", __LINE__, #cond); \
			_exit(1);                                     \
		}                                                     \
	} while (0)

/* Root has no such limit, so it has to become someone else. */
static void limit_threads(struct rlimit *before)
{
	struct rlimit limit;

	if (!getuid() && (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		_exit(SKIPPED);
	check(!getrlimit(RLIMIT_NPROC, before));
	limit = *before;
	limit.rlim_cur = 1;
	check(!setrlimit(RLIMIT_NPROC, &limit));
}

static unsigned long fill(struct maple_tree *mt)
{
	unsigned long n = 0;

	mt_init_flags(mt, MT_FLAGS_USE_RCU);
	check(!mtree_store(mt, 1, xa_mk_value(1), 0));
	check(!mtree_store(mt, 5, xa_mk_value(5), 0)); /* in place: nothing dies */
	for (unsigned long i = 0; i < 10; i++)
		n += !!mtree_load(mt, i);
	return n;
}

static void write_at_the_limit(void)
{
	struct rlimit before;
	struct maple_tree mt;
	MA_STATE(mas, &mt, 5, 5);

	rcu_register_thread();
	limit_threads(&before);
	check(mt_start_reclaim() == -EAGAIN);
	check(fill(&mt) == 2);
	check(mtree_store_range(&mt, 0, 3, xa_mk_value(7), 0) == -EAGAIN);
	check(mtree_store_range(&mt, 0, ULONG_MAX, NULL, 0) == -EAGAIN);
	check(mtree_load(&mt, 1) == xa_mk_value(1) && !mtree_load(&mt, 0));
	mtree_lock(&mt);
	check(mas_preallocate(&mas, xa_mk_value(9), 0) == -EAGAIN);
	check(!mas_erase(&mas) && mas_is_err(&mas) && mas.node == MA_ERROR(-EAGAIN));
	check(!mas_nomem(&mas, 0));
	mt_validate(&mt);
	mtree_unlock(&mt);
	check(mtree_load(&mt, 5) == xa_mk_value(5));

	check(!setrlimit(RLIMIT_NPROC, &before));
	check(!mt_start_reclaim());
	check(!mt_start_reclaim());
	check(!mtree_store_range(&mt, 0, 3, xa_mk_value(7), 0));
	check(mtree_load(&mt, 0) == xa_mk_value(7));
	mtree_destroy(&mt);
	port_rcu_barrier();
	check(!mt_nodes_in_use());
}

static void destroy_at_the_limit(void)
{
	struct rlimit before;
	struct maple_tree mt;

	rcu_register_thread();
	limit_threads(&before);
	fill(&mt);
	mtree_destroy(&mt);
	check(mtree_empty(&mt));
	check(!mt_nodes_in_use());
	check(!setrlimit(RLIMIT_NPROC, &before));
}

/* Run it in a child process; its stderr goes into @said. Returns the exit status. */
static int run(void (*function)(void), char *said, size_t size)
{
	size_t len = 0;
	int pipes[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (!child) {
		dup2(pipes[1], 2);
		close(pipes[1]);
		function();
		_exit(0);
	}
	close(pipes[1]);
	while (len < size - 1 && (n = read(pipes[0], said + len, size - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		fail_msg("killed by signal %d: %s", WTERMSIG(status), said);
	return WEXITSTATUS(status);
}

static void a_write_fails_and_later_succeeds(void **state)
{
	char said[1024];
	const int status = run(write_at_the_limit, said, sizeof(said));

	if (status == SKIPPED)
		skip_case("there is no limit on threads here");
	if (status)
		fail_msg("%s", said);
	assert_string_equal(said, "umaple: cannot start the thread that frees memory: Resource "
				  "temporarily unavailable\n");
}

static void a_tree_is_destroyed_without_the_thread(void **state)
{
	char said[1024];
	const int status = run(destroy_at_the_limit, said, sizeof(said));

	if (status == SKIPPED)
		skip_case("there is no limit on threads here");
	if (status)
		fail_msg("%s", said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_fails_and_later_succeeds),
		cmocka_unit_test(a_tree_is_destroyed_without_the_thread),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
