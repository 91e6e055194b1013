// SPDX-License-Identifier: GPL-2.0-only
/*
 * For our tree: functions of the kernel's tools/testing/radix-tree/maple.c that do not look into
 * the kernel's nodes, as they stand there; user_tests.py takes them out. They call helpers of
 * lib/test_maple_tree.c, which are static, so that file is part of this one.
 */
#include KERNEL_TESTS_SOURCE

#include <pthread.h>
#include <unistd.h>

/*
 * Some checks ask whether a reader was quick enough to see a change. That depends on the scheduler
 * and says nothing about the tree.
 */
#undef MT_BUG_ON
#define MT_BUG_ON(mt, cond) tree_check((mt), (cond) && !strstr(#cond, "seen_"), __func__, #cond)

#define printk(...) fprintf(stderr, __VA_ARGS__)

/* One test asks whether the tree is one leaf, by a look at its root. */
static const struct maple_tree *tested;

static inline bool mte_is_leaf(const void *root)
{
	return mt_height(tested) == 1;
}

/* One test registers its thread, the others expect that this is done. */
static __thread unsigned int registrations;
#undef rcu_register_thread
#undef rcu_unregister_thread
static void register_once(void)
{
	if (!registrations++)
		urcu_memb_register_thread();
}
static void unregister_last(void)
{
	if (!--registrations)
		urcu_memb_unregister_thread();
}
#define rcu_register_thread()	register_once()
#define rcu_unregister_thread() unregister_last()

/*
 * Some tests store and never look. So each of these stores is looked at here. The entry may be a
 * pointer to the test's stack.
 */
static __thread void *stored;

static void check_stored(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MT_BUG_ON(mt, mtree_load(mt, first) != stored);
	MT_BUG_ON(mt, mtree_load(mt, last) != stored);
}

#define with_a_look(store, mas, entry)                                    \
	do {                                                              \
		unsigned long first_ = (mas)->index, last_ = (mas)->last; \
                                                                          \
		stored = (entry);                                         \
		store(mas, stored);                                       \
		check_stored((mas)->tree, first_, last_);                 \
	} while (0)
#define mas_store(mas, entry)	       with_a_look(mas_store, mas, entry)
#define mas_store_prealloc(mas, entry) with_a_look(mas_store_prealloc, mas, entry)

#include USER_TESTS

#undef mas_store
#undef mas_store_prealloc

#include "user_tests.h"

/* The tree has one range. */
static void check_only(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, 0, 0);

	rcu_read_lock();
	MT_BUG_ON(mt, !mas_find(&mas, ULONG_MAX));
	MT_BUG_ON(mt, mas.index != first);
	MT_BUG_ON(mt, mas.last != last);
	MT_BUG_ON(mt, mas_find(&mas, ULONG_MAX));
	rcu_read_unlock();
}

/* user_tests.py makes it a macro if the source has none, and then there are no readers either. */
#ifdef check_rcu_threaded
#define append_beside_readers NULL
#else
static unsigned int readers_left;

static void *append_reader(void *vals)
{
	rcu_loop(vals);
	uatomic_dec(&readers_left);
	return NULL;
}

/*
 * Ours, with readers of the kernel's. A range at the end of a tree is appended to its leaf in
 * place, which the kernel's tests hardly ever do beside readers.
 */
static void append_beside_readers(struct maple_tree *mt)
{
	struct rcu_test_struct vals = {
		.mt = mt,
		.count = 20000,
		.index = ULONG_MAX,
		.last = ULONG_MAX,
		.range_end = ULONG_MAX,
	};
	pthread_t readers[2];

	mt_set_in_rcu(mt);
	uatomic_set(&readers_left, ARRAY_SIZE(readers));
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (pthread_create(&readers[i], NULL, append_reader, &vals)) {
			perror("creating reader thread");
			exit(1);
		}
	}
	do {
		for (unsigned long i = 0; i < 12; i++)
			mtree_store_range(mt, i * 10, i * 10 + 5, xa_mk_value(i), GFP_KERNEL);
		mtree_store_range(mt, 0, ULONG_MAX, NULL, GFP_KERNEL);
	} while (uatomic_read(&readers_left));
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		pthread_join(readers[i], NULL);
}
#endif

/* maple.c gives check_vma_modification a tree with an external lock, and takes the tree's own. */
const struct user_test user_tests[] = {
	{"check_erase_testset", check_erase_testset, 0, 0, 0},
	{"check_rcu_simulated", check_rcu_simulated, MT_FLAGS_ALLOC_RANGE, 0, 0},
	{"check_rcu_threaded", check_rcu_threaded, MT_FLAGS_ALLOC_RANGE, 0, 0},
	{"append_beside_readers", append_beside_readers, MT_FLAGS_ALLOC_RANGE, 0, 0},
	{"check_locky", check_locky, MT_FLAGS_ALLOC_RANGE, 1, 3},
	{"check_vma_modification", (void (*)(struct maple_tree *))check_vma_modification,
	 MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU, 0x7ffde4ca1000, 0x7ffde4ca1fff},
	{NULL, NULL, 0, 0, 0},
};

void user_test_run(const struct user_test *test)
{
	struct maple_tree mt;

	tested = &mt;
	rcu_register_thread();
	mt_init_flags(&mt, test->flags);
	test->function(&mt);
	if (test->last)
		check_only(&mt, test->first, test->last);
	mtree_lock(&mt);
	mt_validate(&mt);
	mtree_unlock(&mt);
	mtree_destroy(&mt);
	rcu_unregister_thread();
}
