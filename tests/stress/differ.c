// SPDX-License-Identifier: GPL-2.0-only
#include "differ.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/port.h"

#define TREES_MAX 16
#define CONTENT	  4096

const char *const op_names[NR_OPS] = {
	"OP_LOAD",
	"OP_STORE_RANGE",
	"OP_INSERT_RANGE",
	"OP_ERASE",
	"OP_ALLOC_RANGE",
	"OP_ALLOC_RRANGE",
	"OP_ALLOC_CYCLIC",
	"OP_DUP",
	"OP_DESTROY",
	"OP_FIND",
	"OP_FIND_AFTER",
	"OP_MT_NEXT",
	"OP_MT_PREV",
	"OP_SET",
	"OP_WALK",
	"OP_MAS_STORE",
	"OP_MAS_STORE_GFP",
	"OP_MAS_PREALLOC",
	"OP_MAS_ERASE",
	"OP_MAS_FIND",
	"OP_MAS_FIND_RANGE",
	"OP_MAS_FIND_REV",
	"OP_MAS_FIND_RANGE_REV",
	"OP_MAS_NEXT",
	"OP_MAS_NEXT_RANGE",
	"OP_MAS_PREV",
	"OP_MAS_PREV_RANGE",
	"OP_PAUSE",
	"OP_EMPTY_AREA",
	"OP_EMPTY_AREA_REV",
	"OP_MAS_ALLOC_CYCLIC",
	"OP_EXPECTED",
	"OP_RCU",
	"OP_BATCH",
};

/* ---- Making ---- */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

enum spread { DENSE, CLUSTERED, PAGES, AT_ZERO, AT_MAX, WIDE, NR_SPREADS };

struct maker {
	uint64_t state;
	enum spread spread;
	unsigned long scale;
};

static unsigned long pick(struct maker *m, unsigned long n)
{
	return next_random(&m->state) % n;
}

static unsigned long pick_index(struct maker *m)
{
	switch (m->spread) {
	case DENSE:
		return pick(m, m->scale);
	case CLUSTERED:
		return (pick(m, 5) << 40) + pick(m, m->scale);
	case PAGES:
		return pick(m, m->scale * 8) << 12;
	case AT_ZERO:
		return pick(m, 3) ? pick(m, 40) : pick(m, m->scale * 4);
	case AT_MAX:
		return ULONG_MAX - (pick(m, 3) ? pick(m, m->scale) : pick(m, 8));
	default:
		return next_random(&m->state) >> pick(m, 64);
	}
}

static unsigned long pick_last(struct maker *m, unsigned long first)
{
	unsigned long unit = m->spread == PAGES ? 4096 : 1, n;

	switch (pick(m, 24)) {
	case 0: /* over many */
		n = pick(m, m->scale) * unit;
		break;
	case 1:
	case 2:
	case 3:
		n = pick(m, 60) * unit;
		break;
	case 4:
		n = m->spread == WIDE ? next_random(&m->state) >> pick(m, 64) : 0;
		break;
	case 5:
		if (!pick(m, 30))
			return ULONG_MAX;
		/* fallthrough */
	default:
		n = pick(m, 9) * unit;
	}
	if (unit > 1)
		n += unit - 1;
	return first + n < first ? ULONG_MAX : first + n;
}

static void *pick_entry(struct maker *m)
{
	unsigned long r = next_random(&m->state);

	if (!pick(m, 40))
		return (void *)1030ul;
	if (!pick(m, 20)) /* in the root pointer it would look like a node */
		return (void *)((r & 0xffffffff0) + 0x10002);
	return (void *)((r & 0xffffffff0) + 0x10000 + (pick(m, 3) ? 0 : 1));
}

