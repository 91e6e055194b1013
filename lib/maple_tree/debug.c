// SPDX-License-Identifier: GPL-2.0-only
/* Check a tree against the invariants of DESIGN.md, and print it. */
#define CONFIG_DEBUG_MAPLE_TREE
#include "node_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The kernel's names; its tests read them as atomic_t. */
struct {
	int counter;
} maple_tree_tests_run, maple_tree_tests_passed;

void mt_test_count(const struct maple_tree *mt, const struct ma_state *mas, bool failed,
		   const char *func, int line)
{
	__atomic_fetch_add(&maple_tree_tests_run.counter, 1, __ATOMIC_RELAXED);
	if (!failed) {
		__atomic_fetch_add(&maple_tree_tests_passed.counter, 1, __ATOMIC_RELAXED);
		return;
	}
	fprintf(stderr, "check failed at %s:%d\n", func, line);
	if (mas)
		mas_dump(mas);
}

/* ---- Validation ---- */

struct check {
	const struct maple_tree *mt;
	unsigned int height;
	bool was_empty; /* the slot before was empty */
};

static void __attribute__((format(printf, 3, 4), noreturn, cold))
broken(const struct check *c, const struct mt_node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "maple tree %p, node %p: ", (const void *)c->mt, (const void *)node);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

static void check_leaf(struct check *c, const struct mt_node *leaf, unsigned long min,
		       unsigned long max, unsigned long *gap)
{
	unsigned long meta = leaf->meta, from = min;
	unsigned int end = meta_end(meta), ranks = 0;
	unsigned int words = end + 1 + leaf_rank(meta, LEAF_SLOTS);

	if (end >= LEAF_SLOTS || words > meta_lines(meta) * LINE_WORDS)
		broken(c, leaf, "%u words in %u lines (I5)", words, meta_lines(meta));
	if (meta_present(meta) & ~below(end + 1))
		broken(c, leaf, "entries %x behind the last slot %u (I5)", meta_present(meta), end);
	if (words < LEAF_WORDS_MIN && c->height > 1 && max != ULONG_MAX)
		broken(c, leaf, "only %u words (I6)", words);
	for (unsigned int i = 0; i <= end; i++) {
		unsigned long last = i < end ? leaf->key[i] : max;

		if (last < from || last > max || (i < end && last == max))
			broken(c, leaf, "slot %u ends at %lx before %lx (I1)", i, last, from);
		if (leaf_has(meta, i)) {
			if (!leaf_entry(leaf, meta, ranks++))
				broken(c, leaf, "slot %u holds NULL (I2)", i);
			c->was_empty = false;
		} else {
			if (c->was_empty)
				broken(c, leaf, "two gaps meet at %lx (I3)", from);
			if (i == end && max != ULONG_MAX)
				broken(c, leaf, "a gap at the end (I4)");
			c->was_empty = true;
			*gap = max_ul(*gap, last - from + 1);
		}
		from = last + 1;
	}
}

static unsigned long check_node(struct check *c, unsigned long ref, unsigned int depth,
				unsigned long min, unsigned long max)
{
	const struct mt_node *node = ref_node(ref);
	bool gaps = c->mt->ma_flags & MT_FLAGS_ALLOC_RANGE;
	unsigned int end = meta_end(node->meta);
	unsigned long most = 0, from = min;

	if (!ref_is_node(ref))
		broken(c, node, "reference %lx", ref);
	if (node->meta & META_DEAD)
		broken(c, node, "dead (I8)");
	if (ref_is_leaf(ref) != !!(node->meta & META_LEAF) ||
	    ref_is_leaf(ref) != (depth == c->height))
		broken(c, node, "leaf at depth %u of %u (I9)", depth, c->height);
	if (meta_lines(node->meta) < LINES_MIN || meta_lines(node->meta) > LINES_MAX)
		broken(c, node, "%u lines (I5)", meta_lines(node->meta));
	if (ref != ref_make(node, ref_is_leaf(ref)))
		broken(c, node, "reference %lx (I5)", ref);
	if (ref_is_leaf(ref)) {
		check_leaf(c, node, min, max, &most);
		return most;
	}
	if (end >= CHILDREN || (depth == 1 && !end))
		broken(c, node, "%u children (I6)", end + 1);
	if (depth > 1 && end + 1 < CHILDREN_MIN && max != ULONG_MAX)
		broken(c, node, "only %u children (I6)", end + 1);
	for (unsigned int i = 0; i <= end; i++) {
		unsigned long last = i < end ? node->pivot[i] : max, gap;

		if (last < from || last > max || (i < end && last == max))
			broken(c, node, "child %u ends at %lx before %lx (I1)", i, last, from);
		gap = check_node(c, node->child[i], depth + 1, from, last);
		if (gaps && gap != node->gap[i])
			broken(c, node, "child %u has gap %lx, not %lx (I10)", i, gap,
			       node->gap[i]);
		most = max_ul(most, gap);
		from = last + 1;
	}
	for (unsigned int i = end; i < CHILDREN - 1; i++) {
		if (node->pivot[i] != max)
			broken(c, node, "unused pivot %u is %lx (I5)", i, node->pivot[i]);
	}
	for (unsigned int i = end + 1; gaps && i < CHILDREN; i++) {
		if (node->gap[i])
			broken(c, node, "unused gap %u (I5)", i);
	}
	return most;
}

