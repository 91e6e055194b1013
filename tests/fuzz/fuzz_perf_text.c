// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: any bytes as the text of perf script. The first byte says how they are read (see
 * OPTIONS). The outcome is stacks that are the same when they are read again, from CRLF lines
 * behind a byte-order mark, and with the kernel marked; or one line of error. With MADE the bytes
 * choose a thread's name, a period and the fields, and the sample that perf would print of these
 * has to come out as it went in.
 */
#include <inttypes.h>
#include <stdint.h>

#include "fuzz_text.h"
#include "perf_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* OPTIONS, bits of the first byte. */
enum {
	MARK = 1,
	PERIOD = 2,
	EVENT = 4,
	COMM = 8,
	ROOT = 16,
	MADE = 32,
};

static struct kept out, errors;

/* Read; the folded text for free(), empty on failure. */
static struct text fold(struct text input, unsigned int options, struct stacks *s, int *err)
{
	const char *event = "cycles", *comm = "app";
	struct selection sel = {.comms = &comm, .nr_comms = !!(options & COMM)};
	const struct perf_options perf = {.events = &event,
					  .nr_events = !!(options & EVENT),
					  .by_period = options & PERIOD,
					  .mark_kernel = options & MARK};
	struct reader r = reader_of(input);
	struct text text = {0};

	sel.root = options & ROOT ? "main" : NULL;
	kept_forget(&errors);
	*err = perf_script_read(&r, s, &sel, &perf);
	reader_close(&r);
	REQUIRE(lines_of(kept_text(&errors)) == (*err != 0));
	if (*err >= 0) {
		REQUIRE(s->nr);
		check_total(s, 0);
		kept_forget(&out);
		REQUIRE(!folded_write(s));
		text = kept_copy(&out);
	}
	return text;
}

static bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && !memcmp(a.at, b.at, a.len);
}

static void check_same(struct text input, unsigned int options, struct text want, int want_err)
{
	struct stacks s = {0};
	int err;
	struct text text = fold(input, options, &s, &err);

	REQUIRE(err == want_err);
	REQUIRE(text_equal(text, want));
	free((char *)text.at);
	stacks_free(&s);
}

/* The input with the line ends and the first bytes of another system. */
static void check_foreign(struct text input, unsigned int options, struct text want, int err)
{
	char *copy = malloc(2 * input.len + 3);
	size_t used = 3, i;

	REQUIRE(copy);
	memcpy(copy, "\xef\xbb\xbf", 3);
	for (i = 0; i < input.len; i++) {
		if (input.at[i] == '\n')
			copy[used++] = '\r';
		copy[used++] = input.at[i];
	}
	check_same((struct text){copy, used}, options, want, err);
	free(copy);
}

/* The marks of the kernel are all that they change. */
static void check_marks(struct text input, unsigned int options, struct text marked, int want_err)
{
	char *copy = malloc(marked.len + 1);
	struct reader r;
	const struct selection everything = {0};
	struct stacks s = {0};
	size_t used = 0, i;
	struct text text;

	if (memmem(input.at, input.len, "_[k]", 4) || begins_with_mark(marked) || !marked.len) {
		free(copy);
		return;
	}
	REQUIRE(copy);
	for (i = 0; i < marked.len; i++) {
		if (marked.len - i >= 4 && !memcmp(marked.at + i, "_[k]", 4))
			i += 4;
		copy[used++] = marked.at[i];
	}
	r = reader_of((struct text){copy, used});
	REQUIRE(!folded_read(&r, &s, &everything, 0));
	reader_close(&r);
	kept_forget(&out);
	REQUIRE(!folded_write(&s));
	text = kept_copy(&out);
	check_same(input, options & ~(unsigned int)MARK, text, want_err);
	free((char *)text.at);
	free(copy);
	stacks_free(&s);
}

static void check_text(struct text input, unsigned int options)
{
	bool bom = input.len && input.at[0] == '\xef';
	struct stacks s = {0};
	int err;
	struct text text = fold(input, options, &s, &err);

	if (err >= 0) {
		check_written(text, &out);
		/* A root may be marked in one of the two only. */
		if (options & MARK && !(options & ROOT))
			check_marks(input, options, text, err);
		if (!bom && !memchr(input.at, '\r', input.len))
			check_foreign(input, options, text, err);
	}
	free((char *)text.at);
	stacks_free(&s);
}

/* Takes bytes off the input; 0 when there are no more. */
static uint8_t take(struct text *t)
{
	uint8_t byte = 0;

	if (t->len) {
		byte = (uint8_t)t->at[0];
		*t = text_from(*t, 1);
	}
	return byte;
}