static const unsigned char weights[NR_OPS] = {
	[OP_LOAD] = 20,
	[OP_STORE_RANGE] = 40,
	[OP_INSERT_RANGE] = 12,
	[OP_ERASE] = 20,
	[OP_ALLOC_RANGE] = 6,
	[OP_ALLOC_RRANGE] = 6,
	[OP_ALLOC_CYCLIC] = 4,
	[OP_DUP] = 1,
	[OP_FIND] = 6,
	[OP_FIND_AFTER] = 3,
	[OP_MT_NEXT] = 5,
	[OP_MT_PREV] = 5,
	[OP_SET] = 12,
	[OP_WALK] = 10,
	[OP_MAS_STORE] = 20,
	[OP_MAS_STORE_GFP] = 20,
	[OP_MAS_PREALLOC] = 15,
	[OP_MAS_ERASE] = 15,
	[OP_MAS_FIND] = 16,
	[OP_MAS_FIND_RANGE] = 12,
	[OP_MAS_FIND_REV] = 16,
	[OP_MAS_FIND_RANGE_REV] = 12,
	[OP_MAS_NEXT] = 16,
	[OP_MAS_NEXT_RANGE] = 12,
	[OP_MAS_PREV] = 16,
	[OP_MAS_PREV_RANGE] = 12,
	[OP_PAUSE] = 6,
	[OP_EMPTY_AREA] = 8,
	[OP_EMPTY_AREA_REV] = 8,
	[OP_MAS_ALLOC_CYCLIC] = 3,
	[OP_RCU] = 1,
	[OP_BATCH] = 3,
};

static enum op_kind pick_kind(struct maker *m)
{
	unsigned int sum = 0, at;
	int kind;

	for (kind = 0; kind < NR_OPS; kind++)
		sum += weights[kind];
	at = pick(m, sum);
	for (kind = 0; at >= weights[kind]; kind++)
		at -= weights[kind];
	if (!pick(m, 3000))
		return pick(m, 2) ? OP_DESTROY : OP_EXPECTED;
	return kind;
}

static void make_op(struct maker *m, struct op *op)
{
	op->kind = pick_kind(m);
	op->a = pick_index(m);
	op->b = pick_last(m, op->a);
	op->c = 0;
	op->entry = pick_entry(m);
	switch (op->kind) {
	case OP_STORE_RANGE:
	case OP_MAS_STORE:
	case OP_MAS_STORE_GFP:
	case OP_MAS_PREALLOC:
		if (!pick(m, 4))
			op->entry = NULL;
		break;
	case OP_ALLOC_RANGE:
	case OP_ALLOC_RRANGE:
	case OP_EMPTY_AREA:
	case OP_EMPTY_AREA_REV:
		op->c = pick(m, 20) ? 1 + pick(m, 12) : pick(m, m->scale);
		if (m->spread == PAGES)
			op->c <<= 12;
		/* fallthrough */
	case OP_FIND:
	case OP_FIND_AFTER:
	case OP_MT_NEXT:
	case OP_MAS_FIND:
	case OP_MAS_FIND_RANGE:
	case OP_MAS_NEXT:
	case OP_MAS_NEXT_RANGE:
		if (pick(m, 3))
			op->b = pick(m, 2) ? ULONG_MAX : pick_index(m);
		break;
	case OP_ALLOC_CYCLIC:
	case OP_MAS_ALLOC_CYCLIC:
		op->c = pick(m, 4) ? 0 : pick_index(m);
		op->b = pick(m, 3) ? ULONG_MAX : op->b;
		op->entry = (void *)((unsigned long)op->entry & ~2ul);
		break;
	case OP_MT_PREV:
		op->b = pick(m, 2) ? 0 : pick_index(m);
		break;
	case OP_MAS_PREV:
	case OP_MAS_PREV_RANGE:
	case OP_MAS_FIND_REV:
	case OP_MAS_FIND_RANGE_REV:
		op->a = pick(m, 2) ? 0 : op->a;
		break;
	case OP_EXPECTED:
		op->a = 1 + pick(m, 700);
		op->b = pick(m, 5);
		op->c = pick(m, 3);
		break;
	case OP_RCU:
		op->a = pick(m, 2);
		break;
	default:
		break;
	}
}

struct sequence *sequence_make(unsigned long seed, size_t n)
{
	static const unsigned int flag_sets[] = {0, 1, 2, 3};
	struct maker m = {.state = seed * 0x2545f4914f6cdd1du + 1};
	struct sequence *seq = malloc(sizeof(*seq));

	if (!seq)
		abort();
	m.spread = pick(&m, NR_SPREADS);
	m.scale = 20ul << pick(&m, 9);
	seq->flags = flag_sets[pick(&m, 4)];
	seq->n = n;
	seq->ops = calloc(n + 1, sizeof(*seq->ops));
	if (!seq->ops)
		abort();
	for (size_t i = 0; i < n; i++)
		make_op(&m, &seq->ops[i]);
	return seq;
}

void sequence_free(struct sequence *seq)
{
	free(seq->ops);
	free(seq);
}

/* ---- Running ---- */

static bool wants_gaps(enum op_kind kind)
{
	return kind == OP_EMPTY_AREA || kind == OP_EMPTY_AREA_REV || kind == OP_MAS_ALLOC_CYCLIC;
}

