// SPDX-License-Identifier: GPL-2.0-only
/*
 * maplebench: what the tree's operations cost, on our tree and on the kernel's, one next to the
 * other. A Google Benchmark program; one iteration is one operation, and its time is CPU time of
 * the thread that does it. With --table it runs a
 * choice of sizes in turns, and prints the ratios kernel/ours with their 95 % intervals.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gbench.h"
#include "seam.h"
#include "stats.h"
#include "tree_bench.h"

#define QUERIES 8192
#define REPS	11

extern const struct tree_bench maple_bench, kernel_bench;
static const struct tree_bench *const engines[] = {
#ifdef HAVE_KERNEL_TREE
	&kernel_bench,
#endif
	&maple_bench,
};
#define NR_ENGINES (sizeof(engines) / sizeof(engines[0]))

enum op {
	LOOKUP,
	LOOKUP_DEP,
	LOOKUP_BATCH,
	ITER_FWD,
	ITER_REV,
	BUILD_ASC,
	BUILD_RAND,
	CHURN,
	SPLIT,
	OVERWRITE,
	GAP_FWD,
	GAP_REV,
	RCU_READ,
	NR_OPS,
};

static const char *const op_names[NR_OPS] = {
	"lookup", "lookup_dep", "lookup_batch", "iter_fwd", "iter_rev", "build_asc", "build_rand",
	"churn",  "split",	"overwrite",	"gap_fwd",  "gap_rev",	"rcu_read",
};

static const size_t sizes[] = {10, 100, 1000, 10000, 100000, 1000000};
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* ---- What is in the trees ---- */

struct data {
	size_t n;
	struct tree_range *rising, *mixed, *some; /* some: QUERIES of them, drawn */
	unsigned long *indexes;			  /* their first indexes */
	unsigned long top;
};

static struct data data_of[NR_SIZES];

static unsigned long next_random(unsigned long *state)
{
	unsigned long z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Ranges of 1 to 64 pages with gaps of 0 to 64 pages. */
static int make_data(struct data *d, size_t n)
{
	unsigned long random = 1, page = 16;

	d->rising = malloc(n * sizeof(*d->rising));
	d->mixed = malloc(n * sizeof(*d->mixed));
	d->some = malloc(QUERIES * sizeof(*d->some));
	d->indexes = malloc(QUERIES * sizeof(*d->indexes));
	if (!d->rising || !d->mixed || !d->some || !d->indexes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		unsigned long pages = 1 + next_random(&random) % 64;

		d->rising[i] = (struct tree_range){page << 12, ((page + pages) << 12) - 1};
		page += pages + next_random(&random) % 65;
	}
	memcpy(d->mixed, d->rising, n * sizeof(*d->mixed));
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = next_random(&random) % (i + 1);
		struct tree_range swap = d->mixed[i];

		d->mixed[i] = d->mixed[j];
		d->mixed[j] = swap;
	}
	for (size_t i = 0; i < QUERIES; i++) {
		d->some[i] = d->rising[next_random(&random) % n];
		d->indexes[i] = d->some[i].first;
	}
	d->top = page << 12;
	d->n = n;
	return 0;
}

/* ---- One benchmark ---- */

struct bench {
	const struct tree_bench *engine;
	enum op op;
	bool vma;
	size_t size; /* index of sizes[] */
	char name[64];
	double ns[REPS]; /* of --table */
	size_t nr_ns;
};

/* Built once, and left as it was by every operation. */
static void *kept[NR_ENGINES][2][NR_SIZES][2];

static void *tree_for(const struct bench *b, bool rising)
{
	const struct data *d = &data_of[b->size];
	size_t e = 0;
	void **tree;

	while (engines[e] != b->engine)
		e++;
	tree = &kept[e][b->vma][b->size][rising];
	if (!*tree) {
		*tree = b->engine->create(b->vma);
		if (*tree && !b->engine->build(*tree, rising ? d->rising : d->mixed, d->n)) {
			b->engine->destroy(*tree);
			*tree = NULL;
		}
	}
	return *tree;
}