/*
 * A name that a thread may have and that says nothing else: no blanks at its ends, no line end, no
 * word that ends as a field of a header does.
 */
static size_t make_comm(struct text *t, char *comm)
{
	size_t wanted = take(t) % 16, len = 0, i;

	while (len < wanted) {
		char c = (char)take(t);

		comm[len++] = c && c != '\n' && c != '\r' && c != '\t' ? c : ' ';
	}
	while (len && comm[len - 1] == ' ')
		len--;
	for (i = 0; i < len && comm[i] == ' '; i++)
		;
	len -= i;
	memmove(comm, comm + i, len);
	for (i = 0; i < len; i++) {
		if (comm[i] == ':' && (i + 1 == len || comm[i + 1] == ' '))
			comm[i] = '.';
		if (comm[i] == '[')
			comm[i] = '(';
		/* A comment, a guest, a byte-order mark. */
		if (i == 0 && strchr("#V\xef", comm[i]))
			comm[i] = 'x';
	}
	if (len >= 12 && !memcmp(comm, "PERF_RECORD_", 12))
		comm[0] = 'x';
	return len;
}

/* One sample as perf prints it; fields that are there are bits of @fields. */
static size_t make_sample(char *to, size_t room, struct text comm, unsigned int fields,
			  unsigned int pid, uint64_t period, bool kernel)
{
	FILE *file = fmemopen(to, room, "w");
	long size;

	REQUIRE(file);
	if (fields & 1)
		fprintf(file, "%*s", comm.len < 16 ? (int)(16 - comm.len) : 0, "");
	fwrite(comm.at, 1, comm.len, file);
	if (fields & 2)
		fprintf(file, " %7u/%-7u ", pid, pid + 1);
	else
		fprintf(file, " %5u ", pid);
	if (fields & 4)
		fprintf(file, "[%03d] ", (int)(pid % 5) - 1);
	if (fields & 8)
		fprintf(file, "%-6s", pid & 1 ? "K" : "U");
	if (fields & 16)
		fprintf(file, "2026-01-02 03:04:05.%06u ", pid);
	if (fields & 32)
		fprintf(file, "%5u.%06u: ", pid, pid);
	if (fields & 64)
		fprintf(file, "%10" PRIu64 " ", period);
	fprintf(file, "%*s: \n\t%16lx leaf+0x1 (%s)\n\n", fields & 128 ? 14 : 0,
		fields & 128 ? "cpu/cycles/u" : "cycles", kernel ? 0xffffffff81000000UL : 0x4711UL,
		kernel ? "[kernel.kallsyms]" : "/bin/app");
	size = ftell(file);
	REQUIRE(size > 0 && !fclose(file));
	return (size_t)size;
}

static void check_made(struct text input)
{
	char comm[16], sample[512], want[512];
	unsigned int fields = take(&input), more = take(&input), pid, i;
	uint64_t period = 0;
	struct text name = {comm, 0}, text;
	struct stacks s = {0};
	int err, len;

	pid = (take(&input) << 8 | take(&input)) * (more & 4 ? 63 : 1) + 1;
	for (i = 0; i < (more >> 4); i++)
		period = period * 10 + take(&input) % 10;
	name.len = make_comm(&input, comm);
	i = (unsigned int)make_sample(sample, sizeof(sample), name, fields, pid, period, more & 1);
	for (len = 0; len < (int)name.len; len++)
		if (comm[len] == ';')
			comm[len] = ':';
	len = snprintf(want, sizeof(want), "%.*s;leaf%s %" PRIu64 "\n",
		       name.len ? (int)name.len : 9, name.len ? comm : "[no name]",
		       more & 1 ? "_[k]" : "", more & 2 && fields & 64 ? period : 1);
	text = fold((struct text){sample, i}, MARK | (more & 2 && fields & 64 ? PERIOD : 0), &s,
		    &err);
	if (err || len != (int)text.len || memcmp(text.at, want, text.len))
		dprintf(2, "%.*swant %sgot %.*s%.*s", (int)i, sample, want, (int)text.len, text.at,
			(int)errors.size, errors.bytes);
	REQUIRE(!err);
	REQUIRE(text_equal(text, (struct text){want, (size_t)len}));
	free((char *)text.at);
	stacks_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text input = {(const char *)data, size};
	unsigned int options;

	keep(&out, &stdout);
	keep(&errors, &stderr);
	options = take(&input);
	if (options & MADE)
		check_made(input);
	else
		check_text(input, options);
	keep_no_more(&out, &stdout);
	keep_no_more(&errors, &stderr);
	return 0;
}
