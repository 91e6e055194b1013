// SPDX-License-Identifier: GPL-2.0-only
/*
 * How nodes are allocated and freed.
 *
 * Readers may still read a dead node until they leave their read sections, so none of its words
 * can serve as a list link. Its address goes into a deferred-free batch instead. A batch is as
 * large as a node and is handed to call_rcu() as a whole (G5).
 */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct slab *slabs[LINES_MAX + 1];
struct variant mt_calls;

#define BATCH_MAX ((LINES_MAX * LINE - sizeof(struct rcu_head)) / WORD - 2)

struct free_batch {
	struct rcu_head head;
	struct free_batch *spare; /* the next, empty one */
	unsigned long used;
	/* a node's address | its lines, or a reference | REF_WHOLE_TREE */
	unsigned long item[BATCH_MAX];
};
_Static_assert(sizeof(struct free_batch) == LINES_MAX * LINE, "a batch is as large as a node");

/* ---- The instruction set ---- */

static const char *isa;

/* Use @calls, if the CPU can and UMAPLE_ISA (@want) does not name another. */
static void offer(const char *name, bool can, const struct variant *calls, const char *want)
{
	if (!can || (want && strcmp(want, name)))
		return;
	isa = name;
	mt_calls = *calls;
}

static void choose_isa(const char *want)
{
	offer("portable", true, &mt_generic, want);
#if defined(__x86_64__) && \
	!defined(PORT_TSAN) /* it cannot see that some loaded words are ignored */
	__builtin_cpu_init();
	offer("avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"), &mt_avx2,
	      want);
	offer("avx512",
	      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
		      __builtin_cpu_supports("avx512bw"),
	      &mt_avx512, want);
#endif
}

void mt_no_own_lock(void)
{
	fprintf(stderr, "umaple: a call that takes the tree's own lock, on a tree with an external "
			"lock: take that one and use a cursor (mas_*)\n");
	abort();
}

const char *mt_isa(void)
{
	return isa;
}

void __attribute__((constructor(101))) maple_tree_init(void)
{
	static const char *const names[] = {"maple node 4", "maple node 5", "maple node 6"};
	const char *want = getenv("UMAPLE_ISA");

	if (slabs[LINES_MAX])
		return;
	for (unsigned int lines = LINES_MIN; lines <= LINES_MAX; lines++) {
		slabs[lines] = slab_create(names[lines - LINES_MIN], lines * LINE, LINE);
		PORT_BUG_ON(!slabs[lines]);
	}
	choose_isa(want);
	if (!isa) {
		choose_isa(NULL);
		fprintf(stderr, "umaple: UMAPLE_ISA=%s is not one of this CPU's; using %s\n", want,
			isa);
	}
}

int mt_start_reclaim(void)
{
	return port_rcu_init();
}

void mt_cache_shrink(void)
{
	slab_thread_flush();
}

size_t mt_nodes_in_use(void)
{
	size_t n = 0;

	for (unsigned int lines = LINES_MIN; lines <= LINES_MAX; lines++)
		n += slab_in_use(slabs[lines]);
	return n;
}

size_t mt_bytes_in_use(void)
{
	size_t bytes = 0;

	for (unsigned int lines = LINES_MIN; lines <= LINES_MAX; lines++)
		bytes += slab_in_use(slabs[lines]) * lines * LINE;
	return bytes;
}

/* ---- New nodes ---- */

/*
 * A cursor's reserve is for the case that there is no memory. As long as there is, a store with a
 * reserve allocates like any other, and the chain goes back untouched to the thread.
 */
static struct slab_chain **reserve_of(struct ma_state *mas)
{
	return (struct slab_chain **)&mas->alloc;
}

bool mt_reserve(struct ma_state *mas, size_t nodes)
{
	return slab_chain_fill(slabs[LINES_MAX], reserve_of(mas), nodes);
}

