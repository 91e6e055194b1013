// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/json_build.h"
#include "layout/layout.h"
#include "common/output_file.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(9))

static const char *const mark_names[NR_FREE_MARKS] = {"50", "90", "99", "100"};

/* How a figure is written: nanoseconds are whole numbers, shares and ratios are not. */
enum number { WHOLE, REAL };

static json_t *number(double value, enum number kind)
{
	if (kind == REAL)
		return json_real(value);
	return json_integer(llround(value));
}

static json_t *interval(const struct interval *i, enum number kind)
{
	json_t *object = json_object();

	if (json_put(object, "median", number(i->median, kind)) &&
	    json_put(object, "lo", number(i->lo, kind)) &&
	    json_put(object, "hi", number(i->hi, kind)))
		return object;
	json_decref(object);
	return NULL;
}

/* {"exit": ..., "reaper": ...} of two figures that stand next to each other. */
static json_t *by_role(const struct interval *fig, enum number kind)
{
	json_t *object = json_object();
	bool good = true;
	int i;

	for (i = 0; i < NR_ROLES; i++)
		good = good && json_put(object, role_name((enum role)i), interval(&fig[i], kind));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *by_class_and_role(const struct interval *fig, enum number kind)
{
	json_t *object = json_object();
	bool good = true;
	int i;

	for (i = 0; i < NR_LOCK_CLASSES; i++)
		good = good && json_put(object, lock_class_name((enum lock_class)i),
					by_role(&fig[i * NR_ROLES], kind));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *free_marks(const struct interval *fig)
{
	json_t *object = json_object();
	bool good = true;
	int i;

	for (i = 0; i < NR_FREE_MARKS; i++)
		good = good && json_put(object, mark_names[i], interval(&fig[i], WHOLE));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *versus(const struct versus *v)
{
	json_t *object;

	if (!v->known)
		return json_null();
	object = json_object();
	if (json_put(object, "wall", interval(&v->wall, REAL)) &&
	    json_put(object, "running", interval(&v->running, REAL)))
		return object;
	json_decref(object);
	return NULL;
}

/* One figure of each repetition, in the order in which they ran. */
static json_t *samples(const struct cell *cell, unsigned int reps, unsigned int fig)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; array && i < reps; i++) {
		if (!cell->samples[i].done)
			continue;
		if (json_array_append_new(array,
					  number(figure_of(&cell->samples[i].result, fig), WHOLE)))
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static bool put_samples(json_t *result, const struct cell *cell, unsigned int reps)
{
	static const struct {
		const char *key;
		unsigned int figure;
	} kept[] = {
		{"wall_ns", FIG_WALL},
		{"running_ns", FIG_RUNNING},
		{"ptl_wait_ns", FIG_WAIT_BOTH_OF + LOCK_PTL},
		{"ptl_contended", FIG_PTL_CONTENDED},
		{"other_wait_ns", FIG_OTHER_WAIT},
		{"free_100_ns", FIG_FREE_OF + FREE_100},
	};
	json_t *object = json_object();
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		good = good && json_put(object, kept[i].key, samples(cell, reps, kept[i].figure));
	if (good)
		return json_put(result, "samples", object);
	json_decref(object);
	return false;
}

static json_t *one_result(const struct figures *f, const struct row *row)
{
	const struct campaign *c = f->campaign;
	const struct bearings *b = figures_bearings(f, row);
	const struct interval *fig = row->fig;
	json_t *o = json_object();

	if (json_put(o, "layout", json_text(c->layout->name)) &&
	    json_put(o, "engine", json_text(row->cell->engine)) &&
	    json_put(o, "order", json_text(row->cell->order)) &&
	    json_put(o, "reapers", json_integer(row->has_reaper)) &&
	    json_put(o, "reps", json_integer(row->reps)) &&
	    json_put(o, "disturbed", json_integer(row->disturbed)) &&
	    json_put(o, "disturbed_kept", json_integer(row->kept)) &&
	    json_put(o, "wall_ns", interval(&fig[FIG_WALL], WHOLE)) &&
	    json_put(o, "exit_ns", interval(&fig[FIG_CPU_OF + ROLE_EXIT], WHOLE)) &&
	    json_put(o, "reaper_ns", interval(&fig[FIG_CPU_OF + ROLE_REAPER], WHOLE)) &&
	    json_put(o, "running_ns", interval(&fig[FIG_RUNNING], WHOLE)) &&
	    json_put(o, "wait_ns", by_class_and_role(&fig[FIG_WAIT_OF], WHOLE)) &&
	    json_put(o, "contended", by_class_and_role(&fig[FIG_CONTENDED_OF], REAL)) &&
	    json_put(o, "mmap_lock_wait_ns", by_role(&fig[FIG_MMAP_WAIT_OF], WHOLE)) &&
	    json_put(o, "unmap_wait_share", by_role(&fig[FIG_UNMAP_SHARE_OF], REAL)) &&
	    json_put(o, "pages", by_role(&fig[FIG_PAGES_OF], REAL)) &&
	    json_put(o, "free_ns", free_marks(&fig[FIG_FREE_OF])) &&
	    json_put(o, "cpu_ns_per_page", interval(&fig[FIG_PER_PAGE], REAL)) &&
	    json_put(o, "r", b && b->r_known ? interval(&b->r, REAL) : json_null()) &&
	    json_put(o, "overhead", b && b->pairs ? interval(&b->overhead, REAL) : json_null()) &&
	    json_put(o, "trace_overhead",
		     b && b->trace_pairs ? interval(&b->trace_overhead, REAL) : json_null()) &&
	    json_put(o, "vs_forward", versus(&row->forward)) &&
	    json_put(o, "vs_solo", versus(&row->solo)) &&
	    put_samples(o, row->cell, c->options->reps))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *all_results(struct figures *const *figures, size_t nr)
{
	json_t *array = json_array();
	size_t i, j;

	for (i = 0; array && i < nr; i++) {
		for (j = 0; j < figures[i]->nr_rows; j++) {
			if (!figures[i]->rows[j].reps)
				continue;
			if (json_array_append_new(array,
						  one_result(figures[i], &figures[i]->rows[j])))
				goto fail;
		}
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *all_layouts(struct figures *const *figures, size_t nr)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < nr; i++) {
		const struct layout *l = figures[i]->campaign->layout;
		json_t *o = json_pack("{s:o, s:o, s:I, s:I, s:{s:I, s:I, s:I, s:I}}", "name",
				      json_text(l->name), "rule", json_text(l->rule ? l->rule : ""),
				      "vmas", (json_int_t)l->nr_vmas, "pte_tables",
				      (json_int_t)l->nr_pte_tables, "pages", "anon",
				      (json_int_t)l->pages[LAYOUT_ANON], "file",
				      (json_int_t)l->pages[LAYOUT_FILE], "swap",
				      (json_int_t)l->pages[LAYOUT_SWAP], "huge",
				      (json_int_t)l->pages[LAYOUT_HUGE]);

		if (json_array_append_new(array, o)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *host_object(const struct host *host)
{
	return json_pack("{s:o, s:I, s:s, s:s, s:s, s:s}", "cpu", json_text(host->cpu), "cores",
			 (json_int_t)host->cores, "kernel", host->kernel, "compiler",
			 host->compiler, "flags", host->flags, "date", host->date);
}

static json_t *options_object(const struct compare_options *o)
{
	return json_pack("{s:s, s:s, s:[i, i], s:i, s:i, s:o}", "lock",
			 lock_kind_info[o->lock].name, "tlb",
			 o->tlb_membarrier ? "membarrier" : "off", "pin", o->cpu[ROLE_EXIT],
			 o->cpu[ROLE_REAPER], "scale", (int)o->scale, "reps", (int)o->reps,
			 "command_line", json_text(o->command_line));
}

static json_t *trace_object(const struct compare_options *o, const char *file)
{
	if (!file)
		return json_null();
	return json_pack("{s:o, s:i}", "file", json_text(file), "reps", (int)o->trace_reps);
}

json_t *report_json_build(const struct host *host, const struct compare_options *options,
			  struct figures *const *figures, size_t nr, bool interrupted,
			  const char *trace)
{
	json_t *o = json_object();

	if (json_put(o, "schema", json_string("umaple.reap/1")) &&
	    json_put(o, "host", host_object(host)) &&
	    json_put(o, "options", options_object(options)) &&
	    json_put(o, "interrupted", json_boolean(interrupted)) &&
	    json_put(o, "trace", trace_object(options, trace)) &&
	    json_put(o, "layouts", all_layouts(figures, nr)) &&
	    json_put(o, "results", all_results(figures, nr)))
		return o;
	json_decref(o);
	return NULL;
}

static int dump(FILE *out, const void *document)
{
	errno = 0;
	if (json_dumpf(document, out, DUMP_FLAGS) || fputc('\n', out) == EOF || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}

int report_json_check(const char *path)
{
	return strcmp(path, "-") ? report_file_check(path) : 0;
}

int report_json_write(const char *path, const json_t *document)
{
	struct report_file file;
	int err;

	if (!strcmp(path, "-"))
		return dump(stdout, document);
	err = report_file_prepare(&file, path, dump, document);
	return err ? err : report_file_commit(&file);
}

int report_json_write_both(const char *path, const json_t *document, const char *trace_path,
			   const struct trace_file *trace, const char **failed)
{
	struct report_file file, second;
	int err;

	/* The trace first: a document that goes into a pipe cannot be taken back. */
	*failed = trace_path;
	err = report_file_prepare(&second, trace_path, trace_file_copy, trace);
	if (err)
		return err;
	*failed = path;
	err = report_file_prepare(&file, path, dump, document);
	if (err) {
		report_file_discard(&second);
		return err;
	}
	*failed = trace_path;
	err = report_file_commit(&second);
	if (err) {
		report_file_discard(&file);
		return err;
	}
	*failed = path;
	return report_file_commit(&file);
}
