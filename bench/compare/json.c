// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/host_json.h"
#include "common/json_build.h"
#include "race/values.h"
#include "layout/layout.h"
#include "common/output_file.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(9))

/* A count is a whole number in one race; the median of an even number of counts may not be. */
static bool is_whole(enum metric metric, unsigned int where)
{
	const enum metric_unit unit = metric_info[metric].unit;

	return unit == UNIT_NS ||
	       (where == IN_SAMPLES && (unit == UNIT_TIMES || unit == UNIT_PAGES));
}

static json_t *number(double value, bool whole)
{
	return whole ? json_integer(llround(value)) : json_real(value);
}

static json_t *interval(const struct interval *i, bool whole)
{
	json_t *object = json_object();

	if (json_put(object, "median", number(i->median, whole)) &&
	    json_put(object, "lo", number(i->lo, whole)) &&
	    json_put(object, "hi", number(i->hi, whole)))
		return object;
	json_decref(object);
	return NULL;
}

/* The JSON of one value of a metric: its interval in a row, or its repetitions. */
typedef json_t *(*value_fn)(const struct row *row, unsigned int value, bool whole);

static json_t *value_interval(const struct row *row, unsigned int value, bool whole)
{
	return interval(&row->value[value], whole);
}

/* In the order in which they ran, process by process. */
static json_t *value_samples(const struct row *row, unsigned int value, bool whole)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; array && i < row->config->reps; i++) {
		double values[NR_VALUES];

		if (!row->config->samples[i].done)
			continue;
		race_values(&row->config->samples[i].result, values);
		if (json_array_append_new(array, number(values[value], whole))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* {"exit": ..., "reaper": ...} of two values that stand next to each other. */
static json_t *by_role(const struct row *row, unsigned int first, bool whole, value_fn make)
{
	json_t *object = json_object();
	bool good = true;
	int i;

	for (i = 0; i < NR_ROLES; i++)
		good = good && json_put(object, role_name((enum role)i),
					make(row, first + (unsigned int)i, whole));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *by_class(const struct row *row, const struct metric_info *m, bool whole,
			value_fn make)
{
	const unsigned int each = m->nr / NR_LOCK_CLASSES;
	json_t *object = json_object();
	bool good = true;
	unsigned int i;

	for (i = 0; i < NR_LOCK_CLASSES; i++)
		good = good && json_put(object, lock_class_name((enum lock_class)i),
					each == 1 ? make(row, m->first + i, whole)
						  : by_role(row, m->first + i * each, whole, make));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *by_mark(const struct row *row, const struct metric_info *m, bool whole,
		       value_fn make)
{
	json_t *object = json_object();
	bool good = true;
	unsigned int i;

	for (i = 0; i < NR_FREE_MARKS; i++)
		good = good && json_put(object, free_mark_name(i), make(row, m->first + i, whole));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static bool put_metric(json_t *object, const struct row *row, enum metric metric, bool whole,
		       value_fn make)
{
	const struct metric_info *m = &metric_info[metric];
	char key[64];
	int role;

	switch (m->scope) {
	case SCOPE_RUN:
		return json_put(object, m->key, make(row, m->first, whole));
	case SCOPE_MARK:
		return json_put(object, m->key, by_mark(row, m, whole, make));
	case SCOPE_CLASS:
	case SCOPE_CLASS_ROLE:
		return json_put(object, m->key, by_class(row, m, whole, make));
	case SCOPE_ROLE:
		break;
	}
	if (!strchr(m->key, '*'))
		return json_put(object, m->key, by_role(row, m->first, whole, make));
	for (role = 0; role < NR_ROLES; role++)
		if (!json_put(object, metric_key(key, sizeof(key), metric, (enum role)role),
			      make(row, m->first + (unsigned int)role, whole)))
			return false;
	return true;
}

static bool put_metrics(json_t *object, const struct row *row, unsigned int where, value_fn make)
{
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++)
		if ((metric_info[metric].where & where) &&
		    !put_metric(object, row, (enum metric)metric,
				is_whole((enum metric)metric, where), make))
			return false;
	return true;
}

static json_t *versus(const struct versus *v)
{
	json_t *object;

	if (!v->known)
		return json_null();
	object = json_object();
	if (json_put(object, "wall", interval(&v->wall, false)) &&
	    json_put(object, "running", interval(&v->running, false)))
		return object;
	json_decref(object);
	return NULL;
}

static bool put_samples(json_t *result, const struct row *row)
{
	json_t *object = json_object();

	if (put_metrics(object, row, IN_SAMPLES, value_samples))
		return json_put(result, "samples", object);
	json_decref(object);
	return false;
}

/* How many repetitions each process ran, in the order of the samples. */
static json_t *process_reps(const struct row *row, const struct compare_options *o)
{
	json_t *array = json_array();
	unsigned int process, rep, n;

	for (process = 0; array && process < o->processes; process++) {
		for (rep = n = 0; rep < o->reps; rep++)
			n += row->config->samples[process * o->reps + rep].done;
		if (n && json_array_append_new(array, json_integer(n))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* Counts of the traced races of a row; its figures do not include these races. */
static json_t *traced(const struct row *row)
{
	if (!row->traced)
		return json_null();
	return json_pack("{s:i, s:i, s:i, s:I}", "reps", (int)row->traced, "disturbed",
			 (int)row->traced_disturbed, "disturbed_kept", (int)row->traced_kept,
			 "ptl_wait_ns", (json_int_t)llround(row->traced_ptl_wait));
}

/* Who took part: what the order says, one object for each task. */
static json_t *actors(const char *order, const int cpu[NR_ROLES])
{
	struct race_actor_info infos[RACE_ACTORS_MAX];
	const unsigned int nr = race_actors(order, cpu, infos);
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < nr; i++) {
		const struct race_actor_info *a = &infos[i];
		json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i}", "role", role_name(a->role),
				      "task", race_task_name(a->role), "operation",
				      race_operation_name(a->role), "order", a->order, "delay_us",
				      (int)a->delay_us, "cpu", a->cpu);

		if (json_array_append_new(array, o)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *one_result(const struct figures *f, const struct row *row)
{
	const struct experiment *c = f->experiment;
	const struct calibration *b = figures_calibration(f, row);
	json_t *o = json_object();

	if (json_put(o, "layout", json_text(c->layout->name)) &&
	    json_put(o, "engine", json_text(row->config->engine)) &&
	    json_put(o, "order", json_text(row->config->order)) &&
	    json_put(o, "reapers", json_integer(row->reapers)) &&
	    json_put(o, "actors", actors(row->config->order, c->options->cpu)) &&
	    json_put(o, "reps", json_integer(row->reps)) &&
	    json_put(o, "process_reps", process_reps(row, c->options)) &&
	    json_put(o, "disturbed", json_integer(row->disturbed)) &&
	    json_put(o, "disturbed_kept", json_integer(row->kept)) &&
	    json_put(o, "slowed", json_integer(row->slowed)) &&
	    json_put(o, "slowed_kept", json_integer(row->slow_kept)) &&
	    put_metrics(o, row, IN_ROWS, value_interval) &&
	    json_put(o, "r", b && b->r_known ? interval(&b->r, false) : json_null()) &&
	    json_put(o, "overhead", b && b->pairs ? interval(&b->overhead, false) : json_null()) &&
	    json_put(o, "trace_overhead",
		     b && b->trace_pairs ? interval(&b->trace_overhead, false) : json_null()) &&
	    json_put(o, "traced", traced(row)) &&
	    json_put(o, "vs_forward", versus(&row->forward)) &&
	    json_put(o, "vs_solo", versus(&row->solo)) &&
	    json_put(o, "vs_first_engine", versus(&row->first_engine)) && put_samples(o, row))
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

/* Processes get different frames. Return: the mean over the races. */
static double frame_run(const struct figures *f)
{
	double sum = 0, nr = 0;

	for (size_t i = 0; i < f->nr_rows; i++) {
		for (unsigned int rep = 0; rep < f->rows[i].config->reps; rep++) {
			const struct sample *sample = &f->rows[i].config->samples[rep];

			sum += sample->done ? sample->result.frame_run : 0;
			nr += sample->done;
		}
	}
	return nr ? sum / nr : 0;
}

static json_t *all_layouts(struct figures *const *figures, size_t nr)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < nr; i++) {
		const struct layout *l = figures[i]->experiment->layout;
		json_t *o = json_pack("{s:o, s:o, s:o, s:f, s:I, s:I, s:{s:I, s:I, s:I, s:I}}",
				      "name", json_text(l->name), "rule", json_text(l->rule),
				      "notes", json_text(layout_notes(l)), "frame_run",
				      frame_run(figures[i]), "vmas", (json_int_t)l->nr_vmas,
				      "pte_tables", (json_int_t)l->nr_pte_tables, "pages", "anon",
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

/* The calibration of each engine on a layout, from solo races. */
static json_t *one_calibration(const char *layout, const struct calibration *b)
{
	json_t *o = json_object();

	if (json_put(o, "layout", json_text(layout)) &&
	    json_put(o, "engine", json_text(b->engine)) &&
	    json_put(o, "r", b->r_known ? interval(&b->r, false) : json_null()) &&
	    json_put(o, "r_reps", json_integer(b->hold_reps)) &&
	    json_put(o, "overhead", b->pairs ? interval(&b->overhead, false) : json_null()) &&
	    json_put(o, "overhead_pairs", json_integer(b->pairs)) &&
	    json_put(o, "trace_overhead",
		     b->trace_pairs ? interval(&b->trace_overhead, false) : json_null()) &&
	    json_put(o, "trace_overhead_pairs", json_integer(b->trace_pairs)) &&
	    json_put(o, "pages_built_per_s", interval(&b->build_rate, false)) &&
	    json_put(o, "disturbed", json_integer(b->disturbed)) &&
	    json_put(o, "disturbed_kept", json_integer(b->kept)))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *all_calibrations(struct figures *const *figures, size_t nr)
{
	json_t *array = json_array();
	size_t i, j;

	for (i = 0; array && i < nr; i++) {
		for (j = 0; j < figures[i]->nr_calibrations; j++) {
			if (json_array_append_new(
				    array, one_calibration(figures[i]->experiment->layout->name,
							   &figures[i]->calibrations[j]))) {
				json_decref(array);
				return NULL;
			}
		}
	}
	return array;
}

static json_t *engine_versions(const struct name_list *engines)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < engines->nr; i++) {
		if (!json_put(object, engines->names[i],
			      json_text(race_engine_version(engines->names[i])))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *host_object(const struct host *host, const struct compare_options *o)
{
	json_t *object = host_json(host);

	if (json_put(object, "engines", engine_versions(&o->engines)))
		return object;
	json_decref(object);
	return NULL;
}

/* Were the frames in all races, or in any, those of a real process? */
static void frames_used(struct figures *const *figures, size_t nr, bool *all, bool *any)
{
	*all = true;
	*any = false;
	for (size_t i = 0; i < nr; i++) {
		for (size_t j = 0; j < figures[i]->nr_rows; j++) {
			const struct config *config = figures[i]->rows[j].config;

			for (unsigned int rep = 0; rep < config->reps; rep++) {
				if (!config->samples[rep].done)
					continue;
				*all = *all && config->samples[rep].result.frames_measured;
				*any = *any || config->samples[rep].result.frames_measured;
			}
		}
	}
}

/* What became of --frames, for a reader of the figures. */
static const char *frames_text(char *text, size_t size, double frames,
			       struct figures *const *figures, size_t nr)
{
	bool all, any;

	if (frames == FRAMES_AUTO) {
		frames_used(figures, nr, &all, &any);
		return !any ? "by size" : all ? "measured" : "measured, or by size";
	}
	if (frames == FRAMES_MEASURED)
		return "measured";
	if (frames == FRAMES_BY_SIZE)
		return "by size";
	if (frames == FRAMES_CONSECUTIVE)
		return "consecutive";
	if (frames == 1)
		return "random";
	/* Never in the form that --frames does not take. */
	snprintf(text, size, "runs:%.10g", frames);
	return text;
}

static json_t *options_object(const struct compare_options *o, struct figures *const *figures,
			      size_t nr)
{
	char frames[32];

	return json_pack("{s:s, s:s, s:s, s:[i, i], s:i, s:i, s:i, s:o}", "lock",
			 lock_kind_info[o->lock].name, "tlb", tlb_mode_info[o->tlb].name, "frames",
			 frames_text(frames, sizeof(frames), o->frames, figures, nr), "pin",
			 o->cpu[ROLE_EXIT], o->cpu[ROLE_REAPER], "scale", (int)o->scale,
			 "processes", (int)o->processes, "reps", (int)o->reps, "command_line",
			 json_text(o->command_line));
}

static json_t *trace_object(const struct compare_options *o, const char *file)
{
	if (!file)
		return json_null();
	return json_pack("{s:o, s:i}", "file", json_text(file), "reps", (int)o->trace_reps);
}

json_t *compare_json_build(const struct host *host, const struct compare_options *options,
			   struct figures *const *figures, size_t nr, bool interrupted,
			   const char *trace)
{
	json_t *o = json_object();

	if (json_put(o, "schema", json_string("umaple.reap/2")) &&
	    json_put(o, "host", host_object(host, options)) &&
	    json_put(o, "options", options_object(options, figures, nr)) &&
	    json_put(o, "interrupted", json_boolean(interrupted)) &&
	    json_put(o, "trace", trace_object(options, trace)) &&
	    json_put(o, "layouts", all_layouts(figures, nr)) &&
	    json_put(o, "calibration", all_calibrations(figures, nr)) &&
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

int compare_json_check(const char *path)
{
	return strcmp(path, "-") ? output_file_check(path) : 0;
}

int compare_json_write(const char *path, const json_t *document)
{
	struct output_file file;
	int err;

	if (!strcmp(path, "-"))
		return dump(stdout, document);
	err = output_file_prepare(&file, path, dump, document);
	return err ? err : output_file_commit(&file);
}

int compare_json_write_both(const char *path, const json_t *document, const char *trace_path,
			    const struct trace_file *trace, const char **failed)
{
	struct output_file file, second;
	int err;

	/* The trace first: a document that goes into a pipe cannot be taken back. */
	*failed = trace_path;
	err = output_file_prepare(&second, trace_path, trace_file_copy, trace);
	if (err)
		return err;
	*failed = path;
	err = output_file_prepare(&file, path, dump, document);
	if (err) {
		output_file_discard(&second);
		return err;
	}
	*failed = trace_path;
	err = output_file_commit(&second);
	if (err) {
		output_file_discard(&file);
		return err;
	}
	*failed = path;
	return output_file_commit(&file);
}
