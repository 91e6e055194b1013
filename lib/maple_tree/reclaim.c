// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where nodes come from and where they go.
 *
 * A dead node may still be read until all present readers have left. It can hold nothing but
 * what they may read, so its address goes into a grave: a list that is itself as large as a
 * node and is handed to call_rcu() when it is full or the tree is destroyed.
 */
#include "node_internal.h"

static struct slab *slabs[LINES_MAX + 1];
struct variant mt_calls;

#define GRAVE_PLOTS ((LINES_MAX * LINE - sizeof(struct rcu_head)) / WORD - 2)

struct grave {
	struct rcu_head head;
	struct grave *spare; /* an empty one for when this is full */
	unsigned long used;
	unsigned long
		plot[GRAVE_PLOTS]; /* a node's address + its lines, or a tree's reference + REF_PLOT */
};
_Static_assert(sizeof(struct grave) == LINES_MAX * LINE, "a grave takes the place of a node");

void __attribute__((constructor(101))) maple_tree_init(void)
{
	static const char *const names[] = {"maple node 4", "maple node 5", "maple node 6"};

	if (slabs[LINES_MAX])
		return;
	for (unsigned int lines = LINES_MIN; lines <= LINES_MAX; lines++) {
		slabs[lines] = slab_create(names[lines - LINES_MIN], lines * LINE, LINE);
		SEAM_BUG_ON(!slabs[lines]);
	}
	mt_calls = mt_generic;
#if defined(__x86_64__) && !defined(SEAM_TSAN) /* which cannot see what vector loads skip */
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		mt_calls = mt_avx2;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512bw"))
		mt_calls = mt_avx512;
#endif
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

/* ---- Fresh nodes ---- */

/* A node a cursor holds in reserve; chained through its second word. */
struct maple_alloc {
	unsigned long count; /* of the chain from here on */
	struct maple_alloc *next;
};

static void put_in_reserve(struct ma_state *mas, struct maple_alloc *node)
{
	node->count = mas->alloc ? mas->alloc->count + 1 : 1;
	node->next = mas->alloc;
	mas->alloc = node;
}

bool mt_reserve(struct ma_state *mas, size_t nodes)
{
	size_t have = mas->alloc ? mas->alloc->count : 0;

	while (have < nodes) {
		struct maple_alloc *node = slab_alloc(slabs[LINES_MAX]);

		if (!node) {
			mt_release_reserve(mas);
			return false;
		}
		have++;
		put_in_reserve(mas, node);
	}
	return true;
}

void mt_release_reserve(struct ma_state *mas)
{
	while (mas->alloc) {
		struct maple_alloc *node = mas->alloc;

		mas->alloc = node->next;
		slab_free(slabs[LINES_MAX], node);
	}
}

/*
 * Beside readers nearly every write takes a node, which the cache has long forgotten: take it
 * one write ahead, and let its lines arrive meanwhile.
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

/* A node of at least @lines lines; meta holds nothing but how many there are. NULL if none. */
void *mt_alloc(struct ma_state *mas, unsigned int lines)
{
	struct mt_node *node;

	if (port_unlikely(mas->alloc)) {
		node = (struct mt_node *)mas->alloc;
		mas->alloc = mas->alloc->next;
		lines = LINES_MAX;
	} else {
		node = mt_in_rcu(mas->tree) ? take_spare(mas->tree, lines)
					    : slab_alloc(slabs[lines]);
		if (!node)
			return NULL;
	}
	node->meta = meta_make(lines, 0, 0);
	return node;
}

/* Free a node no reader can know, or knows any more. */
void mt_free(struct mt_node *node)
{
	slab_free(slabs[meta_lines(node->meta)], node);
}

/* Free a tree no reader can know, or knows any more. */
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

static void kill_node(struct mt_node *node)
{
	__atomic_store_n(&node->meta, node->meta | META_DEAD, __ATOMIC_RELEASE);
}

static void kill_tree(unsigned long ref)
{
	struct mt_node *node = ref_node(ref);

	if (!ref_is_leaf(ref)) {
		for (unsigned int i = 0; i <= meta_end(node->meta); i++)
			kill_tree(node->child[i]);
	}
	kill_node(node);
}

static void empty_grave(struct rcu_head *head)
{
	struct grave *grave = (struct grave *)head;

	for (unsigned long i = 0; i < grave->used; i++) {
		unsigned long plot = grave->plot[i];

		if (plot & REF_PLOT)
			mt_free_tree(plot & ~REF_PLOT);
		else
			slab_free(slabs[plot & (LINE - 1)], (void *)(plot & ~(LINE - 1ul)));
	}
	slab_free(slabs[LINES_MAX], grave);
}

/* Let the current grave wait for its grace period; the spare becomes the current one. */
static void close_grave(struct maple_tree *mt)
{
	struct grave *grave = mt->ma_dead;

	mt->ma_dead = grave->spare;
	if (grave->used)
		port_call_rcu(&grave->head, empty_grave);
	else
		slab_free(slabs[LINES_MAX], grave);
}

/* Make sure that @nodes calls of mt_bury() will find room; false without memory. */
bool mt_bury_ready(struct maple_tree *mt, struct ma_state *mas, unsigned int nodes)
{
	struct grave *grave, **tail = (struct grave **)&mt->ma_dead;
	unsigned int room = 0;

	if (!mt_in_rcu(mt) || (*tail && (*tail)->used + nodes <= GRAVE_PLOTS))
		return true;
	for (; *tail; tail = &(*tail)->spare)
		room += GRAVE_PLOTS - (*tail)->used;
	while (port_unlikely(room < nodes)) {
		grave = mt_alloc(mas, LINES_MAX);
		if (!grave)
			return false;
		grave->used = 0;
		grave->spare = NULL;
		*tail = grave;
		tail = &grave->spare;
		room += GRAVE_PLOTS;
	}
	return true;
}

static void dig(struct maple_tree *mt, unsigned long plot)
{
	struct grave *grave = mt->ma_dead;

	grave->plot[grave->used++] = plot;
	if (grave->used == GRAVE_PLOTS)
		close_grave(mt);
}

/* Give a node back that is no longer part of the tree; mt_bury_ready() has been called. */
void mt_bury(struct maple_tree *mt, struct ma_state *mas, struct mt_node *node)
{
	unsigned int lines = meta_lines(node->meta);

	if (!mt_in_rcu(mt)) {
		/* A store that a reserve is for gives back what it took, for the next. */
		if (port_unlikely(mas->mas_flags & MAS_PREALLOC) && lines == LINES_MAX)
			put_in_reserve(mas, (struct maple_alloc *)node);
		else
			mt_free(node);
		return;
	}
	kill_node(node);
	if (PLANTED_BUG == BUG_NO_GRACE_PERIOD)
		mt_free(node);
	else
		dig(mt, (unsigned long)node + lines);
}

/* A write has buried what it had to: a small tree shall not keep many more nodes than it uses. */
void mt_bury_done(struct maple_tree *mt)
{
	struct grave *grave = mt->ma_dead;

	if (grave && port_unlikely(grave->used >= 4ul << mt_height(mt)))
		close_grave(mt);
}

/* As mt_bury() for all nodes from @ref down: takes the room of one. Does not wait for more. */
void mt_bury_tree(struct maple_tree *mt, unsigned long ref)
{
	if (!mt_in_rcu(mt)) {
		mt_free_tree(ref);
		return;
	}
	kill_tree(ref);
	dig(mt, ref | REF_PLOT);
	if (mt->ma_dead && ((struct grave *)mt->ma_dead)->used)
		close_grave(mt);
}

void __mt_destroy(struct maple_tree *mt)
{
	unsigned long root = mt_root(mt);
	MA_STATE(mas, mt, 0, 0);

	mt_publish_root(mt, 0);
	if (ref_is_node(root)) {
		if (mt_bury_ready(mt, &mas, 1)) {
			mt_bury_tree(mt, root);
		} else {
			kill_tree(root);
			synchronize_rcu();
			mt_free_tree(root);
		}
	}
	while (mt->ma_dead)
		close_grave(mt);
	mt_free_spares(mt);
	port_write_once(mt->ma_flags, mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK);
}

void mtree_destroy(struct maple_tree *tree)
{
	mtree_lock(tree);
	__mt_destroy(tree);
	mtree_unlock(tree);
}
