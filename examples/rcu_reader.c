// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader beside a writer. The writer replaces objects; the reader never waits for it. The tree
 * protects its own memory, and the program protects the objects: it frees one after a grace period.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <maple_tree.h>
#include <urcu.h>

#define OBJECTS 100
#define ROUNDS	200

struct object {
	unsigned long index, index_again;
	struct rcu_head rcu;
};

static struct maple_tree tree;
static int stop;

static void free_object(struct rcu_head *head)
{
	free((char *)head - offsetof(struct object, rcu));
}

static int replace(unsigned long index)
{
	struct object *object = malloc(sizeof(*object)), *old;
	MA_STATE(mas, &tree, index, index);

	if (!object)
		return -ENOMEM;
	object->index = object->index_again = index;
	mas_lock(&mas);
	old = mas_store(&mas, object);
	mas_unlock(&mas);
	if (mas_is_err(&mas)) {
		free(object);
		return -ENOMEM;
	}
	if (old)
		call_rcu(&old->rcu, free_object);
	return 0;
}

static void *reader(void *wrong)
{
	rcu_register_thread();
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		MA_STATE(mas, &tree, 0, 0);
		struct object *object;

		rcu_read_lock();
		mas_for_each (&mas, object, ULONG_MAX)
			if (object->index != mas.index || object->index_again != mas.index)
				++*(unsigned long *)wrong;
		rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

int main(void)
{
	unsigned long wrong = 0, i;
	struct object *object;
	pthread_t thread;
	int err;

	/* Otherwise the first write that replaces a node would start the library's thread. */
	err = mt_start_reclaim();
	if (err) {
		fprintf(stderr, "mt_start_reclaim: %s\n", strerror(-err));
		return 1;
	}
	rcu_register_thread();
	mt_init_flags(&tree, MT_FLAGS_USE_RCU);
	if (pthread_create(&thread, NULL, reader, &wrong))
		return 1;
	for (i = 0; !err && i < ROUNDS * OBJECTS; i++)
		err = replace(i % OBJECTS);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);

	i = 0;
	mt_for_each (&tree, object, i, ULONG_MAX)
		call_rcu(&object->rcu, free_object);
	mtree_destroy(&tree);
	rcu_barrier(); /* all objects are freed */
	rcu_unregister_thread();
	printf("%lu wrong objects\n", wrong);
	return err || wrong;
}
