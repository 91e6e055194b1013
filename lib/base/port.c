// SPDX-License-Identifier: GPL-2.0-only
#include "port.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

char port_grace_period;
static bool rcu_ready;

void port_assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
	abort();
}

void port_not_registered(void)
{
	fprintf(stderr, "umaple: this thread reads a tree in RCU mode and has not called "
			"rcu_register_thread()\n");
	abort();
}

static void *thread_id(void *id)
{
	*(long *)id = syscall(SYS_gettid);
	return NULL;
}

/* Can a thread be started now? Returns when it is gone and counts against no limit any more. */
static int try_thread(void)
{
	pthread_t thread;
	long id = 0;
	int err = pthread_create(&thread, NULL, thread_id, &id);

	if (err)
		return err;
	pthread_join(thread, NULL);
	while (!syscall(SYS_tgkill, getpid(), id, 0))
		sched_yield();
	return 0;
}

int port_rcu_init(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool said;
	int err = 0;

	if (__atomic_load_n(&rcu_ready, __ATOMIC_ACQUIRE))
		return 0;
	pthread_mutex_lock(&lock);
	if (!rcu_ready) {
		err = try_thread();
		if (!err) {
			get_default_call_rcu_data(); /* starts liburcu's thread, or aborts */
			__atomic_store_n(&rcu_ready, true, __ATOMIC_RELEASE);
		} else if (!said) {
			fprintf(stderr, "umaple: cannot start the thread that frees memory: %s\n",
				strerror(err));
			said = true;
		}
	}
	pthread_mutex_unlock(&lock);
	return -err;
}

#ifdef PORT_TSAN
/*
 * The worker that runs the callbacks synchronizes with readers and with the caller of call_rcu() in
 * ways that ThreadSanitizer cannot see. The annotations before and after the callback say so.
 */
struct annotated {
	struct rcu_head head;
	struct rcu_head *inner;
	void (*func)(struct rcu_head *head);
};

static char callbacks_done;

static void run_annotated(struct rcu_head *head)
{
	struct annotated *a = (struct annotated *)head;

	__tsan_acquire(a);
	__tsan_acquire(&port_grace_period);
	a->func(a->inner);
	__tsan_release(&callbacks_done);
	free(a);
}

void port_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct annotated *a = malloc(sizeof(*a));

	PORT_BUG_ON(!a); /* sanitizer builds only; there is no way to report an error */
	PORT_BUG_ON(!port_read_once(rcu_ready) && port_rcu_init());
	a->inner = head;
	a->func = func;
	__tsan_release(a);
	call_rcu(&a->head, run_annotated);
}

/*
 * rcu_barrier() allocates memory that its worker frees, under a reference count in inline
 * assembly. To ignore the writes of this one call hides nothing of ours. The last line annotates
 * the ordering that it gives to its caller.
 */
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);

void port_rcu_barrier(void)
{
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
	rcu_barrier();
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	__tsan_acquire(&callbacks_done);
}
#else
void port_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	PORT_BUG_ON(!port_read_once(rcu_ready) && port_rcu_init());
	call_rcu(head, func);
}

void port_rcu_barrier(void)
{
	rcu_barrier();
}
#endif