static void time_build(struct gbench_state *state, const struct bench *b)
{
	const struct data *d = &data_of[b->size];
	size_t rounds = d->n < 2000 ? 2000 / d->n : 1, bytes = 0, i;
	void *trees[200];

	while (gbench_keep_running_batch(state, (int64_t)(rounds * d->n))) {
		size_t before;
		bool good = true;

		gbench_pause_timing(state);
		before = b->engine->node_bytes();
		for (i = 0; i < rounds; i++)
			trees[i] = b->engine->create(b->vma);
		gbench_resume_timing(state);
		for (i = 0; i < rounds && good; i++)
			good = trees[i] &&
			       b->engine->build(trees[i], b->op == BUILD_ASC ? d->rising : d->mixed,
						d->n);
		gbench_pause_timing(state);
		bytes = b->engine->node_bytes() - before;
		for (i = 0; i < rounds; i++) {
			if (trees[i])
				b->engine->destroy(trees[i]);
		}
		gbench_resume_timing(state);
		if (!good) {
			gbench_skip_with_error(state, "no memory");
			return;
		}
	}
	gbench_counter(state, "bytes_per_entry", (double)bytes / (double)(rounds * d->n),
		       GBENCH_COUNTER_PLAIN);
}

static bool run_loop(const struct bench *b, void *tree)
{
	const struct data *d = &data_of[b->size];
	const struct tree_bench *e = b->engine;

	switch (b->op) {
	case LOOKUP:
	case RCU_READ:
		return e->lookup(tree, d->indexes, QUERIES) != 0;
	case LOOKUP_DEP:
		return e->lookup_dep(tree, d->indexes, QUERIES) != 0;
	case LOOKUP_BATCH:
		return e->lookup_batch(tree, d->indexes, QUERIES) != 0;
	case ITER_FWD:
		return e->iter_fwd(tree) == d->n;
	case ITER_REV:
		return e->iter_rev(tree) == d->n;
	case CHURN:
		return e->churn(tree, d->some, QUERIES);
	case SPLIT:
		return e->split(tree, d->some, QUERIES);
	case OVERWRITE:
		return e->overwrite(tree, d->some, QUERIES);
	case GAP_FWD:
		return e->gap_fwd(tree, d->indexes, QUERIES, ULONG_MAX - 4096) != 0;
	case GAP_REV:
		return e->gap_rev(tree, d->indexes, QUERIES) != 0 || d->n < 100;
	default:
		return false;
	}
}

struct churner {
	const struct bench *bench;
	void *tree;
	bool stop, failed;
};

static void *churn_on(void *arg)
{
	struct churner *c = arg;
	const struct data *d = &data_of[c->bench->size];
	size_t n = d->n < 1000 ? d->n : 1000;

	rcu_register_thread();
	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		if (!c->bench->engine->churn(c->tree, d->mixed, n))
			c->failed = true;
	}
	rcu_unregister_thread();
	return NULL;
}

static void time_loop(struct gbench_state *state, const struct bench *b)
{
	bool whole = b->op == ITER_FWD || b->op == ITER_REV;
	int64_t ops = whole				 ? (int64_t)data_of[b->size].n
		      : b->op == CHURN || b->op == SPLIT ? 2 * QUERIES
							 : QUERIES;
	struct churner churner = {b, tree_for(b, whole), false, false};
	pthread_t writer;
	bool good = true;

	if (!churner.tree) {
		gbench_skip_with_error(state, "no memory");
		return;
	}
	if (b->op == RCU_READ && pthread_create(&writer, NULL, churn_on, &churner)) {
		gbench_skip_with_error(state, "no thread");
		return;
	}
	while (gbench_keep_running_batch(state, ops))
		good &= run_loop(b, churner.tree);
	if (b->op == RCU_READ) {
		__atomic_store_n(&churner.stop, true, __ATOMIC_RELAXED);
		pthread_join(writer, NULL);
	}
	if (churner.failed || (!good && b->op != RCU_READ))
		gbench_skip_with_error(state, "wrong result");
}

static void run_bench(struct gbench_state *state, void *user)
{
	struct bench *b = user;

	if (!data_of[b->size].n && make_data(&data_of[b->size], sizes[b->size])) {
		gbench_skip_with_error(state, "no memory");
		return;
	}
	if (b->op == BUILD_ASC || b->op == BUILD_RAND)
		time_build(state, b);
	else
		time_loop(state, b);
	gbench_set_items_processed(state, gbench_iterations(state));
}