/*
 * Operations that the kernel's trees get wrong are given to no tree, in 6.12.117 and in 7.3: a tree
 * that does not track gaps finds none; a gap from 0 up has no size in a search from the top that
 * begins at ULONG_MAX; an insertion over all indexes replaces the content instead of failing
 * (test_cursor pins that ours fails).
 */
static bool skip(const struct sequence *seq, const struct op *op)
{
	return (wants_gaps(op->kind) && !(seq->flags & 1)) ||
	       (op->kind == OP_INSERT_RANGE && !op->a && op->b == ULONG_MAX) ||
	       ((op->kind == OP_EMPTY_AREA_REV || op->kind == OP_ALLOC_RRANGE) &&
		op->b == ULONG_MAX);
}

static bool tells_index(enum op_kind kind)
{
	return kind == OP_EMPTY_AREA || kind == OP_EMPTY_AREA_REV;
}

static bool same_outcome(const struct op *op, const struct outcome *a, const struct outcome *b,
			 bool b_is_model)
{
	if (b_is_model) {
		if (op->kind == OP_DUP || op->kind == OP_RCU || op->kind == OP_MT_NEXT ||
		    op->kind == OP_MT_PREV)
			return true;
		if (op->kind >= OP_SET && op->kind <= OP_MAS_ALLOC_CYCLIC &&
		    op->kind != OP_MAS_ERASE && op->kind != OP_MAS_ALLOC_CYCLIC)
			return a->ret == b->ret &&
			       (!tells_index(op->kind) || a->ret || a->index == b->index);
		return a->entry == b->entry && a->ret == b->ret &&
		       (a->ret < 0 || a->where == b->where);
	}
	return a->entry == b->entry && a->ret == b->ret && (a->ret < 0 || a->where == b->where) &&
	       a->has_cursor == b->has_cursor && a->index == b->index && a->last == b->last &&
	       a->status == b->status;
}

static bool same_content(const struct tree_ops *const *trees, void *const *tree, char *why,
			 size_t len, bool reverse)
{
	static struct range have[CONTENT], want[CONTENT];
	size_t n = reverse ? trees[0]->content_rev(tree[0], have, CONTENT)
			   : trees[0]->content(tree[0], have, CONTENT);

	for (int t = 1; trees[t]; t++) {
		size_t m = reverse ? trees[t]->content_rev(tree[t], want, CONTENT)
				   : trees[t]->content(tree[t], want, CONTENT);

		if (m != n) {
			snprintf(why, len, "%s has %zu entries, %s %zu", trees[0]->name, n,
				 trees[t]->name, m);
			return false;
		}
		for (size_t i = 0; i < n && i < CONTENT; i++) {
			if (!memcmp(&have[i], &want[i], sizeof(have[i])))
				continue;
			snprintf(why, len, "entry %zu is %#lx-%#lx %p in %s, %#lx-%#lx %p in %s", i,
				 have[i].first, have[i].last, have[i].entry, trees[0]->name,
				 want[i].first, want[i].last, want[i].entry, trees[t]->name);
			return false;
		}
	}
	return true;
}

static bool is_model(const struct tree_ops *tree)
{
	return !strcmp(tree->name, "array");
}

static bool step(const struct sequence *seq, size_t i, const struct tree_ops *const *trees,
		 void *const *tree, char *why, size_t len)
{
	const struct op *op = &seq->ops[i];
	struct outcome out[TREES_MAX];

	if (skip(seq, op))
		return true;
	if (op->kind == OP_ALLOC_RANGE || op->kind == OP_ALLOC_RRANGE) {
		struct op ask = *op;
		bool agreed = true;

		/* Do not let one tree take a place that another fails to see. */
		ask.kind = op->kind == OP_ALLOC_RANGE ? OP_EMPTY_AREA : OP_EMPTY_AREA_REV;
		for (int t = 0; trees[t] && (seq->flags & 1); t++) {
			trees[t]->run(tree[t], &ask, &out[t]);
			agreed &= out[t].ret == out[0].ret;
		}
		if (!agreed)
			return true;
	}
	for (int t = 0; trees[t]; t++)
		trees[t]->run(tree[t], op, &out[t]);
	trees[0]->validate(tree[0]);
	for (int t = 1; trees[t]; t++) {
		if (same_outcome(op, &out[0], &out[t], is_model(trees[t])))
			continue;
		if (tells_index(op->kind) && !out[0].ret && out[t].ret == -EBUSY)
			continue; /* the kernel's tree missed it; the array decides */
		snprintf(why, len,
			 "%s: entry %p ret %ld where %#lx cursor %#lx-%#lx status %d; "
			 "%s: entry %p ret %ld where %#lx cursor %#lx-%#lx status %d",
			 trees[0]->name, out[0].entry, out[0].ret, out[0].where, out[0].index,
			 out[0].last, out[0].status, trees[t]->name, out[t].entry, out[t].ret,
			 out[t].where, out[t].index, out[t].last, out[t].status);
		return false;
	}
	/* Comparing all of a large tree after each operation would take most of the time. */
	if (i % 16 && out[0].has_cursor && op->kind != OP_MAS_STORE && op->kind != OP_MAS_STORE_GFP)
		return true;
	return same_content(trees, tree, why, len, i & 1);
}

