/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the targets that read text: input from memory, and output and errors into it. */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"

/* End the program, which is how a target reports a finding. */
#define REQUIRE(condition)                                                                 \
	do {                                                                               \
		if (!(condition)) {                                                        \
			dprintf(2, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                           \
		}                                                                          \
	} while (0)

/* Standard output or standard error, kept in memory while an input is read. */
struct kept {
	char *bytes;
	size_t size;
	FILE *file, *real;
};

static inline void keep(struct kept *kept, FILE **standard)
{
	if (!kept->file)
		kept->file = open_memstream(&kept->bytes, &kept->size);
	REQUIRE(kept->file);
	kept->real = *standard;
	*standard = kept->file;
}

static inline void keep_no_more(const struct kept *kept, FILE **standard)
{
	*standard = kept->real;
}

static inline void kept_forget(struct kept *kept)
{
	rewind(kept->file);
}

static inline struct text kept_text(struct kept *kept)
{
	REQUIRE(!fflush(kept->file));
	return (struct text){kept->bytes, kept->size};
}

/* A copy for free(). */
static inline struct text kept_copy(struct kept *kept)
{
	struct text t = kept_text(kept);
	char *copy = malloc(t.len + 1);

	REQUIRE(copy);
	memcpy(copy, t.at, t.len);
	return (struct text){copy, t.len};
}

/* A reader of bytes in memory; for reader_close(). */
static inline struct reader reader_of(struct text t)
{
	struct reader r = {.name = "input", .fd = -1, .done = true};

	r.buffer = malloc(t.len + 1);
	REQUIRE(r.buffer);
	memcpy(r.buffer, t.at, t.len);
	r.size = t.len + 1;
	r.end = t.len;
	r.has_nul = memchr(t.at, '\0', t.len) != NULL;
	return r;
}

/* How many lines an error has. */
static inline size_t lines_of(struct text t)
{
	size_t nr = 0, i;

	for (i = 0; i < t.len; i++)
		nr += t.at[i] == '\n';
	return nr;
}

/* The weights of a set add up to what it says. */
static inline void check_total(const struct stacks *s, int side)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->nr; i++)
		sum += s->stacks[i].weight[side];
	REQUIRE(sum == s->total[side]);
}

/* A name that looks like a byte-order mark is lost when it is the first. */
static inline bool begins_with_mark(struct text t)
{
	return text_begins(t, TEXT("\xef\xbb\xbf"));
}

/* Is the folded text of @s, read again, the same? @text is that text, and @out is overwritten. */
static inline void check_written(struct text text, struct kept *out)
{
	static const struct selection everything;
	struct stacks again = {0};
	struct reader r;

	if (begins_with_mark(text))
		return;
	r = reader_of(text);
	REQUIRE(!folded_read(&r, &again, &everything, 0));
	reader_close(&r);
	kept_forget(out);
	REQUIRE(!folded_write(&again));
	REQUIRE(kept_text(out).len == text.len);
	REQUIRE(!memcmp(kept_text(out).at, text.at, text.len));
	stacks_free(&again);
}

#endif
