// SPDX-License-Identifier: GPL-2.0-only
#include "trace_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "measure/metrics.h"
#include "common/json_build.h"

struct trace_file {
	FILE *compressed; /* without a name */
	gzFile gz;	  /* writes to it; NULL when finished */
	json_t *line;	  /* offered, not kept yet */
	size_t races;
	int err; /* the first one */
};

static int write_text(const char *text, size_t size, void *arg)
{
	struct trace_file *f = arg;

	return size && gzwrite(f->gz, text, (unsigned int)size) != (int)size ? -1 : 0;
}

static void write_line(struct trace_file *f, const json_t *line)
{
	if (f->err)
		return;
	errno = 0;
	if (json_dump_callback(line, write_text, f, JSON_COMPACT) || write_text("\n", 1, f))
		f->err = errno ? -errno : -EIO;
}

/* Write to the end of what @fd has; on failure errno says why. */
static bool open_compressor(struct trace_file *f, int fd)
{
	fd = dup(fd);
	if (fd < 0)
		return false;
	f->gz = gzdopen(fd, "wb");
	if (f->gz)
		return true;
	close(fd);
	errno = ENOMEM;
	return false;
}

struct trace_file *trace_file_create(void)
{
	struct trace_file *f = calloc(1, sizeof(*f));
	json_t *head = json_pack("{s:s}", "schema", "umaple.trace/1");

	if (!f || !head)
		goto fail;
	f->compressed = tmpfile();
	if (!f->compressed || !open_compressor(f, fileno(f->compressed)))
		goto fail;
	write_line(f, head);
	json_decref(head);
	return f;
fail:
	json_decref(head);
	trace_file_destroy(f);
	return NULL;
}

int trace_file_hand_over(struct trace_file *f)
{
	/* An error is kept, and trace_file_finish() returns it. */
	trace_file_finish(f);
	return fileno(f->compressed);
}

struct trace_file *trace_file_continue(int fd)
{
	struct trace_file *f = calloc(1, sizeof(*f));

	if (f && open_compressor(f, fd))
		return f;
	free(f);
	return NULL;
}

void trace_file_take_back(struct trace_file *f, size_t races, int err)
{
	f->races += races;
	f->err = f->err ? f->err : err;
}

void trace_file_destroy(struct trace_file *f)
{
	int err = errno;

	if (!f)
		return;
	if (f->gz)
		gzclose(f->gz);
	if (f->compressed)
		fclose(f->compressed);
	json_decref(f->line);
	free(f);
	errno = err;
}

static bool append(json_t *array, uint64_t value)
{
	return !json_array_append_new(array, json_integer((json_int_t)value));
}

