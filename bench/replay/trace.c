// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fault.h"

#define MOST_LINES 10000000

/* Words of which arguments are made. */
static const struct {
	const char *name;
	unsigned long value;
} words[] = {
#define WORD(name)                         \
	{                                  \
#name, (unsigned long)name \
	}
	WORD(PROT_NONE),	   WORD(PROT_READ),	  WORD(PROT_WRITE),
	WORD(PROT_EXEC),	   WORD(PROT_GROWSDOWN),  WORD(PROT_GROWSUP),
	WORD(MAP_SHARED),	   WORD(MAP_PRIVATE),	  WORD(MAP_FIXED),
	WORD(MAP_ANONYMOUS),	   WORD(MAP_GROWSDOWN),	  WORD(MAP_DENYWRITE),
	WORD(MAP_EXECUTABLE),	   WORD(MAP_LOCKED),	  WORD(MAP_NORESERVE),
	WORD(MAP_POPULATE),	   WORD(MAP_NONBLOCK),	  WORD(MAP_STACK),
	WORD(MAP_32BIT),	   WORD(MAP_SYNC),	  WORD(MAP_FIXED_NOREPLACE),
	WORD(MAP_HUGETLB),	   WORD(MREMAP_MAYMOVE),  WORD(MREMAP_FIXED),
	WORD(MREMAP_DONTUNMAP),	   WORD(MADV_NORMAL),	  WORD(MADV_RANDOM),
	WORD(MADV_SEQUENTIAL),	   WORD(MADV_WILLNEED),	  WORD(MADV_DONTNEED),
	WORD(MADV_FREE),	   WORD(MADV_REMOVE),	  WORD(MADV_DONTFORK),
	WORD(MADV_DOFORK),	   WORD(MADV_MERGEABLE),  WORD(MADV_UNMERGEABLE),
	WORD(MADV_HUGEPAGE),	   WORD(MADV_NOHUGEPAGE), WORD(MADV_DONTDUMP),
	WORD(MADV_DODUMP),	   WORD(MADV_WIPEONFORK), WORD(MADV_KEEPONFORK),
	WORD(MADV_COLD),	   WORD(MADV_PAGEOUT),	  WORD(MADV_POPULATE_READ),
	WORD(MADV_POPULATE_WRITE), {"MAP_FILE", 0},	  {"NULL", 0},
#undef WORD
};

static const char *const names[NR_VM_CALLS + 1] = {[TRACE_BEFORE] = "before",
#define CALL_NAME(NAME, name) [VM_CALL_##NAME] = #name,
						   VM_CALLS(CALL_NAME)
#undef CALL_NAME
};

/* A number, a word, or several words with '|' between. */
static bool parse_value(char *text, unsigned long *value)
{
	char *word, *end;

	*value = 0;
	while ((word = strsep(&text, "|"))) {
		unsigned long one;
		size_t i;

		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		one = strtoul(word, &end, 0);
		if (*word >= '0' && *word <= '9' && !*end) {
			*value |= one;
			continue;
		}
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (!strcmp(words[i].name, word))
				break;
		if (i == sizeof(words) / sizeof(words[0]))
			return false;
		*value |= words[i].value;
	}
	return true;
}

/* "0x7f00", "0", "-1 ENOMEM (Cannot allocate memory)"; a '?' is a call that never returned. */
static bool parse_result(const char *text, long *result)
{
	char name[32], *end;

	text += strspn(text, " ");
	if (sscanf(text, "-1 %31[A-Z0-9]", name) == 1) {
		for (int err = 1; err < 134; err++) {
			const char *known = strerrorname_np(err);

			if (known && !strcmp(known, name)) {
				*result = -err;
				return true;
			}
		}
		return false;
	}
	*result = (long)strtoul(text, &end, 0);
	return end != text && (!*end || *end == ' ');
}

