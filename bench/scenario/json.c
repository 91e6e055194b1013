// SPDX-License-Identifier: GPL-2.0-only
#include "result.h"

#include "common/host_json.h"
#include "common/json_build.h"
#include "measure/metrics.h"

static json_t *time_or_null(int64_t ns)
{
	return ns == NEVER_NS ? json_null() : json_integer(ns);
}

static const char *const moment_names[NR_MOMENTS] = {"start", "frozen", "killed"};
static const char *const place_names[] = {"anywhere", "victim", "other"};

const char *moment_name(enum moment moment)
{
	return moment_names[moment];
}

static json_t *acts_array(const struct scenario *scenario)
{
	json_t *array = json_array();

	for (const struct act *act = scenario->acts; array && act->role; act++) {
		json_t *item =
			json_pack("{s:s, s:s, s:s, s:I, s:s, s:o}", "role", act->role, "operation",
				  act->operation, "after", moment_names[act->after], "delay_us",
				  (json_int_t)act->delay_us, "place", place_names[act->place],
				  "order", act->order ? json_string(act->order) : json_null());

		if (!json_array_append_new(array, item))
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *thread_object(const struct thread_outcome *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:b}", "frozen_ns",
			 time_or_null(t->frozen_ns), "thawed_ns", time_or_null(t->thawed_ns),
			 "exiting_ns", time_or_null(t->exiting_ns), "left_mm_ns",
			 time_or_null(t->left_mm_ns), "dead_ns", time_or_null(t->dead_ns),
			 "freezes", (json_int_t)t->freezes, "stuck", t->stuck);
}

static json_t *act_outcome_object(const struct act_outcome *act)
{
	return json_pack("{s:o, s:o, s:i}", "start_ns", time_or_null(act->start_ns), "end_ns",
			 time_or_null(act->end_ns), "ret", act->ret);
}

/* Append what was made, or drop all. Return: the array, or NULL. */
static json_t *appended(json_t *array, json_t *item)
{
	if (!array || !json_array_append_new(array, item))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *waits_object(const struct role_waits *waits)
{
	json_t *locks = json_object(), *object = json_object();
	bool good = true;

	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		const struct role_lock *lock = &waits->lock[class];
		json_t *item = json_pack("{s:I, s:I, s:I}", "contended",
					 (json_int_t)lock->contended, "wait_ns",
					 (json_int_t)lock->wait_ns, "wait_max_ns",
					 (json_int_t)lock->wait_max_ns);

		good = json_put(locks, lock_class_name((enum lock_class) class), item) && good;
	}
	good = json_put(object, "locks", locks) && good;
	good = json_put(object, "role", json_string(waits->role)) && good;
	good = json_put(object, "mmap_lock_wait_ns",
			json_integer((json_int_t)waits->mmap_lock_wait_ns)) &&
	       good;
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *outcome_object(const struct scenario_rows *rows, const struct scenario_row *row,
			      const struct scenario_outcome *outcome)
{
	json_t *acts = json_array(), *threads = json_array(), *free_ns = json_object();
	json_t *waits = json_array();
	json_t *object = json_object();
	bool good = true;

	for (unsigned int i = 0; row->scenario.acts[i].role; i++)
		acts = appended(acts, act_outcome_object(&outcome->act[i]));
	for (unsigned int i = 0; i < rows->threads; i++)
		threads = appended(threads, thread_object(&outcome->threads[i]));
	for (unsigned int i = 0; i < outcome->nr_roles; i++)
		waits = appended(waits, waits_object(&outcome->roles[i]));
	for (int i = 0; i < NR_FREE_MARKS; i++)
		good = good &&
		       json_put(free_ns, free_mark_name(i), time_or_null(outcome->free_ns[i]));
	/* json_put() takes its value over, also where the object is NULL. */
	good = json_put(object, "exited", json_boolean(outcome->exited)) && good;
	good = json_put(object, "stuck", json_integer(outcome->stuck)) && good;
	good = json_put(object, "last_exit_ns", time_or_null(outcome->last_exit_ns)) && good;
	good = json_put(object, "free_ns", free_ns) && good;
	good = json_put(object, "oom_victims", json_integer(outcome->oom_victims)) && good;
	good = json_put(object, "reaper",
			json_pack("{s:I, s:I, s:I}", "reaped", (json_int_t)outcome->reaped,
				  "came_late", (json_int_t)outcome->came_late, "gave_up",
				  (json_int_t)outcome->gave_up)) &&
	       good;
	good = json_put(object, "acts", acts) && good;
	good = json_put(object, "waits", waits) && good;
	good = json_put(object, "threads", threads) && good;
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *row_object(const struct scenario_rows *rows, const struct scenario_row *row)
{
	json_t *object = json_object(), *outcomes = json_array();

	for (unsigned int i = 0; i < row->reps; i++)
		outcomes = appended(outcomes, outcome_object(rows, row, &row->outcomes[i]));
	if (json_put(object, "outcomes", outcomes) &&
	    json_put(object, "scenario", json_string(row->scenario.name)) &&
	    json_put(object, "policy", json_string(row->policy)) &&
	    json_put(object, "actors", acts_array(&row->scenario)))
		return object;
	json_decref(object);
	return NULL;
}

json_t *scenario_json(const struct scenario_result *r)
{
	const struct scenario_rows *rows = r->rows;
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < rows->nr; i++)
		array = appended(array, row_object(rows, &rows->rows[i]));
	if (json_put(object, "rows", array) &&
	    json_put(object, "schema", json_string("umaple.scenario/1")) &&
	    json_put(object, "host", host_json(r->host)) &&
	    json_put(object, "command_line", json_text(r->command_line)) &&
	    json_put(object, "layout", json_text(rows->layout->name)) &&
	    json_put(object, "engine", json_string(rows->engine)) &&
	    json_put(object, "threads", json_integer(rows->threads)) &&
	    json_put(object, "pin", json_pack("[i, i]", rows->cpu[0], rows->cpu[1])) &&
	    json_put(object, "interrupted", json_boolean(r->interrupted)) &&
	    json_put(object, "kernel", r->kernel ? json_incref(r->kernel) : json_null()))
		return object;
	json_decref(object);
	return NULL;
}
