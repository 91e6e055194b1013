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

/* Rows of doubles, all of them whole numbers. */
struct table {
	void *cells;
	size_t nr;
};

struct column {
	const char *key;
	double most;
};

static const struct column time_column = {"t", JSON_MOST_TIME};

/* Arrays of one length in an object become the rows of a table; the first column never falls. */
static bool get_table(const struct json_node *up, const struct column *keys, size_t nr_keys,
		      struct table *table)
{
	struct json_node column;
	double *cells = NULL;
	size_t i;

	for (i = 0; i < nr_keys; i++) {
		if (!json_node_get(up, keys[i].key, JSON_ARRAY, &column))
			return false;
		if (!i) {
			table->nr = json_array_size(column.json);
			table->cells = cells = calloc(table->nr + 1, nr_keys * sizeof(*cells));
			if (!cells)
				return json_node_fail(&column, "out of memory");
		}
		if (json_array_size(column.json) != table->nr)
			return json_node_fail(&column, "is not as long as '%s'", keys[0].key);
		if (!json_node_numbers(&column, keys[i].most, cells + i, nr_keys))
			return false;
	}
	for (i = 1; i < table->nr; i++)
		if (cells[i * nr_keys] < cells[(i - 1) * nr_keys])
			return json_node_fail(up, "'%s' goes back at item %zu", keys[0].key, i);
	return true;
}

static bool get_visits(const struct json_node *role, struct trace_race *race,
		       struct trace_role *out)
{
	const struct column keys[] = {time_column,
				      {"page", race->pages},
				      {"table", race->tables},
				      {"wait", JSON_MOST_TIME}};
	struct table table = {0};
	struct json_node node;
	bool good;
	size_t i;

	good = json_node_get(role, "visits", JSON_OBJECT, &node) &&
	       get_table(&node, keys, 4, &table);
	out->visits = table.cells;
	out->nr_visits = table.nr;
	for (i = 0; good && i < out->nr_visits; i++)
		if (out->visits[i].table >= race->tables)
			good = json_node_fail(&node, "'table' of item %zu is not below 'tables'",
					      i);
	return good;
}

static bool get_waits(const struct json_node *role, struct trace_role *out)
{
	const struct column keys[] = {time_column, {"wait", JSON_MOST_TIME}};
	struct json_node all, one;
	bool good;
	int class;

	good = json_node_get(role, "waits", JSON_OBJECT, &all);
	for (class = 0; good && class < NR_LOCK_CLASSES; class ++) {
		const char *name = lock_class_name((enum lock_class) class);
		struct table table = {0};

		/* Those for a ptl stand with the visits. */
		if (lock_class_info[class].flags & LOCK_IS_PTL)
			continue;
		good = (lock_class_required((enum lock_class) class)
				? json_node_get
				: json_node_find)(&all, name, JSON_OBJECT, &one);
		if (!good || !one.json)
			continue;
		good = get_table(&one, keys, 2, &table);
		out->waits[class] = table.cells;
		out->nr_waits[class] = table.nr;
	}
	return good;
}

static bool get_freed(const struct json_node *role, struct trace_race *race, struct trace_role *out)
{
	const struct column keys[] = {time_column, {"pages", race->pages_to_free}};
	struct table table = {0};
	struct json_node node;
	bool good;

	good = json_node_get(role, "freed", JSON_OBJECT, &node) &&
	       get_table(&node, keys, 2, &table);
	out->freed = table.cells;
	out->nr_freed = table.nr;
	return good;
}

/* A trace that was written before a lock class existed has no waits for it. */
static bool bucket_is_missing(const struct json_node *time, int bucket)
{
	const int class = bucket - BUCKET_WAIT_OF;

	return class >= 0 && class < NR_LOCK_CLASSES &&
	       !lock_class_required((enum lock_class) class) &&
	       !json_object_get(time->json, task_bucket_info[bucket].key);
}