/* "3", "3</lib/x.so>", "-1". */
static bool parse_file(const char *text, int *file)
{
	char *end;
	long number;

	text += strspn(text, " ");
	number = strtol(text, &end, 10);
	*file = number < 0 ? -1 : (int)number;
	return end != text && number >= -1 && number < 1 << 20 && (!*end || *end == '<');
}

/* The arguments, up to the ')' that is before the result. */
static int parse_arguments(char *text, struct vm_call *call)
{
	int nr = 0;
	char *word;

	call->file = -1;
	while ((word = strsep(&text, ","))) {
		if (nr == 6)
			return -EINVAL;
		if (call->kind == VM_CALL_MMAP && nr == 4 ? !parse_file(word, &call->file)
							  : !parse_value(word, &call->arg[nr]))
			return -EINVAL;
		nr++;
	}
	return nr;
}

/* How many arguments each takes, at least and at most. */
static bool right_number(enum vm_call_kind kind, int nr)
{
	switch (kind) {
	case VM_CALL_MMAP:
		return nr == 6;
	case VM_CALL_MREMAP:
		return nr == 4 || nr == 5;
	case VM_CALL_MPROTECT:
	case VM_CALL_MADVISE:
		return nr == 3;
	case VM_CALL_BRK:
		return nr == 1;
	default:
		return nr == 2;
	}
}

/* Behind what strace puts before a call: "[pid 12] ", "12 ", "12:00:01.2 ". */
static char *skip_prefix(char *line)
{
	line += strspn(line, " \t");
	if (!strncmp(line, "[pid", 4)) {
		line += strcspn(line, "]");
		line += *line == ']';
	}
	for (;;) {
		line += strspn(line, " \t");
		if (*line < '0' || *line > '9')
			return line;
		line += strspn(line, "0123456789:.");
	}
}

int call_trace_parse(char *line, struct traced_call *out)
{
	char *open, *close, *equal;
	int kind, nr;

	line = skip_prefix(line);
	open = strchr(line, '(');
	if (!open || *line == '#')
		return 0;
	for (kind = 0; kind <= NR_VM_CALLS; kind++)
		if (strlen(names[kind]) == (size_t)(open - line) &&
		    !memcmp(names[kind], line, (size_t)(open - line)))
			break;
	if (kind > NR_VM_CALLS)
		return 0;
	/* The last " = ": a file name of strace -y may hold one. */
	close = NULL;
	for (char *at = strstr(open, ") "); at; at = strstr(at + 1, ") ")) {
		equal = at + 1 + strspn(at + 1, " ");
		if (*equal == '=')
			close = at;
	}
	if (!close)
		return -EINVAL;
	*close = '\0';
	equal = close + 1 + strspn(close + 1, " ");
	*out = (struct traced_call){.call = {.kind = (enum vm_call_kind)kind}};
	nr = parse_arguments(open + 1, &out->call);
	if (nr < 0 || !right_number(out->call.kind, nr) || !parse_result(equal + 1, &out->result))
		return -EINVAL;
	return 1;
}

static int add_call(struct call_trace *trace, const struct traced_call *call, char *text)
{
	const size_t nr = trace->nr;

	/* Room for the next power of two. */
	if (!(nr & (nr - 1))) {
		const size_t room = nr ? 2 * nr : 1;
		void *calls = reallocarray(trace->calls, room, sizeof(*trace->calls)), *lines;

		if (calls)
			trace->calls = calls;
		lines = reallocarray(trace->lines, room, sizeof(*trace->lines));
		if (lines)
			trace->lines = lines;
		if (!calls || !lines)
			return -ENOMEM;
	}
	trace->calls[nr] = *call;
	trace->lines[nr] = text;
	trace->nr++;
	return 0;
}

/*
 * With several threads strace prints a call in two lines: "7 brk(NULL <unfinished ...>" and later
 * "7 <... brk resumed>) = 0x55". They are joined, and stand where the second one is.
 */
