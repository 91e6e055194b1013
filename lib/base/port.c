// SPDX-License-Identifier: GPL-2.0-only
#include "port.h"

#include <stdio.h>
#include <stdlib.h>

char port_grace_period;

void port_assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
	abort();
}

#ifdef PORT_TSAN
/*
 * The worker that runs the callbacks synchronizes with readers and with the caller of
 * call_rcu() in ways ThreadSanitizer cannot see. Both edges are told on the way in and out.
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

	PORT_BUG_ON(!a); /* a sanitizer build only; a callback can not report an error */
	a->inner = head;
	a->func = func;
	__tsan_release(a);
	call_rcu(&a->head, run_annotated);
}

/*
 * What rcu_barrier() itself allocates, its worker frees, under a reference count that is inline
 * assembly. Not looking at this one call hides nothing of ours; the edge it gives to its caller
 * is told.
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
	call_rcu(head, func);
}

void port_rcu_barrier(void)
{
	rcu_barrier();
}
#endif