long sequence_run(const struct sequence *seq, const struct tree_ops *const *trees, char *why,
		  size_t len)
{
	void *tree[TREES_MAX];
	long bad = -1;

	for (int t = 0; trees[t]; t++)
		tree[t] = trees[t]->create(seq->flags);
	for (size_t i = 0; i < seq->n && bad < 0; i++) {
		if (!step(seq, i, trees, tree, why, len))
			bad = (long)i;
	}
	for (int t = 0; trees[t]; t++)
		trees[t]->destroy(tree[t]);
	return bad;
}

/* ---- Hunting ---- */

struct report {
	unsigned long seed;
	long bad;
	char why[512];
};

/* In a child: true if the sequence fails in any way. */
static bool fails(const struct sequence *seq, const struct tree_ops *const *trees,
		  struct report *report)
{
	int status;
	pid_t pid;

	report->bad = -2;
	snprintf(report->why, sizeof(report->why), "the program died");
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		rcu_register_thread();
		report->bad = sequence_run(seq, trees, report->why, sizeof(report->why));
		_exit(report->bad >= 0);
	}
	waitpid(pid, &status, 0);
	return status != 0;
}

static void shorten(struct sequence *seq, const struct tree_ops *const *trees,
		    struct report *report)
{
	size_t chunk, at;

	if (fails(seq, trees, report) && report->bad >= 0)
		seq->n = (size_t)report->bad + 1;
	for (chunk = seq->n / 2; chunk; chunk /= 2) {
		for (at = 0; at + chunk <= seq->n;) {
			struct sequence less = {seq->flags, seq->n - chunk, NULL};

			less.ops = calloc(less.n + 1, sizeof(*less.ops));
			if (!less.ops)
				return;
			memcpy(less.ops, seq->ops, at * sizeof(*less.ops));
			memcpy(less.ops + at, seq->ops + at + chunk,
			       (less.n - at) * sizeof(*less.ops));
			if (fails(&less, trees, report)) {
				free(seq->ops);
				*seq = less;
			} else {
				free(less.ops);
				at += chunk;
			}
		}
	}
	fails(seq, trees, report);
}

static void print_snippet(const struct sequence *seq, const struct report *report)
{
	printf("/* seed %lu: %s */\n", report->seed, report->why);
	printf("static struct op ops[] = {\n");
	for (size_t i = 0; i < seq->n; i++) {
		const struct op *op = &seq->ops[i];

		printf("\t{%s, %#lx, %#lx, %#lx, (void *)%#lx},\n", op_names[op->kind], op->a,
		       op->b, op->c, (unsigned long)op->entry);
	}
	printf("};\nstatic const struct sequence seq = {%u, %zu, ops};\n", seq->flags, seq->n);
}

int sequence_hunt(unsigned long first_seed, unsigned long seeds, size_t n,
		  const struct tree_ops *const *trees)
{
	struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sequence *seq;
	int status;
	pid_t pid;

	if (report == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	if (!pid) {
		rcu_register_thread();
		for (unsigned long seed = first_seed; seed < first_seed + seeds; seed++) {
			report->seed = seed;
			seq = sequence_make(seed, n);
			report->bad = sequence_run(seq, trees, report->why, sizeof(report->why));
			sequence_free(seq);
			if (report->bad >= 0)
				_exit(1);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status) {
		seq = sequence_make(report->seed, n);
		shorten(seq, trees, report);
		print_snippet(seq, report);
		sequence_free(seq);
	}
	munmap(report, sizeof(*report));
	return status != 0;
}
