// SPDX-License-Identifier: GPL-2.0-only
#include "tree_case.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/port.h"

#define DRAWN	   65536 /* random ranges; their leaves at 1 M do not fit a second-level cache */
#define PASS	   256	 /* of them in one pass */
#define BUILD_PASS 2000	 /* ranges stored in a pass of a build, in as many trees as that takes */
#define WRITE_SET  1000	 /* ranges that the writer beside a reader goes round in */

/* The build says which: -DTREE_BENCHES=BENCH(kernel_bench_kernel) BENCH(maple_bench) */
#define BENCH(symbol) extern const struct tree_bench symbol;
TREE_BENCHES
#undef BENCH
#define BENCH(symbol) &symbol,
static const struct tree_bench *const engines[] = {TREE_BENCHES};
#define NR_ENGINES (sizeof(engines) / sizeof(engines[0]))
_Static_assert(NR_ENGINES <= TREE_ENGINES_MAX, "more engines than a cell of the table holds");

const char *const tree_op_names[NR_TREE_OPS] = {
	"lookup",    "lookup_dep", "lookup_batch", "iter_fwd", "iter_rev",
	"build_asc", "build_rand", "churn",	   "split",    "overwrite",
	"gap_fwd",   "gap_rev",	   "rcu_read",	   "replay",   "replay_prealloc",
};

const size_t tree_sizes[NR_TREE_SIZES] = {10, 100, 1000, 10000, 100000, 1000000};

/* ---- The content of the trees ---- */

struct data {
	size_t n;
	struct tree_range *rising, *mixed;
	struct tree_range *drawn;
	unsigned long *indexes; /* the first ones of @drawn */
};

static struct data data_of[NR_TREE_SIZES];

static unsigned long next_random(unsigned long *state)
{
	unsigned long z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Ranges of 1 to 64 pages, with 0 to @gap pages between them. */
static struct tree_range *make_rising(size_t n, unsigned long gap, unsigned long *random)
{
	struct tree_range *ranges = malloc(n * sizeof(*ranges));
	unsigned long page = 16;

	for (size_t i = 0; ranges && i < n; i++) {
		unsigned long pages = 1 + next_random(random) % 64;

		ranges[i] = (struct tree_range){page << 12, ((page + pages) << 12) - 1};
		page += pages + next_random(random) % (gap + 1);
	}
	return ranges;
}

static void shuffle(struct tree_range *ranges, size_t n, unsigned long *random)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = next_random(random) % (i + 1);
		struct tree_range swap = ranges[i];

		ranges[i] = ranges[j];
		ranges[j] = swap;
	}
}

static void free_data(struct data *d)
{
	free(d->rising);
	free(d->mixed);
	free(d->drawn);
	free(d->indexes);
	memset(d, 0, sizeof(*d));
}

static const struct data *data_for(const struct tree_case *c)
{
	struct data *d = &data_of[c->size];
	size_t n = tree_sizes[c->size];
	unsigned long random = 1;

	if (d->n)
		return d;
	d->rising = make_rising(n, 64, &random);
	d->mixed = malloc(n * sizeof(*d->mixed));
	d->drawn = malloc(DRAWN * sizeof(*d->drawn));
	d->indexes = malloc(DRAWN * sizeof(*d->indexes));
	if (!d->rising || !d->mixed || !d->drawn || !d->indexes) {
		free_data(d);
		return NULL;
	}
	memcpy(d->mixed, d->rising, n * sizeof(*d->mixed));
	shuffle(d->mixed, n, &random);
	for (size_t i = 0; i < DRAWN; i++) {
		d->drawn[i] = d->rising[next_random(&random) % n];
		d->indexes[i] = d->drawn[i].first;
	}
	d->n = n;
	return d;
}

/* ---- The cases ---- */

static struct tree_case cases[NR_TREE_OPS * 2 * NR_TREE_SIZES * NR_ENGINES];
static size_t nr_cases;