void mt_release_reserve(struct ma_state *mas)
{
	slab_chain_free(slabs[LINES_MAX], reserve_of(mas));
}

/*
 * In RCU mode nearly every write takes a node, and that node is no longer in the CPU's cache. So
 * it is allocated one write ahead, and its lines arrive meanwhile.
 */
static struct mt_node *take_spare(struct maple_tree *mt, unsigned int lines)
{
	struct mt_node *node = mt->ma_spare[lines - LINES_MIN], *next;

	if (port_unlikely(!node)) {
		node = slab_alloc(slabs[lines]);
		if (!node)
			return NULL;
	}
	next = slab_alloc(slabs[lines]);
	mt->ma_spare[lines - LINES_MIN] = next;
	for (unsigned int i = 0; next && i < lines; i++)
		__builtin_prefetch((char *)next + i * LINE, 1);
	return node;
}

void mt_free_spares(struct maple_tree *mt)
{
	for (unsigned int lines = LINES_MIN; lines <= LINES_MAX; lines++) {
		slab_free(slabs[lines], mt->ma_spare[lines - LINES_MIN]);
		mt->ma_spare[lines - LINES_MIN] = NULL;
	}
}

/* A node of at least @lines lines, whose meta holds the number of lines. NULL without memory. */
void *mt_alloc(struct ma_state *mas, unsigned int lines)
{
	struct mt_node *node = mt_in_rcu(mas->tree) ? take_spare(mas->tree, lines)
						    : slab_alloc(slabs[lines]);

	if (port_unlikely(!node)) {
		node = slab_chain_pop(reserve_of(mas));
		lines = LINES_MAX;
		if (!node)
			return NULL;
	}
	node->meta = meta_make(lines, 0, 0);
	return node;
}

/* Free a node that no reader can reach. */
void mt_free(struct mt_node *node)
{
	slab_free(slabs[meta_lines(node->meta)], node);
}

/* Free all nodes from @ref down; no reader can reach them. */
void mt_free_tree(unsigned long ref)
{
	struct mt_node *node = ref_node(ref);

	if (!ref_is_leaf(ref)) {
		for (unsigned int i = 0; i <= meta_end(node->meta); i++)
			mt_free_tree(node->child[i]);
	}
	mt_free(node);
}

/* ---- Dead nodes ---- */

/* Keeps I8: a cursor that stands in this node looks from the root at its next step (G2). */
static void set_node_dead(struct mt_node *node)
{
	__atomic_store_n(&node->meta, node->meta | META_DEAD, __ATOMIC_RELEASE);
}

static void set_tree_dead(unsigned long ref)
{
	struct mt_node *node = ref_node(ref);

	if (!ref_is_leaf(ref)) {
		for (unsigned int i = 0; i <= meta_end(node->meta); i++)
			set_tree_dead(node->child[i]);
	}
	set_node_dead(node);
}

static void run_batch(struct rcu_head *head)
{
	struct free_batch *batch = (struct free_batch *)head;

	for (unsigned long i = 0; i < batch->used; i++) {
		unsigned long item = batch->item[i];

		if (item & REF_WHOLE_TREE)
			mt_free_tree(item & ~REF_WHOLE_TREE);
		else
			slab_free(slabs[item & (LINE - 1)], (void *)(item & ~(LINE - 1ul)));
	}
	slab_free(slabs[LINES_MAX], batch);
}

/* Hand the current batch to call_rcu() (G5). The spare becomes the current one. */
static void submit_batch(struct maple_tree *mt)
{
	struct free_batch *batch = mt->ma_dead;

	mt->ma_dead = batch->spare;
	if (batch->used)
		port_call_rcu(&batch->head, run_batch);
	else
		slab_free(slabs[LINES_MAX], batch);
}