void mt_validate(struct maple_tree *mt)
{
	unsigned long root = mt_root(mt);
	struct check c = {.mt = mt, .height = mt_height(mt)};

	if (!ref_is_node(root)) {
		if (c.height)
			broken(&c, NULL, "height %u without a node (I9)", c.height);
		return;
	}
	check_node(&c, root, 1, 0, ULONG_MAX);
}

/* ---- Figures and pictures ---- */

static size_t tree_bytes(unsigned long ref)
{
	const struct mt_node *node = ref_node(ref);
	size_t bytes = meta_lines(node->meta) * LINE;

	for (unsigned int i = 0; !ref_is_leaf(ref) && i <= meta_end(node->meta); i++)
		bytes += tree_bytes(node->child[i]);
	return bytes;
}

size_t mt_node_bytes(const struct maple_tree *mt)
{
	return ref_is_node(mt_root(mt)) ? tree_bytes(mt_root(mt)) : 0;
}

static void dump_range(unsigned long min, unsigned long max, unsigned int depth,
		       enum mt_dump_format format)
{
	fprintf(stderr, format == mt_dump_hex ? "%*s%lx-%lx: " : "%*s%lu-%lu: ", (int)depth * 2, "",
		min, max);
}

static void dump_node(unsigned long ref, unsigned int depth, unsigned long min, unsigned long max,
		      bool gaps, enum mt_dump_format format)
{
	const struct mt_node *node = ref_node(ref);
	unsigned int end = meta_end(node->meta), ranks = 0;
	unsigned long from = min;

	dump_range(min, max, depth, format);
	fprintf(stderr, "%s %p, %u lines, %u slots%s\n", ref_is_leaf(ref) ? "leaf" : "node",
		(const void *)node, meta_lines(node->meta), end + 1,
		node->meta & META_DEAD ? ", DEAD" : "");
	for (unsigned int i = 0; i <= end; i++) {
		const unsigned long *pivot = ref_is_leaf(ref) ? node->key : node->pivot;
		unsigned long last = i < end ? pivot[i] : max;

		if (!ref_is_leaf(ref)) {
			if (gaps)
				fprintf(stderr, "%*sgap %lx\n", (int)depth * 2 + 2, "",
					node->gap[i]);
			dump_node(node->child[i], depth + 1, from, last, gaps, format);
		} else {
			dump_range(from, last, depth + 1, format);
			fprintf(stderr, "%p\n",
				leaf_has(node->meta, i) ? leaf_entry(node, node->meta, ranks++)
							: NULL);
		}
		from = last + 1;
	}
}

void mt_dump(const struct maple_tree *mt, enum mt_dump_format format)
{
	unsigned long root = mt_root(mt);

	fprintf(stderr, "maple tree %p, flags %x, height %u, root %lx\n", (const void *)mt,
		mt->ma_flags, mt_height(mt), root);
	if (ref_is_node(root))
		dump_node(root, 0, 0, ULONG_MAX, mt->ma_flags & MT_FLAGS_ALLOC_RANGE, format);
}

void mas_dump(const struct ma_state *mas)
{
	static const char *const names[] = {"active", "start",	  "root",      "none",
					    "pause",  "overflow", "underflow", "error"};

	fprintf(stderr, "cursor: tree %p, %lx-%lx, %s, node %p (%lx-%lx) slot %u of %u\n",
		(void *)mas->tree, mas->index, mas->last, names[mas->status], (void *)mas->node,
		mas->min, mas->max, mas->offset, mas->end);
}