static void add_case(enum tree_op op, bool vma, unsigned int size, unsigned int engine)
{
	struct tree_case *c = &cases[nr_cases++];

	c->engine = engines[engine];
	c->engine_id = engine;
	c->op = op;
	c->vma = vma;
	c->size = size;
	snprintf(c->name, sizeof(c->name), "%s/%s/%s/%zu", tree_op_names[op], c->engine->name,
		 vma ? "vma" : "plain", tree_case_size(c));
}

static void add_cases(enum tree_op op, bool vma)
{
	unsigned int sizes = tree_op_recorded(op) ? recorded_sets > 0 : NR_TREE_SIZES;

	for (unsigned int size = 0; size < sizes; size++)
		for (unsigned int engine = 0; engine < NR_ENGINES; engine++)
			add_case(op, vma, size, engine);
}

struct tree_case *tree_cases(size_t *nr)
{
	if (!nr_cases) {
		for (int op = 0; op < NR_TREE_OPS; op++) {
			if (op < GAP_FWD || tree_op_recorded(op))
				add_cases(op, false);
			add_cases(op, true);
		}
	}
	*nr = nr_cases;
	return cases;
}

size_t tree_engines(void)
{
	return NR_ENGINES;
}

const char *tree_engine_name(size_t engine)
{
	return engines[engine]->name;
}

size_t tree_case_size(const struct tree_case *c)
{
	return tree_op_recorded(c->op) ? recorded_total() : tree_sizes[c->size];
}

static bool is_build(const struct tree_case *c)
{
	return c->op == BUILD_ASC || c->op == BUILD_RAND;
}

static bool is_iteration(const struct tree_case *c)
{
	return c->op == ITER_FWD || c->op == ITER_REV;
}

/* Does the operation leave dead nodes that wait for a grace period? */
static bool is_deferred(const struct tree_case *c)
{
	/* Kernels since 6.18 defer in every tree, older ones and ours only with RCU. */
	return is_build(c) || c->op == CHURN || c->op == SPLIT || c->op == OVERWRITE ||
	       c->op == RCU_READ || tree_op_recorded(c->op);
}

static size_t trees_per_pass(const struct tree_case *c)
{
	size_t n = tree_sizes[c->size];

	return n < BUILD_PASS ? BUILD_PASS / n : 1;
}

int64_t tree_case_ops(const struct tree_case *c)
{
	if (is_iteration(c) || tree_op_recorded(c->op))
		return (int64_t)tree_case_size(c);
	if (is_build(c))
		return (int64_t)(trees_per_pass(c) * tree_sizes[c->size]);
	return c->op == CHURN || c->op == SPLIT ? 2 * PASS : PASS;
}

static double now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- Builds ---- */

static double bytes_per_range(const struct tree_case *c, const struct tree_range *ranges)
{
	size_t n = tree_sizes[c->size], before = c->engine->node_bytes();
	void *tree = c->engine->create(c->vma);
	double bytes = 0;

	if (tree) {
		if (c->engine->build(tree, ranges, n))
			bytes = (double)(c->engine->node_bytes() - before) / (double)n;
		c->engine->destroy(tree);
	}
	return bytes;
}

static bool weigh(struct tree_case *c, const struct data *d)
{
	unsigned long random = 2;
	struct tree_range *packed;

	if (c->bytes_packed > 0)
		return true;
	packed = make_rising(d->n, 0, &random);
	if (!packed)
		return false;
	if (c->op == BUILD_RAND)
		shuffle(packed, d->n, &random);
	c->bytes_gaps = bytes_per_range(c, c->op == BUILD_ASC ? d->rising : d->mixed);
	c->bytes_packed = bytes_per_range(c, packed);
	free(packed);
	return c->bytes_gaps > 0 && c->bytes_packed > 0;
}