/* An upper bound of the nodes that any one store into the tree takes. */
size_t mt_write_needs(const struct maple_tree *mt)
{
	size_t height = mt_height(mt), nodes = FRESH_MOST(height);

	if (mt_in_rcu(mt))
		nodes += (DEAD_MOST(height) + COVERED_MOST(height)) / BATCH_MAX + 1;
	return nodes;
}

/*
 * Make room for @nodes calls of mt_defer_free(), which cannot fail (G4). False without memory, or
 * without the thread that runs the batches: mt_alloc_error() knows.
 */
bool mt_defer_prepare(struct maple_tree *mt, struct ma_state *mas, unsigned int nodes)
{
	struct free_batch *batch, **tail = (struct free_batch **)&mt->ma_dead;
	unsigned int room = 0;

	if (!mt_in_rcu(mt) || (*tail && (*tail)->used + nodes <= BATCH_MAX))
		return true;
	for (; *tail; tail = &(*tail)->spare)
		room += BATCH_MAX - (*tail)->used;
	while (port_unlikely(room < nodes)) {
		batch = port_rcu_init() ? NULL : mt_alloc(mas, LINES_MAX);
		if (!batch)
			return false;
		batch->used = 0;
		batch->spare = NULL;
		*tail = batch;
		tail = &batch->spare;
		room += BATCH_MAX;
	}
	return true;
}

/* The error of a write that could not allocate; memory is not the only cause. */
int mt_alloc_error(const struct maple_tree *mt)
{
	int err = mt_in_rcu(mt) ? port_rcu_init() : 0;

	return err ? err : -ENOMEM;
}

static void batch_add(struct maple_tree *mt, unsigned long item)
{
	struct free_batch *batch = mt->ma_dead;

	batch->item[batch->used++] = item;
	if (batch->used == BATCH_MAX)
		submit_batch(mt);
}

/* Free a node that has left the tree, after a grace period in RCU mode (G5). */
void mt_defer_free(struct maple_tree *mt, struct mt_node *node)
{
	unsigned int lines = meta_lines(node->meta);

	if (!mt_in_rcu(mt)) {
		mt_free(node);
		return;
	}
	set_node_dead(node);
	if (PLANTED_BUG == BUG_NO_GRACE_PERIOD)
		mt_free(node);
	else
		batch_add(mt, (unsigned long)node + lines);
}

/*
 * At the end of a write. A small tree does not wait until its batch is full, and neither does a
 * write that freed @much.
 */
void mt_defer_done(struct maple_tree *mt, bool much)
{
	struct free_batch *batch = mt->ma_dead;

	if (batch && port_unlikely(batch->used >= (much ? 1 : 4ul << mt_height(mt))))
		submit_batch(mt);
}

/* As mt_defer_free() for all nodes from @ref down. Takes the room of one node. */
void mt_defer_free_tree(struct maple_tree *mt, unsigned long ref)
{
	if (ref_is_leaf(ref)) {
		mt_defer_free(mt, ref_node(ref));
	} else if (!mt_in_rcu(mt)) {
		mt_free_tree(ref);
	} else {
		set_tree_dead(ref);
		batch_add(mt, ref | REF_WHOLE_TREE);
	}
}

void __mt_destroy(struct maple_tree *mt)
{
	unsigned long root = mt_root(mt);
	MA_STATE(mas, mt, 0, 0);

	mt_publish_root(mt, 0);
	if (ref_is_node(root)) {
		if (mt_defer_prepare(mt, &mas, 1)) {
			mt_defer_free_tree(mt, root);
		} else {
			set_tree_dead(root);
			synchronize_rcu();
			mt_free_tree(root);
		}
	}
	while (mt->ma_dead)
		submit_batch(mt);
	mt_free_spares(mt);
	port_write_once(mt->ma_flags, mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK);
}

void mtree_destroy(struct maple_tree *tree)
{
	bool own = !mt_external_lock(tree);

	if (own)
		mtree_lock(tree);
	__mt_destroy(tree);
	if (own)
		mtree_unlock(tree);
}
