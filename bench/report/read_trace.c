// SPDX-License-Identifier: GPL-2.0-only
#include "read_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "measure/metrics.h"
#include "common/json_node.h"

struct column {
	const char *key;
	double most;
};

static const struct column time_column = {"t", JSON_MOST_TIME};

/*
 * The arrays of the object @key become the columns of rows of doubles, all of them whole numbers;
 * the first never falls. Return: the rows, to be given to free(); NULL with the failure noted.
 */
static void *get_rows(const struct json_node *up, const char *key, const struct column *columns,
		      size_t nr_columns, size_t *nr)
{
	struct json_node node, column;
	double *rows = NULL;
	bool good = json_node_get(up, key, JSON_OBJECT, &node);
	size_t i;

	for (i = 0; good && i < nr_columns; i++) {
		good = json_node_get(&node, columns[i].key, JSON_ARRAY, &column);
		if (good && !i) {
			*nr = json_array_size(column.json);
			rows = calloc(*nr + 1, nr_columns * sizeof(*rows));
			good = rows || json_node_fail(&column, "out of memory");
		}
		if (good && json_array_size(column.json) != *nr)
			good = json_node_fail(&column, "is not as long as '%s'", columns[0].key);
		good = good && json_node_numbers(&column, columns[i].most, rows + i, nr_columns);
	}
	for (i = 1; good && i < *nr; i++)
		if (rows[i * nr_columns] < rows[(i - 1) * nr_columns])
			good = json_node_fail(&node, "'%s' goes back at item %zu", columns[0].key,
					      i);
	if (good)
		return rows;
	free(rows);
	return NULL;
}

/* A trace that was written before a lock class existed has neither its waits nor their time. */
static bool is_missing(const struct json_node *up, const char *key, int class)
{
	const json_t *json = json_object_get(up->json, key);

	return class >= 0 && class < NR_LOCK_CLASSES &&
	       !lock_class_required((enum lock_class) class) && (!json || json_is_null(json));
}

static bool get_waits(const struct json_node *role, struct trace_role *out)
{
	const struct column columns[] = {time_column, {"wait", JSON_MOST_TIME}};
	struct json_node all;
	int class;

	if (!json_node_get(role, "waits", JSON_OBJECT, &all))
		return false;
	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		const char *name = lock_class_name((enum lock_class) class);

		/* Those for a ptl stand with the visits. */
		if (lock_class_info[class].flags & LOCK_IS_PTL || is_missing(&all, name, class))
			continue;
		out->waits[class] = get_rows(&all, name, columns, 2, &out->nr_waits[class]);
		if (!out->waits[class])
			return false;
	}
	return true;
}

static bool get_times(const struct json_node *role, struct trace_role *out)
{
	struct json_node time;
	int i;

	if (!json_node_get(role, "time_ns", JSON_OBJECT, &time))
		return false;
	for (i = 0; i < NR_TASK_BUCKETS; i++) {
		const char *key = task_bucket_info[i].key;

		if (!is_missing(&time, key, i - BUCKET_WAIT_OF) &&
		    !json_node_number(&time, key, JSON_MOST_TIME, &out->time_ns[i]))
			return false;
	}
	return true;
}

static bool get_role(const struct json_node *up, enum role role, struct trace_race *race)
{
	const struct column visits[] = {time_column,
					{"page", race->pages},
					{"table", race->tables - 1},
					{"wait", JSON_MOST_TIME}};
	const struct column freed[] = {time_column, {"pages", race->pages_to_free}};
	struct trace_role *out = &race->role[role];
	struct json_node node;

	if (!json_node_find(up, role_name(role), JSON_OBJECT, &node))
		return false;
	out->present = node.json;
	if (!out->present)
		return role == ROLE_REAPER || json_node_fail(&node, "is missing");
	if (!json_node_number(&node, "wall_ns", JSON_MOST_TIME, &out->wall_ns) ||
	    !json_node_number(&node, "cpu_ns", JSON_MOST_TIME, &out->cpu_ns) ||
	    !json_node_count(&node, "lost", 0, &out->lost) || !get_waits(&node, out) ||
	    !get_times(&node, out))
		return false;
	out->visits = get_rows(&node, "visits", visits, 4, &out->nr_visits);
	out->freed = get_rows(&node, "freed", freed, 2, &out->nr_freed);
	return out->visits && out->freed;
}

static bool copy_text(const struct json_node *up, const char *key, char **copy)
{
	const char *text;

	if (!json_node_text(up, key, &text))
		return false;
	*copy = strdup(text);
	return *copy || json_node_fail(up, "out of memory");
}

static bool get_race(const struct json_node *node, struct trace_race *race)
{
	struct json_node roles, disturbed;

	if (!copy_text(node, "layout", &race->layout) ||
	    !copy_text(node, "engine", &race->engine) || !copy_text(node, "order", &race->order) ||
	    !json_node_count(node, "rep", 0, &race->rep) ||
	    !json_node_get(node, "disturbed", JSON_TRUE, &disturbed) ||
	    !json_node_number(node, "wall_ns", JSON_MOST_TIME, &race->wall_ns) ||
	    !json_node_count(node, "pages", 0, &race->pages) ||
	    !json_node_count(node, "tables", 0, &race->tables) ||
	    !json_node_count(node, "pages_to_free", 0, &race->pages_to_free) ||
	    !json_node_get(node, "roles", JSON_OBJECT, &roles))
		return false;
	race->disturbed = json_is_true(disturbed.json);
	return get_role(&roles, ROLE_EXIT, race) && get_role(&roles, ROLE_REAPER, race);
}