static bool build_pass(struct gbench_state *state, const struct tree_case *c, const struct data *d)
{
	const struct tree_range *ranges = c->op == BUILD_ASC ? d->rising : d->mixed;
	size_t nr = trees_per_pass(c), i;
	void *trees[BUILD_PASS];
	bool good = true;

	gbench_pause_timing(state);
	for (i = 0; i < nr; i++)
		trees[i] = c->engine->create(c->vma);
	gbench_resume_timing(state);
	for (i = 0; i < nr && good; i++)
		good = trees[i] && c->engine->build(trees[i], ranges, d->n);
	gbench_pause_timing(state);
	for (i = 0; i < nr; i++) {
		if (trees[i])
			c->engine->destroy(trees[i]);
	}
	gbench_resume_timing(state);
	return good;
}

/* ---- Recorded operations ---- */

static bool replay_pass(const struct tree_case *c)
{
	size_t from = 0;
	bool good = true;

	for (size_t set = 0; set < recorded_sets; from = recorded_end[set++]) {
		void *tree = c->engine->create(c->vma);

		if (!tree)
			return false;
		good &= c->engine->replay(tree, recorded_ops + from, recorded_end[set] - from,
					  c->op == REPLAY_PREALLOC);
		c->engine->destroy(tree);
	}
	return good;
}

/* ---- Operations on trees that stay ---- */

static void *kept[NR_ENGINES][2][NR_TREE_SIZES][2];

static void *tree_for(const struct tree_case *c, const struct data *d)
{
	bool rising = is_iteration(c);
	void **tree = &kept[c->engine_id][c->vma][c->size][rising];

	if (!*tree) {
		*tree = c->engine->create(c->vma);
		if (*tree && !c->engine->build(*tree, rising ? d->rising : d->mixed, d->n)) {
			c->engine->destroy(*tree);
			*tree = NULL;
		}
	}
	return *tree;
}

static bool loop_pass(const struct tree_case *c, const struct data *d, void *tree)
{
	/* Each engine, flag set and size uses all drawn ranges, one PASS after another. */
	static size_t at_of[NR_ENGINES][2][NR_TREE_SIZES];
	size_t *at = &at_of[c->engine_id][c->vma][c->size];
	const struct tree_bench *e = c->engine;
	const struct tree_range *ranges = d->drawn + *at;
	const unsigned long *indexes = d->indexes + *at;

	*at = (*at + PASS) % DRAWN;
	switch (c->op) {
	case LOOKUP:
	case RCU_READ:
		return e->lookup(tree, indexes, PASS) != 0;
	case LOOKUP_DEP:
		return e->lookup_dep(tree, indexes, PASS) != 0;
	case LOOKUP_BATCH:
		return e->lookup_batch(tree, indexes, PASS) != 0;
	case ITER_FWD:
		return e->iter_fwd(tree) == d->n;
	case ITER_REV:
		return e->iter_rev(tree) == d->n;
	case CHURN:
		return e->churn(tree, ranges, PASS);
	case SPLIT:
		return e->split(tree, ranges, PASS);
	case OVERWRITE:
		return e->overwrite(tree, ranges, PASS);
	case GAP_FWD:
		return e->gap_fwd(tree, indexes, PASS, ULONG_MAX - 4096) != 0;
	case GAP_REV:
		/* A small tree has no gap of that size below. */
		return e->gap_rev(tree, indexes, PASS) != 0 || d->n < 100;
	default:
		return false;
	}
}

/* The writer beside a reader. */
struct churner {
	const struct tree_case *c;
	const struct data *data;
	void *tree;
	int cpu; /* -1: any */
	pthread_t thread;
	bool running, stop, failed;
	double ns; /* CPU time of each write */
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* a wish */
}

static void *churn_on(void *arg)
{
	struct churner *w = arg;
	size_t n = w->data->n < WRITE_SET ? w->data->n : WRITE_SET, writes = 0;
	double start;

	rcu_register_thread();
	if (w->cpu >= 0)
		pin(w->cpu);
	start = now_ns(CLOCK_THREAD_CPUTIME_ID);
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		if (!w->c->engine->churn(w->tree, w->data->mixed, n))
			w->failed = true;
		writes += 2 * n;
		__atomic_store_n(&w->running, true, __ATOMIC_RELAXED);
	}
	w->ns = (now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / (double)writes;
	rcu_unregister_thread();
	return NULL;
}