/* One number of each item of a list: the one @offset bytes behind the item's start. */
static json_t *column(const void *items, size_t nr, size_t size, size_t offset)
{
	const char *at = (const char *)items + offset;
	json_t *array = json_array();

	for (size_t i = 0; array && i < nr; i++, at += size) {
		if (!append(array, *(const uint64_t *)at)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

#define COLUMN(items, nr, field) \
	column((items), (nr), sizeof(*(items)), offsetof(__typeof__(*(items)), field))

static json_t *visits_object(const struct role_trace *role)
{
	const struct race_visit *visits = role->visits;
	json_t *o = json_object();

	if (json_put(o, "t", COLUMN(visits, role->nr_visits, t_ns)) &&
	    json_put(o, "page", COLUMN(visits, role->nr_visits, page)) &&
	    json_put(o, "table", COLUMN(visits, role->nr_visits, table)) &&
	    json_put(o, "wait", COLUMN(visits, role->nr_visits, wait_ns)))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *waits_of_class(const struct role_trace *role, enum lock_class class)
{
	json_t *o = json_object(), *t = json_array(), *wait = json_array();
	bool good = json_put(o, "t", t);

	good = json_put(o, "wait", wait) && good;
	for (size_t i = 0; good && i < role->nr_waits; i++) {
		if (role->waits[i].class == class)
			good = append(t, role->waits[i].t_ns) &&
			       append(wait, role->waits[i].wait_ns);
	}
	if (good)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *waits_object(const struct role_trace *role)
{
	json_t *o = json_object();
	bool good = true;

	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		if (!(lock_class_info[class].flags & LOCK_IS_PTL))
			good = good && json_put(o, lock_class_name((enum lock_class) class),
						waits_of_class(role, (enum lock_class) class));
	}
	if (good)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *freed_object(const struct role_trace *role)
{
	json_t *o = json_object();

	if (json_put(o, "t", COLUMN(role->freed, role->nr_freed, t_ns)) &&
	    json_put(o, "pages", COLUMN(role->freed, role->nr_freed, pages)))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *time_object(const struct role_trace *role)
{
	json_t *o = json_object();
	bool good = true;

	for (size_t i = 0; i < NR_TASK_BUCKETS; i++)
		good = good && json_put(o, task_bucket_info[i].key,
					json_integer((json_int_t)role->time_ns[i]));
	if (good)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *role_object(const struct role_figures *figures, const struct role_trace *role)
{
	json_t *o = json_object();

	if (json_put(o, "wall_ns", json_integer((json_int_t)figures->wall_ns)) &&
	    json_put(o, "cpu_ns", json_integer((json_int_t)figures->cpu_ns)) &&
	    json_put(o, "lost", json_integer((json_int_t)role->lost)) &&
	    json_put(o, "visits", visits_object(role)) &&
	    json_put(o, "waits", waits_object(role)) && json_put(o, "freed", freed_object(role)) &&
	    json_put(o, "time_ns", time_object(role)))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *roles_object(const struct race_result *result, const struct race_trace *trace)
{
	json_t *o = json_object();
	bool good = true;

	for (int role = 0; role < (result->reapers ? NR_ROLES : 1); role++)
		good = good && json_put(o, role_name((enum role)role),
					role_object(&result->role[role], &trace->role[role]));
	if (good)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *race_object(const struct traced_race *race)
{
	const struct race_trace *trace = race->trace;
	json_t *o = json_object();

	if (json_put(o, "layout", json_text(race->layout)) &&
	    json_put(o, "engine", json_text(race->engine)) &&
	    json_put(o, "order", json_text(race->order)) &&
	    json_put(o, "rep", json_integer(race->rep)) &&
	    json_put(o, "disturbed", json_boolean(race->result->disturbed)) &&
	    json_put(o, "wall_ns", json_integer((json_int_t)race->result->wall_ns)) &&
	    json_put(o, "pages", json_integer((json_int_t)trace->pages)) &&
	    json_put(o, "tables", json_integer((json_int_t)trace->tables)) &&
	    json_put(o, "pages_to_free", json_integer((json_int_t)trace->pages_to_free)) &&
	    json_put(o, "roles", roles_object(race->result, trace)))
		return o;
	json_decref(o);
	return NULL;
}

void trace_file_offer(struct trace_file *f, const struct traced_race *race)
{
	json_decref(f->line);
	f->line = f->err ? NULL : race_object(race);
	if (!f->line && !f->err)
		f->err = -ENOMEM;
}

void trace_file_keep(struct trace_file *f)
{
	if (!f->line)
		return;
	write_line(f, f->line);
	json_decref(f->line);
	f->line = NULL;
	f->races++;
}

size_t trace_file_races(const struct trace_file *f)
{
	return f->races;
}

int trace_file_finish(struct trace_file *f)
{
	int err;

	if (!f->gz)
		return f->err;
	errno = 0;
	err = gzclose(f->gz);
	f->gz = NULL;
	if (err != Z_OK && !f->err)
		f->err = errno ? -errno : -EIO;
	return f->err;
}

int trace_file_copy(FILE *out, const void *file)
{
	const struct trace_file *f = file;
	char block[65536];
	size_t n;

	errno = 0;
	rewind(f->compressed);
	while ((n = fread(block, 1, sizeof(block), f->compressed))) {
		if (fwrite(block, 1, n, out) != n)
			return errno ? -errno : -EIO;
	}
	return ferror(f->compressed) ? -EIO : 0;
}

char *trace_file_path(const char *json)
{
	size_t len = strlen(json);
	char *path;

	if (len >= 5 && !strcmp(json + len - 5, ".json"))
		len -= 5;
	return asprintf(&path, "%.*s.trace.gz", (int)len, json) < 0 ? NULL : path;
}