static bool get_role(const struct json_node *up, enum role role, struct trace_race *race)
{
	struct trace_role *out = &race->role[role];
	struct json_node node, part;
	int i;

	if (!json_node_find(up, role_name(role), JSON_OBJECT, &node))
		return false;
	out->present = node.json;
	if (!out->present)
		return role == ROLE_REAPER || json_node_fail(&node, "is missing");
	if (!json_node_number(&node, "wall_ns", JSON_MOST_TIME, &out->wall_ns) ||
	    !json_node_number(&node, "cpu_ns", JSON_MOST_TIME, &out->cpu_ns) ||
	    !json_node_count(&node, "lost", 0, &out->lost) || !get_visits(&node, race, out) ||
	    !get_waits(&node, out) || !get_freed(&node, race, out) ||
	    !json_node_get(&node, "time_ns", JSON_OBJECT, &part))
		return false;
	for (i = 0; i < NR_TASK_BUCKETS; i++)
		if (!bucket_is_missing(&part, i) &&
		    !json_node_number(&part, task_bucket_info[i].key, JSON_MOST_TIME,
				      &out->time_ns[i]))
			return false;
	return true;
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

/* A file of lines of any length. */
struct lines {
	gzFile file;
	const char *path;
	char *text;
	size_t room, total; /* of @text; bytes unpacked so far */
	struct error_text *error;
};

/* A small file unpacks to as much as its author likes. */
static int check_length(const struct lines *lines, size_t line)
{
	if (line > TRACE_MOST_LINE)
		return error_text_set(lines->error, -EFBIG,
				      "%s: has a line of more than %d MiB when unpacked",
				      lines->path, TRACE_MOST_LINE >> 20);
	if (lines->total > TRACE_MOST_BYTES)
		return error_text_set(lines->error, -EFBIG,
				      "%s: is longer than %d MiB when unpacked", lines->path,
				      TRACE_MOST_BYTES >> 20);
	return 0;
}

/* The next line, without its end, in lines->text. Return 1, 0 at the end of the file, -errno. */
static int next_line(struct lines *lines, size_t *length)
{
	size_t used = 0, asked, got;
	const char *why;
	int number, err;

	for (;;) {
		if (lines->room - used < 2) {
			size_t room = lines->room ? 2 * lines->room : 1 << 16;
			char *grown = realloc(lines->text, room);

			if (!grown)
				return error_text_set(lines->error, -ENOMEM, "%s: out of memory",
						      lines->path);
			lines->text = grown;
			lines->room = room;
		}
		asked = lines->room - used > 1 << 30 ? 1 << 30 : lines->room - used;
		if (!gzgets(lines->file, lines->text + used, (int)asked))
			break;
		got = strlen(lines->text + used);
		used += got;
		lines->total += got;
		err = check_length(lines, used);
		if (err)
			return err;
		if (got && lines->text[used - 1] == '\n') {
			*length = used - 1;
			return 1;
		}
		/* The text ends before the buffer, the line and the file: at a NUL byte. */
		if (!got || (got < asked - 1 && !gzeof(lines->file)))
			return error_text_set(lines->error, -EINVAL, "%s: has a NUL byte in it",
					      lines->path);
	}
	why = gzerror(lines->file, &number);
	if (number != Z_OK && number != Z_STREAM_END)
		return error_text_set(lines->error, -EIO, "%s: %s", lines->path,
				      number == Z_ERRNO ? strerror(errno) : why);
	if (used)
		return error_text_set(lines->error, -EINVAL, "%s: ends in the middle of a line",
				      lines->path);
	return 0;
}

static json_t *parse_line(struct reading *reading, const char *text, size_t length)
{
	json_error_t error = {.line = 0};
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		error_text_set(reading->error, -EINVAL, "%s: line %zu: %s", reading->file,
			       reading->line, error.text);
	return json;
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
	struct reading reading = {.file = lines->path, .error = lines->error};
	struct json_node node = {.reading = &reading};
	size_t length = 0;
	json_t *json;
	bool good;
	int more;

	while ((more = next_line(lines, &length)) > 0) {
		reading.line++;
		json = parse_line(&reading, lines->text, length);
		if (!json)
			return false;
		node.json = json;
		good = reading.line == 1 ? check_schema(&node) : add_race(trace, &node);
		json_decref(json);
		if (!good)
			return false;
	}
	if (!more && !reading.line)
		more = error_text_set(lines->error, -EINVAL, "%s: is empty", lines->path);
	return !more;
}

struct trace *trace_read_fd(int fd, const char *name, struct error_text *error)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	struct lines lines = {.path = name, .error = error};
	bool good;

	if (trace)
		lines.file = gzdopen(fd, "rb");
	if (!lines.file) {
		error_text_set(error, -ENOMEM, "%s: out of memory", name);
		close(fd);
		free(trace);
		return NULL;
	}
	good = read_lines(trace, &lines);
	gzclose(lines.file);
	free(lines.text);
	if (good)
		return trace;
	trace_free(trace);
	return NULL;
}

/* The name comes from a result: behind it may be a pipe that nobody writes to, or a device. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	close(fd);
	return err;
}

struct trace *trace_read(const char *path, struct error_text *error)
{
	int fd = open_file(path);

	if (fd >= 0)
		return trace_read_fd(fd, path, error);
	error_text_set(error, fd, "%s: %s", path,
		       fd == -EINVAL ? "is not a regular file" : strerror(-fd));
	return NULL;
}

static void free_role(struct trace_role *role)
{
	int class;

	free(role->visits);
	free(role->freed);
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		free(role->waits[class]);
}

void trace_free(struct trace *trace)
{
	size_t i;

	if (!trace)
		return;
	for (i = 0; i < trace->nr; i++) {
		free(trace->races[i].layout);
		free(trace->races[i].engine);
		free(trace->races[i].order);
		free_role(&trace->races[i].role[ROLE_EXIT]);
		free_role(&trace->races[i].role[ROLE_REAPER]);
	}
	free(trace->races);
	free(trace);
}