/* Start the writer, on another CPU than the reader's if there are two. */
static bool churner_start(struct churner *w, const cpu_set_t *allowed)
{
	int mine = -1;

	w->cpu = -1;
	for (int cpu = 0; cpu < CPU_SETSIZE && w->cpu < 0; cpu++) {
		if (!CPU_ISSET(cpu, allowed))
			continue;
		if (mine < 0)
			mine = cpu;
		else
			w->cpu = cpu;
	}
	if (pthread_create(&w->thread, NULL, churn_on, w))
		return false;
	if (w->cpu >= 0)
		pin(mine);
	while (!__atomic_load_n(&w->running, __ATOMIC_RELAXED))
		sched_yield();
	return true;
}

static bool churner_stop(struct churner *w, const cpu_set_t *allowed)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	pthread_join(w->thread, NULL);
	sched_setaffinity(0, sizeof(*allowed), allowed);
	return !w->failed;
}

/* ---- One benchmark ---- */

static const char no_counter[] = "a counter cannot be set";

static const char *run_build(struct gbench_state *state, struct tree_case *c, const struct data *d,
			     int64_t passes)
{
	bool good = true;

	while (good && gbench_keep_running_batch(state, passes * tree_case_ops(c))) {
		for (int64_t i = 0; good && i < passes; i++)
			good = build_pass(state, c, d);
	}
	if (!good)
		return "no memory";
	if (gbench_counter(state, "bytes_per_entry", c->bytes_gaps, GBENCH_COUNTER_PLAIN) ||
	    gbench_counter(state, "bytes_per_entry_packed", c->bytes_packed, GBENCH_COUNTER_PLAIN))
		return no_counter;
	return NULL;
}

static const char *run_loop(struct gbench_state *state, const struct tree_case *c,
			    const struct data *d, void *tree, int64_t passes)
{
	struct churner writer = {.c = c, .data = d, .tree = tree};
	cpu_set_t allowed;
	bool good = true;

	if (c->op == RCU_READ) {
		if (sched_getaffinity(0, sizeof(allowed), &allowed))
			return "no CPU";
		if (!churner_start(&writer, &allowed))
			return "no thread";
	}
	while (gbench_keep_running_batch(state, passes * tree_case_ops(c))) {
		for (int64_t i = 0; i < passes; i++)
			good &= tree_op_recorded(c->op) ? replay_pass(c) : loop_pass(c, d, tree);
	}
	if (c->op == RCU_READ) {
		good &= churner_stop(&writer, &allowed);
		if (good && gbench_counter(state, "write_ns", writer.ns, GBENCH_COUNTER_PLAIN))
			return no_counter;
	}
	return good ? NULL : "wrong result";
}

void tree_case_run(struct gbench_state *state, struct tree_case *c, int64_t passes)
{
	const struct data *d = tree_op_recorded(c->op) ? NULL : data_for(c);
	double start, middle, end;
	const char *error;
	void *tree = NULL;

	if (!tree_op_recorded(c->op) &&
	    (!d || (is_build(c) ? !weigh(c, d) : !(tree = tree_for(c, d))))) {
		gbench_skip_with_error(state, "no memory");
		return;
	}
	start = now_ns(CLOCK_MONOTONIC);
	error = is_build(c) ? run_build(state, c, d, passes) : run_loop(state, c, d, tree, passes);
	middle = now_ns(CLOCK_MONOTONIC);
	if (is_deferred(c))
		port_rcu_barrier();
	end = now_ns(CLOCK_MONOTONIC);
	if (error) {
		gbench_skip_with_error(state, error);
		return;
	}
	c->pass_ns = (middle - start) * (double)tree_case_ops(c) / (double)gbench_iterations(state);
	c->rest_ns = end - middle;
	gbench_set_items_processed(state, gbench_iterations(state));
}