/* A file, and the line of it that is read. */
struct lines {
	gzFile file;
	struct reading reading;
	struct json_node node; /* the line as a document */
	size_t length, total;  /* of the line and of the file up to here; in bytes, unpacked */
	bool ended, finished;  /* all of the line was read; all of the file */
};

/* No byte follows: is that the end of the file? */
static void check_end(struct lines *lines)
{
	int number;
	const char *why = gzerror(lines->file, &number);

	if (number != Z_OK && number != Z_STREAM_END)
		json_node_fail(&lines->node, "%s", number == Z_ERRNO ? strerror(errno) : why);
	else if (lines->length)
		json_node_fail(&lines->node, "the file ends in the middle of it");
	else if (lines->reading.line == 1)
		json_node_fail(&lines->node, "the file is empty");
	lines->finished = true;
}

/* More of the line, as the parser asks for it. A small file unpacks to as much as it likes. */
static size_t feed(void *buffer, size_t room, void *data)
{
	struct lines *lines = data;
	char *to = buffer;
	size_t used = 0;
	int c;

	while (used < room && !lines->ended && !lines->reading.failed) {
		c = gzgetc(lines->file);
		if (c < 0) {
			check_end(lines);
			break;
		}
		if (!c)
			json_node_fail(&lines->node, "has a NUL byte in it");
		if (++lines->length > TRACE_MOST_LINE)
			json_node_fail(&lines->node, "has more than %d MiB when unpacked",
				       TRACE_MOST_LINE >> 20);
		if (++lines->total > TRACE_MOST_BYTES)
			json_node_fail(&lines->node, "the file is longer than %d MiB when unpacked",
				       TRACE_MOST_BYTES >> 20);
		lines->ended = c == '\n';
		to[used++] = (char)c;
	}
	return used;
}

/* Read the next line; false at the end of the file, and with the failure noted. */
static bool next_line(struct lines *lines)
{
	json_error_t error;
	json_t *json;

	lines->length = 0;
	lines->ended = false;
	lines->reading.line++;
	json = json_load_callback(feed, lines, JSON_REJECT_DUPLICATES, &error);
	if (!json && !lines->finished)
		json_node_fail(&lines->node, "%s", error.text);
	lines->node.json = json;
	return json && !lines->reading.failed;
}

static bool check_schema(const struct json_node *node)
{
	const char *schema;

	if (!json_node_text(node, "schema", &schema))
		return false;
	return !strcmp(schema, "umaple.trace/1") ||
	       json_node_fail(node, "schema is '%s', not 'umaple.trace/1'", schema);
}

static bool same_race(const struct trace_race *a, const struct trace_race *b)
{
	return a->rep == b->rep && !strcmp(a->order, b->order) && !strcmp(a->engine, b->engine) &&
	       !strcmp(a->layout, b->layout);
}

static bool add_race(struct trace *trace, const struct json_node *node)
{
	struct trace_race *race, *grown;
	size_t i;

	if (trace->nr == TRACE_MOST_RACES)
		return json_node_fail(node, "exceeds the limit of %d races", TRACE_MOST_RACES);
	grown = realloc(trace->races, (trace->nr + 1) * sizeof(*grown));
	if (!grown)
		return json_node_fail(node, "out of memory");
	trace->races = grown;
	race = &grown[trace->nr++];
	memset(race, 0, sizeof(*race));
	if (!get_race(node, race))
		return false;
	for (i = 0; i + 1 < trace->nr; i++)
		race->occurrence += same_race(&grown[i], race);
	return true;
}

static bool read_lines(struct trace *trace, struct lines *lines)
{
	bool good = true;

	lines->node.reading = &lines->reading;
	while (good && next_line(lines)) {
		good = lines->reading.line == 1 ? check_schema(&lines->node)
						: add_race(trace, &lines->node);
		json_decref((json_t *)lines->node.json);
		lines->node.json = NULL;
	}
	/* Of a line that was whole before its file failed. */
	json_decref((json_t *)lines->node.json);
	return !lines->reading.failed;
}

struct trace *trace_read_fd(int fd, const char *name, struct error_text *error)
{
	struct lines lines = {.reading = {.file = name, .error = error}};
	struct trace *trace = calloc(1, sizeof(*trace));
	bool good = false;

	if (trace)
		lines.file = gzdopen(fd, "rb");
	if (lines.file) {
		good = read_lines(trace, &lines);
		gzclose(lines.file);
	} else {
		error_text_set(error, -ENOMEM, "%s: out of memory", name);
		close(fd);
	}
	if (good)
		return trace;
	trace_free(trace);
	return NULL;
}

struct trace *trace_read(const char *path, struct error_text *error)
{
	/* The name comes from a result: behind it may be a pipe that nobody writes to. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		return trace_read_fd(fd, path, error);
	error_text_set(error, -EINVAL, "%s: %s", path,
		       fd < 0 ? strerror(errno) : "is not a regular file");
	if (fd >= 0)
		close(fd);
	return NULL;
}

void trace_free(struct trace *trace)
{
	struct trace_role *role;
	size_t i;
	int class;

	if (!trace)
		return;
	for (i = 0; i < trace->nr; i++) {
		free(trace->races[i].layout);
		free(trace->races[i].engine);
		free(trace->races[i].order);
		for (role = trace->races[i].role; role < trace->races[i].role + NR_ROLES; role++) {
			free(role->visits);
			free(role->freed);
			for (class = 0; class < NR_LOCK_CLASSES; class ++)
				free(role->waits[class]);
		}
	}
	free(trace->races);
	free(trace);
}