struct pending {
	char *begun[256]; /* the first lines, without " <unfinished ...>"; NULL: free */
	long pid[256];
};

#define UNFINISHED " <unfinished ...>"

static long pid_of(const char *line)
{
	line += strspn(line, " \t");
	if (!strncmp(line, "[pid", 4))
		line += 4;
	return strtol(line, NULL, 10);
}

/* Keep a first line. Return: 0; -ENOMEM; -EINVAL if there are too many. */
static int keep(struct pending *p, const char *line, size_t length)
{
	for (size_t i = 0; i < 256; i++) {
		if (p->begun[i])
			continue;
		p->begun[i] = strndup(line, length);
		p->pid[i] = pid_of(line);
		return p->begun[i] ? 0 : -ENOMEM;
	}
	return -EINVAL;
}

/* The whole call that ends with this second line, to be freed; NULL if its begin is not there. */
static char *join(struct pending *p, const char *line, const char *rest)
{
	char *whole = NULL;

	for (size_t i = 0; i < 256; i++) {
		if (!p->begun[i] || p->pid[i] != pid_of(line))
			continue;
		if (asprintf(&whole, "%s%s", p->begun[i], rest) < 0)
			whole = NULL;
		free(p->begun[i]);
		p->begun[i] = NULL;
		break;
	}
	return whole;
}

static int add_whole(struct call_trace *trace, char *line, size_t number)
{
	char *copy = strdup(line);
	struct traced_call call;
	int kind, err;

	if (!copy)
		return -ENOMEM;
	kind = call_trace_parse(line, &call);
	call.line = number;
	err = kind == 1 ? add_call(trace, &call, copy) : kind;
	if (kind == 1 && !err)
		return 0;
	free(copy);
	trace->skipped += !kind && *line;
	return err;
}

static int add_line(struct call_trace *trace, struct pending *pending, char *line, size_t number)
{
	char *unfinished = strstr(line, UNFINISHED), *resumed = strstr(line, " resumed>");
	char *whole;
	int err;

	if (unfinished && !unfinished[strlen(UNFINISHED)])
		return keep(pending, line, (size_t)(unfinished - line));
	if (!resumed || !strstr(line, "<... "))
		return add_whole(trace, line, number);
	whole = join(pending, line, resumed + strlen(" resumed>"));
	if (!whole)
		return -EINVAL;
	err = add_whole(trace, whole, number);
	free(whole);
	return err;
}

int call_trace_read(const char *path, struct call_trace *trace, struct error_text *error)
{
	FILE *file = fopen(path, "re");
	struct pending pending = {0};
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t length;
	int err = 0;

	*trace = (struct call_trace){0};
	if (!file)
		return error_text_set(error, -errno, "%s: %s", path, strerror(errno));
	while (!err && (length = getline(&line, &room, file)) > 0) {
		number++;
		if (line[length - 1] == '\n')
			line[--length] = '\0';
		err = number > MOST_LINES || strlen(line) != (size_t)length
			      ? -EINVAL
			      : add_line(trace, &pending, line, number);
	}
	if (err == -EINVAL)
		error_text_set(error, err, "%s:%zu: this call cannot be understood", path, number);
	else if (err || ferror(file))
		err = error_text_set(error, err ? err : -EIO, "%s: %s", path,
				     strerror(err ? -err : EIO));
	else if (!trace->nr)
		err = error_text_set(error, -EINVAL, "%s: there is no call in it", path);
	free(line);
	fclose(file);
	for (size_t i = 0; i < 256; i++)
		free(pending.begun[i]);
	if (err)
		call_trace_free(trace);
	return err;
}

void call_trace_free(struct call_trace *trace)
{
	for (size_t i = 0; i < trace->nr; i++)
		free(trace->lines[i]);
	free(trace->lines);
	free(trace->calls);
	*trace = (struct call_trace){0};
}
