// SPDX-License-Identifier: GPL-2.0-only
/* Operations on a maple tree; compiled once per engine, DRIVER being the name of the table. */
#include "maple_tree.h"

#include <stdlib.h>

#include "ops.h"

#ifdef DRIVER_KERNEL
#include "kernel_tree.h"
#else
#include "base/port.h"
#define rcu_lock()   port_rcu_read_lock()
#define rcu_unlock() port_rcu_read_unlock()
#endif

#ifndef rcu_lock
#define rcu_lock()   rcu_read_lock()
#define rcu_unlock() rcu_read_unlock()
#endif

struct driven {
	/* Nodes may point at their tree, so it never moves; a copy uses the other element. */
	struct maple_tree place[2], *mt;
	struct ma_state mas;
	unsigned long next; /* of cyclic allocations */
};

static void restart(struct driven *d)
{
	mas_destroy(&d->mas);
	mas_init(&d->mas, d->mt, 0);
}

/*
 * The kernel's tree, 6.12.117 and 7.3, frees a wrong address, in RCU mode and without gaps, when it destroys a
 * node of 16 children: it takes the pointer to the last one for metadata and clears part of it.
 */
static bool can_defer(unsigned int flags)
{
#ifdef DRIVER_KERNEL
	return flags & MT_FLAGS_ALLOC_RANGE;
#else
	return true;
#endif
}

static void *create(unsigned int flags)
{
	struct driven *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->mt = &d->place[0];
	if (!can_defer(flags))
		flags &= ~MT_FLAGS_USE_RCU;
#ifdef DRIVER_KERNEL
	/* Entries that callers should not store are compared too; the checking build warns. */
	kernel_tree_keep_going(true);
#endif
	mt_init_flags(d->mt, flags);
	mas_init(&d->mas, d->mt, 0);
	return d;
}

static void destroy(void *tree)
{
	struct driven *d = tree;

	mas_destroy(&d->mas);
	mtree_destroy(d->mt);
	free(d);
}

static void run_simple(struct driven *d, const struct op *op, struct outcome *out)
{
	struct maple_tree *copy = &d->place[d->mt == &d->place[0]];
	unsigned long index = op->a;

	switch (op->kind) {
	case OP_LOAD:
		out->entry = mtree_load(d->mt, op->a);
		return;
	case OP_BATCH:
#ifdef DRIVER_KERNEL
		out->entry = mtree_load(d->mt, op->a);
#else
	{
		unsigned long indexes[40];
		void *entries[40];

		for (int i = 0; i < 40; i++)
			indexes[i] = i % 7 ? op->b + (unsigned long)i : op->a;
		mtree_load_batch(d->mt, indexes, 40, entries);
		for (int i = 0; i < 40; i++) {
			if (entries[i] != mtree_load(d->mt, indexes[i]))
				abort();
		}
		out->entry = entries[35];
	}
#endif
		return;
	case OP_STORE_RANGE:
		out->ret = mtree_store_range(d->mt, op->a, op->b, op->entry, GFP_KERNEL);
		break;
	case OP_INSERT_RANGE:
		out->ret = mtree_insert_range(d->mt, op->a, op->b, op->entry, GFP_KERNEL);
		break;
	case OP_ERASE:
		out->entry = mtree_erase(d->mt, op->a);
		break;
	case OP_ALLOC_RANGE:
		out->ret = mtree_alloc_range(d->mt, &out->where, op->entry, op->c, op->a, op->b,
					     GFP_KERNEL);
		break;
	case OP_ALLOC_RRANGE:
		out->ret = mtree_alloc_rrange(d->mt, &out->where, op->entry, op->c, op->a, op->b,
					      GFP_KERNEL);
		break;
	case OP_ALLOC_CYCLIC:
		if (op->c)
			d->next = op->c;
		out->ret = mtree_alloc_cyclic(d->mt, &out->where, op->entry, op->a, op->b, &d->next,
					      GFP_KERNEL);
		break;
	case OP_DUP:
		mt_init_flags(copy, d->mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK);
		out->ret = mtree_dup(d->mt, copy, GFP_KERNEL);
		/* Go on with the copy. */
		mtree_destroy(d->mt);
		d->mt = copy;
		break;
	case OP_DESTROY:
		mtree_destroy(d->mt);
		break;
	case OP_RCU:
		if (op->a && can_defer(d->mt->ma_flags))
			mt_set_in_rcu(d->mt);
		else
			mt_clear_in_rcu(d->mt);
		break;
	case OP_FIND:
		out->entry = mt_find(d->mt, &index, op->b);
		out->where = index;
		return;
	case OP_FIND_AFTER:
		out->entry = mt_find_after(d->mt, &index, op->b);
		out->where = index;
		return;
	case OP_MT_NEXT:
		out->entry = mt_next(d->mt, op->a, op->b);
		return;
	case OP_MT_PREV:
		out->entry = mt_prev(d->mt, op->a, op->b);
		return;
	default:
		abort();
	}
	restart(d); /* the cursor is not valid after a write without it */
}