static struct bench benches[NR_OPS * 2 * NR_SIZES * NR_ENGINES];
static size_t nr_benches;

static void list_benches(void)
{
	for (int op = 0; op < NR_OPS; op++) {
		for (int vma = 0; vma < 2; vma++) {
			for (size_t s = 0; s < NR_SIZES; s++) {
				for (size_t e = 0; e < NR_ENGINES; e++) {
					struct bench *b = &benches[nr_benches];

					if (!vma && op >= GAP_FWD)
						continue; /* wants gaps, or RCU */
					nr_benches++;
					b->engine = engines[e];
					b->op = op;
					b->vma = vma;
					b->size = s;
					snprintf(b->name, sizeof(b->name), "%s/%s/%s/%zu",
						 op_names[op], engines[e]->name,
						 vma ? "vma" : "plain", sizes[s]);
				}
			}
		}
	}
}

/* ---- --table ---- */

static void note(const struct gbench_report *report, void *user)
{
	for (size_t i = 0; i < nr_benches; i++) {
		struct bench *b = &benches[i];
		size_t len = strlen(b->name);

		if (strncmp(report->name, b->name, len) ||
		    (report->name[len] && report->name[len] != '/'))
			continue;
		if (report->error) {
			fprintf(stderr, "maplebench: %s: %s\n", b->name, report->error);
			return;
		}
		if (b->nr_ns < REPS)
			b->ns[b->nr_ns++] = report->cpu_seconds / (double)report->iterations * 1e9;
	}
}

static bool in_table(const struct bench *b)
{
	return b->vma &&
	       (sizes[b->size] == 1000 || sizes[b->size] == 100000 || sizes[b->size] == 1000000);
}

static int print_table(void)
{
	printf("%-14s %8s %12s %12s %8s  %s\n", "operation", "ranges", "kernel ns", "maple ns",
	       "ratio", "95 % interval");
	for (size_t i = 0; i + 1 < nr_benches; i += NR_ENGINES) {
		const struct bench *k = &benches[i], *m = &benches[i + 1];
		struct interval ratio;
		double kernel, maple;

		if (!in_table(k) || !k->nr_ns || k->nr_ns != m->nr_ns)
			continue;
		if (stats_ratio(k->ns, m->ns, k->nr_ns, &ratio) ||
		    stats_median(k->ns, k->nr_ns, &kernel) || stats_median(m->ns, m->nr_ns, &maple))
			return 1;
		printf("%-14s %8zu %12.1f %12.1f %8.2f  %.2f .. %.2f\n", op_names[k->op],
		       sizes[k->size], kernel, maple, ratio.median, ratio.lo, ratio.hi);
	}
	return 0;
}

static int run_table(void)
{
	static const struct gbench_options brief = {.min_time = 0.02};
	struct gbench_summary summary;
	int err;

	if (NR_ENGINES < 2) {
		fprintf(stderr,
			"maplebench: built without the kernel's tree: nothing to compare\n");
		return 1;
	}
	for (int rep = 0; rep < REPS; rep++) {
		for (size_t i = 0; i < nr_benches; i++) {
			if (in_table(&benches[i]) &&
			    gbench_register(benches[i].name, run_bench, &benches[i], &brief))
				return 1;
		}
	}
	err = gbench_run_quiet(note, NULL, &summary);
	if (err) {
		fprintf(stderr, "maplebench: %s\n", strerror(-err));
		return 1;
	}
	return print_table() || summary.failed;
}

static int run_as_told(int *argc, char **argv)
{
	int err = gbench_init(argc, argv);

	if (err)
		return err == -EINVAL ? 2 : 1;
	for (size_t i = 0; i < nr_benches; i++) {
		if (gbench_register(benches[i].name, run_bench, &benches[i], NULL))
			return 1;
	}
	err = gbench_run(NULL);
	if (err)
		fprintf(stderr, "maplebench: %s\n", strerror(-err));
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool table = argc == 2 && !strcmp(argv[1], "--table");
	int status;

	rcu_register_thread();
	list_benches();
	status = table ? run_table() : run_as_told(&argc, argv);
	rcu_unregister_thread();
	return status;
}
