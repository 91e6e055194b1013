// SPDX-License-Identifier: GPL-2.0-only
/* The sorted array: slow, short, and obviously right. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct model {
	unsigned int flags;
	size_t n, room;
	struct range *range;
	unsigned long next;
	bool wrapped;
};

static void *create(unsigned int flags)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->flags = flags;
	return m;
}

static void destroy(void *tree)
{
	struct model *m = tree;

	free(m->range);
	free(m);
}

/* The first range that ends at or behind @index; m->n if there is none. */
static size_t find(const struct model *m, unsigned long index)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (m->range[mid].last < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void *load(const struct model *m, unsigned long index)
{
	size_t i = find(m, index);

	return i < m->n && m->range[i].first <= index ? m->range[i].entry : NULL;
}

static void store(struct model *m, unsigned long first, unsigned long last, void *entry)
{
	struct range with[3];
	size_t i = find(m, first), j = i, n = 0;

	if (i < m->n && m->range[i].first < first)
		with[n++] = (struct range){m->range[i].first, first - 1, m->range[i].entry};
	if (entry)
		with[n++] = (struct range){first, last, entry};
	while (j < m->n && m->range[j].last <= last)
		j++;
	if (j < m->n && m->range[j].first <= last) {
		with[n++] = (struct range){last + 1, m->range[j].last, m->range[j].entry};
		j++;
	}
	if (m->n + 3 > m->room) {
		m->room = m->room * 2 + 16;
		m->range = realloc(m->range, m->room * sizeof(*m->range));
		if (!m->range)
			abort();
	}
	memmove(m->range + i + n, m->range + j, (m->n - j) * sizeof(*m->range));
	memcpy(m->range + i, with, n * sizeof(*with));
	m->n = m->n - (j - i) + n;
}

static bool is_free(const struct model *m, unsigned long first, unsigned long last)
{
	size_t i = find(m, first);

	return i == m->n || m->range[i].first > last;
}

static int gap(const struct model *m, unsigned long min, unsigned long max, unsigned long size,
	       bool highest, unsigned long *where)
{
	unsigned long from = 0;
	bool found = false;
	size_t i;

	if (min > max || !size || max - min < size - 1)
		return -EINVAL;
	for (i = 0; i <= m->n; i++) {
		unsigned long to = i < m->n ? m->range[i].first - 1 : ULONG_MAX;

		if (i == m->n || m->range[i].first > from) {
			unsigned long lo = from > min ? from : min, hi = to < max ? to : max;

			if (lo <= hi && hi - lo >= size - 1) {
				*where = highest ? hi - (size - 1) : lo;
				found = true;
				if (!highest)
					return 0;
			}
		}
		if (i < m->n) {
			if (m->range[i].last == ULONG_MAX)
				break;
			from = m->range[i].last + 1;
		}
	}
	return found ? 0 : -EBUSY;
}

static bool reserved(void *entry)
{
	return (unsigned long)entry < 4096 && ((unsigned long)entry & 3) == 2;
}

static bool is_zero(void *entry)
{
	return entry == (void *)1030ul;
}

static void cyclic(struct model *m, const struct op *op, struct outcome *out)
{
	unsigned long from;

	if (op->c)
		m->next = op->c;
	from = op->a > m->next ? op->a : m->next;
	out->ret = gap(m, from, op->b, 1, false, &out->where);
	if (out->ret && from > op->a) {
		out->ret = gap(m, op->a, op->b, 1, false, &out->where);
		if (!out->ret)
			out->ret = 1;
	}
	if (out->ret < 0)
		return;
	store(m, out->where, out->where, op->entry);
	if (m->wrapped && !out->ret) {
		m->wrapped = false;
		out->ret = 1;
	}
	m->next = out->where + 1;
	m->wrapped |= !m->next;
}

static void allocate(struct model *m, const struct op *op, struct outcome *out, bool highest)
{
	if (!(m->flags & 1) || reserved(op->entry)) {
		out->ret = -EINVAL;
		return;
	}
	out->ret = gap(m, op->a, op->b, op->c, highest, &out->where);
	if (!out->ret)
		store(m, out->where, out->where + op->c - 1, op->entry);
}

static void find_from(const struct model *m, const struct op *op, struct outcome *out)
{
	size_t i;

	out->where = op->a;
	if (op->a > op->b || (op->kind == OP_FIND_AFTER && !op->a))
		return;
	for (i = find(m, op->a); i < m->n && m->range[i].first <= op->b; i++) {
		if (is_zero(m->range[i].entry))
			continue;
		out->entry = m->range[i].entry;
		out->where = m->range[i].last + 1;
		return;
	}
}

static void erase(struct model *m, unsigned long index, struct outcome *out)
{
	size_t i = find(m, index);

	out->entry = load(m, index);
	if (out->entry)
		store(m, m->range[i].first, m->range[i].last, NULL);
}

static void run(void *tree, const struct op *op, struct outcome *out)
{
	struct model *m = tree;
	unsigned long first = 0;
	void *entry = op->entry;

	memset(out, 0, sizeof(*out));
	switch (op->kind) {
	case OP_LOAD:
	case OP_BATCH:
		entry = load(m, op->a);
		out->entry = is_zero(entry) ? NULL : entry;
		break;
	case OP_STORE_RANGE:
	case OP_INSERT_RANGE:
		if (op->a > op->b || (reserved(entry) && (unsigned long)entry < 1030))
			out->ret = -EINVAL;
		else if (op->kind == OP_INSERT_RANGE && !is_free(m, op->a, op->b))
			out->ret = -EEXIST;
		else
			store(m, op->a, op->b, entry);
		break;
	case OP_MAS_STORE:
	case OP_MAS_STORE_GFP:
	case OP_MAS_PREALLOC:
		store(m, op->a, op->b, entry);
		break;
	case OP_ERASE:
	case OP_MAS_ERASE:
		erase(m, op->a, out);
		break;
	case OP_ALLOC_RANGE:
	case OP_ALLOC_RRANGE:
		allocate(m, op, out, op->kind == OP_ALLOC_RRANGE);
		break;
	case OP_ALLOC_CYCLIC:
		if (!(m->flags & 1) || reserved(entry)) {
			if (op->c)
				m->next = op->c;
			out->ret = -EINVAL;
			break;
		}
		cyclic(m, op, out);
		break;
	case OP_MAS_ALLOC_CYCLIC:
		cyclic(m, op, out);
		break;
	case OP_EMPTY_AREA:
	case OP_EMPTY_AREA_REV:
		out->ret = gap(m, op->a, op->b, op->c, op->kind == OP_EMPTY_AREA_REV, &out->index);
		break;
	case OP_FIND:
	case OP_FIND_AFTER:
		find_from(m, op, out);
		break;
	case OP_DESTROY:
		m->n = 0;
		break;
	case OP_EXPECTED:
		m->n = 0;
		for (unsigned long i = 0; i < op->a; i++) {
			store(m, first, first + op->b, (void *)((uintptr_t)op->entry + 4 * i));
			first += op->b + 1 + op->c;
		}
		break;
	default:
		break;
	}
}

static size_t content(void *tree, struct range *ranges, size_t room)
{
	struct model *m = tree;

	if (room && m->n)
		memcpy(ranges, m->range, (m->n < room ? m->n : room) * sizeof(*ranges));
	return m->n;
}

static size_t content_rev(void *tree, struct range *ranges, size_t room)
{
	struct model *m = tree;

	for (size_t i = 0; i < m->n && i < room; i++)
		ranges[i] = m->range[m->n - 1 - i];
	return m->n;
}

static void validate(void *tree)
{
}

const struct tree_ops model_ops = {"array", create, destroy, run, content, content_rev, validate};