static void run_cursor(struct driven *d, const struct op *op, struct outcome *out)
{
	struct ma_state *mas = &d->mas;
	bool placed = mas_is_active(mas);

	mtree_lock(d->mt);
	switch (op->kind) {
	case OP_SET:
		mas_set_range(mas, op->a, op->b);
		break;
	case OP_WALK:
		out->entry = mas_walk(mas);
		break;
	case OP_MAS_STORE:
		mas_set_range(mas, op->a, op->b);
		mas_store(mas, op->entry);
		out->ret = mas_is_err(mas);
		break;
	case OP_MAS_STORE_GFP:
		mas_set_range(mas, op->a, op->b);
		out->ret = mas_store_gfp(mas, op->entry, GFP_KERNEL);
		break;
	case OP_MAS_PREALLOC:
		mas_set_range(mas, op->a, op->b);
		out->ret = mas_preallocate(mas, op->entry, GFP_KERNEL);
		mas_store_prealloc(mas, op->entry);
		break;
	case OP_MAS_ERASE:
		mas_set(mas, op->a);
		out->entry = mas_erase(mas);
		break;
	case OP_MAS_FIND:
		out->entry = mas_find(mas, op->b);
		break;
	case OP_MAS_FIND_RANGE:
		out->entry = mas_find_range(mas, op->b);
		break;
	case OP_MAS_FIND_REV:
		out->entry = mas_find_rev(mas, op->a);
		break;
	case OP_MAS_FIND_RANGE_REV:
		out->entry = mas_find_range_rev(mas, op->a);
		break;
	case OP_MAS_NEXT:
		out->entry = mas_next(mas, op->b);
		break;
	case OP_MAS_NEXT_RANGE:
		out->entry = mas_next_range(mas, op->b);
		break;
	case OP_MAS_PREV:
		out->entry = mas_prev(mas, op->a);
		break;
	case OP_MAS_PREV_RANGE:
		out->entry = mas_prev_range(mas, op->a);
		break;
	case OP_PAUSE:
		mas_pause(mas);
		break;
	case OP_EMPTY_AREA:
	case OP_EMPTY_AREA_REV:
		mas_reset(mas);
		out->ret = op->kind == OP_EMPTY_AREA ? mas_empty_area(mas, op->a, op->b, op->c)
						     : mas_empty_area_rev(mas, op->a, op->b, op->c);
		if (out->ret)
			mas_set(mas, 0);
		else
			mas_set_range(mas, mas->index, mas->last);
		break;
	case OP_MAS_ALLOC_CYCLIC:
		if (op->c)
			d->next = op->c;
		mas_set(mas, 0);
		out->ret = mas_alloc_cyclic(mas, &out->where, op->entry, op->a, op->b, &d->next,
					    GFP_KERNEL);
		if (out->ret < 0)
			mas_set(mas, 0);
		break;
	default:
		abort();
	}
	out->has_cursor = true;
	out->index = mas->index;
	out->last = mas->last;
	out->status = mas->status;
	/* The kernel's 6.12 leaves @end behind after some writes: steps from there differ. */
	if (mas_is_active(mas) && ((op->kind >= OP_MAS_STORE && op->kind <= OP_MAS_ERASE) ||
				   op->kind == OP_MAS_ALLOC_CYCLIC))
		mas_reset(mas);
	/* It also loses the state of a cursor that met its limit before it was at any range. */
	if (!placed && (mas->status == ma_overflow || mas->status == ma_underflow))
		mas_reset(mas);
	mtree_unlock(d->mt);
}

/*
 * Fill an emptied tree in rising order from a reserve: @a ranges, @b wide, @c apart. Kernels of 7.x
 * have no such reserve.
 */
static void run_expected(struct driven *d, const struct op *op, struct outcome *out)
{
	struct ma_state *mas = &d->mas;
	unsigned long first = 0;

	mas_destroy(mas);
	mtree_destroy(d->mt);
	mt_clear_in_rcu(d->mt); /* no one reads the tree meanwhile */
	mas_init(mas, d->mt, 0);
	mtree_lock(d->mt);
#ifndef DRIVER_NO_EXPECTED
	out->ret = mas_expected_entries(mas, op->a);
#endif
	for (unsigned long i = 0; i < op->a; i++) {
		void *entry = (void *)((uintptr_t)op->entry + 4 * i);

		mas_set_range(mas, first, first + op->b);
#ifdef DRIVER_NO_EXPECTED
		mas_store_gfp(mas, entry, GFP_KERNEL);
#else
		mas_store(mas, entry);
#endif
		if (mas_is_err(mas))
			abort();
		first += op->b + 1 + op->c;
	}
	mas_destroy(mas);
	mtree_unlock(d->mt);
	restart(d);
}

static void run(void *tree, const struct op *op, struct outcome *out)
{
	struct driven *d = tree;

	out->entry = NULL;
	out->ret = 0;
	out->index = out->last = out->where = 0;
	out->status = 0;
	out->has_cursor = false;
	if (op->kind == OP_EXPECTED) {
		run_expected(d, op, out);
	} else if (op->kind >= OP_SET && op->kind <= OP_MAS_ALLOC_CYCLIC) {
		run_cursor(d, op, out);
	} else {
		run_simple(d, op, out);
	}
}

static size_t content(void *tree, struct range *ranges, size_t room)
{
	struct driven *d = tree;
	MA_STATE(mas, d->mt, 0, 0);
	size_t n = 0;
	void *entry;

	rcu_lock();
	mas_for_each (&mas, entry, ULONG_MAX) {
		if (n < room)
			ranges[n] = (struct range){mas.index, mas.last, entry};
		n++;
	}
	rcu_unlock();
	return n;
}

static size_t content_rev(void *tree, struct range *ranges, size_t room)
{
	struct driven *d = tree;
	MA_STATE(mas, d->mt, ULONG_MAX, ULONG_MAX);
	size_t n = 0;
	void *entry;

	rcu_lock();
	mas_for_each_rev (&mas, entry, 0) {
		if (n < room)
			ranges[n] = (struct range){mas.index, mas.last, entry};
		n++;
	}
	rcu_unlock();
	return n;
}

static void validate(void *tree)
{
	struct driven *d = tree;

#ifndef DRIVER_KERNEL
	mt_validate(d->mt);
#else
	(void)d;
#endif
}

extern const struct tree_ops DRIVER;
const struct tree_ops DRIVER = {DRIVER_NAME, create, destroy, run, content, content_rev, validate};
