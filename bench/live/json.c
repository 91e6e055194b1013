// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "common/host_json.h"
#include "common/json_build.h"
#include "race/race.h"
#include "result.h"

/* Times are whole nanoseconds; all else may have a fraction, as the median of two counts does. */
static json_t *value(const struct live_value *v, enum metric_unit unit)
{
	const double ends[] = {v->i.median, v->i.lo, v->i.hi};
	static const char *const keys[] = {"median", "lo", "hi"};
	json_t *object;

	if (!v->known)
		return json_null();
	object = json_object();
	for (size_t i = 0; object && i < 3; i++) {
		json_t *number = unit == UNIT_NS ? json_integer(llround(ends[i]))
						 : json_real(ends[i]);

		if (json_put(object, keys[i], number))
			continue;
		json_decref(object);
		return NULL;
	}
	return object;
}

/* {"ptl": {"exit": ..., "reaper": ..., "both": ...}, ...} */
static json_t *locks(const struct live_row *row, enum live_count count)
{
	static const char *const whom[NR_LIVE_WHOM] = {
		[LIVE_EXIT] = "exit", [LIVE_REAPER] = "reaper", [LIVE_BOTH] = "both"};
	const enum metric_unit unit = count == LIVE_WAIT ? UNIT_NS : UNIT_TIMES;
	json_t *object = json_object();
	bool good = object;

	for (int class = 0; good && class < NR_LIVE_CLASSES; class ++) {
		json_t *each = json_object();

		for (int i = 0; i < NR_LIVE_WHOM; i++)
			good = good &&
			       json_put(each, whom[i],
					value(&row->value[LIVE_LOCK_VALUE(count, class, i)], unit));
		if (!good)
			json_decref(each);
		good = good && json_put(object, live_class_info[class].name, each);
	}
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *row_object(const struct live_row *row)
{
	json_t *object = json_object();
	bool good = json_put(object, "name", json_text(row->name)) &&
		    json_put(object, "reps", json_integer(row->reps)) &&
		    json_put(object, "disturbed", json_integer(row->disturbed)) &&
		    json_put(object, "disturbed_kept", json_integer(row->kept)) &&
		    json_put(object, "missed", json_integer(row->missed)) &&
		    json_put(object, "slowed", json_integer(row->slowed)) &&
		    json_put(object, "slowed_kept", json_integer(row->slow_kept));

	for (int i = 0; i < NR_LIVE_METRICS; i++)
		good = good && json_put(object, live_metric_info[i].key,
					value(&row->value[i], live_metric_info[i].unit));
	if (good && json_put(object, "contended", locks(row, LIVE_CONTENDED)) &&
	    json_put(object, "wait_ns", locks(row, LIVE_WAIT)))
		return object;
	json_decref(object);
	return NULL;
}

/* The repetitions that are done, in the order in which they ran. */
static json_t *samples_object(const struct live_sample *samples, unsigned int reps)
{
	json_t *wall = json_array(), *running = json_array();
	bool good = wall && running;

	for (unsigned int i = 0; good && i < reps; i++) {
		const struct kill_sample *k = &samples[i].kill;

		if (!samples[i].done)
			continue;
		good = !json_array_append_new(wall, json_integer((json_int_t)k->wall_ns)) &&
		       !json_array_append_new(running, json_integer((json_int_t)(k->exit_cpu_ns +
										 k->reap_cpu_ns)));
	}
	if (good)
		return json_pack("{s:o, s:o}", "wall_ns", wall, "running_ns", running);
	json_decref(wall);
	json_decref(running);
	return NULL;
}

static json_t *ratio(const struct comparison *c)
{
	const struct live_value v = {c->known, c->ratio};

	return value(&v, UNIT_SHARE);
}

static json_t *versus_object(const struct live_versus *v)
{
	return json_pack("{s:o, s:o}", "wall", ratio(&v->wall), "running", ratio(&v->running));
}

/* One side: a row for each way to kill, and the ratios. */
static json_t *side_object(const struct live_side *side, const struct live_session *session,
			   bool kernel)
{
	json_t *object = json_object();
	bool good = object;

	for (int kind = 0; good && kind < NR_LIVE_KILLS; kind++) {
		const struct live_row *row = &side->row[kind];
		json_t *o;

		if (!row->reps)
			continue;
		o = row_object(row);
		good = !kernel ||
		       json_put(o, "samples",
				samples_object(session->samples[kind], session->options->reps));
		if (!good)
			json_decref(o);
		good = good && json_put(object, live_kill_name((enum live_kill)kind), o);
	}
	if (good && json_put(object, "vs_solo", versus_object(&side->solo)) &&
	    json_put(object, "vs_forward", versus_object(&side->forward)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *pages_object(const uint64_t pages[LAYOUT_NR_KINDS])
{
	return json_pack("{s:I, s:I, s:I, s:I}", "anon", (json_int_t)pages[LAYOUT_ANON], "file",
			 (json_int_t)pages[LAYOUT_FILE], "swap", (json_int_t)pages[LAYOUT_SWAP],
			 "huge", (json_int_t)pages[LAYOUT_HUGE]);
}

static json_t *layout_object(const struct live_layout *l)
{
	const struct live_session *s = l->session;
	json_t *object = json_object();

	if (json_put(object, "layout", json_text(l->layout->name)) &&
	    json_put(object, "rule", json_text(l->layout->rule)) &&
	    json_put(object, "vmas", json_integer((json_int_t)l->layout->nr_vmas)) &&
	    json_put(object, "pages", pages_object(l->layout->pages)) &&
	    json_put(object, "swapped_in", json_integer((json_int_t)l->swapped_in)) &&
	    json_put(object, "rebuilt",
		     json_pack("{s:I, s:o, s:I, s:I}", "vmas_off", (json_int_t)s->vmas_off,
			       "pages_off", pages_object(s->pages_off), "own_vmas",
			       (json_int_t)s->own_vmas, "own_pages", (json_int_t)s->own_pages)) &&
	    json_put(object, "kernel", side_object(&l->kernel, s, true)) &&
	    json_put(object, "model", l->raced ? side_object(&l->model, s, false) : json_null()))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *all_layouts(const struct live_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < r->nr_layouts; i++) {
		if (!r->layouts[i].killed)
			continue;
		if (json_array_append_new(array, layout_object(&r->layouts[i]))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *options_object(const struct live_result *r)
{
	const struct compare_options *o = r->options;

	return json_pack("{s:i, s:[i, i], s:i, s:b, s:b, s:b, s:b, s:o, s:o}", "reps", (int)o->reps,
			 "pin", o->cpu[ROLE_EXIT], o->cpu[ROLE_REAPER], "scale", (int)o->scale,
			 "zram", r->zram, "forward", r->forward, "probe", r->best >= LIVE_PROBE,
			 "spinlocks", r->best >= LIVE_SPINS, "model_order",
			 r->model ? json_text(r->order) : json_null(), "command_line",
			 json_text(o->command_line));
}

json_t *live_json_build(const struct live_result *r)
{
	json_t *object = json_object();

	if (json_put(object, "schema", json_string("umaple.live/1")) &&
	    json_put(object, "host", host_json(r->host)) &&
	    json_put(object, "options", options_object(r)) &&
	    json_put(object, "interrupted", json_boolean(r->interrupted)) &&
	    json_put(object, "layouts", all_layouts(r)))
		return object;
	json_decref(object);
	return NULL;
}
