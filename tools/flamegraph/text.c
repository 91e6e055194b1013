// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE (1 << 18)

/* One call of write(), so that lines of several programs do not mix. */
static void say(const char *where, const char *format, va_list args)
{
	char what[1024];

	vsnprintf(what, sizeof(what), format, args);
	fprintf(stderr, "%s: %s%s\n", program_invocation_short_name, where, what);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

int reader_error(const struct reader *r, const char *format, ...)
{
	char shown[256], where[300];
	va_list args;

	text_shown((struct text){r->name, strlen(r->name)}, shown, sizeof(shown));
	snprintf(where, sizeof(where), "%s:%llu: ", shown, (unsigned long long)r->line);
	va_start(args, format);
	say(where, format, args);
	va_end(args);
	return -EINVAL;
}

const char *text_shown(struct text t, char *to, size_t size)
{
	size_t room = size - 1, len = t.len <= room ? t.len : room - 3, i;

	for (i = 0; i < len; i++)
		to[i] = t.at[i] >= ' ' && t.at[i] < 0x7f ? t.at[i] : '?';
	strcpy(to + len, len < t.len ? "..." : "");
	return to;
}

int text_number(struct text t, uint64_t *number)
{
	uint64_t sum = 0;
	size_t i;

	if (!t.len)
		return -EINVAL;
	for (i = 0; i < t.len; i++)
		if (t.at[i] < '0' || t.at[i] > '9')
			return -EINVAL;
	for (i = 0; i < t.len; i++)
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, t.at[i] - '0', &sum) || sum > UINT64_C(1) << 63)
			return -ERANGE;
	*number = sum;
	return 0;
}

int text_thousandths(const char *word, uint64_t *number)
{
	const char *dot = strchrnul(word, '.'), *at;
	struct text whole = {word, (size_t)(dot - word)};
	uint64_t units, unit = 1000, part = 0;

	if (text_number(whole, &units) || units > 1000000 || (*dot && !dot[1]))
		return -EINVAL;
	for (at = dot + (*dot == '.'); *at; at++) {
		unit /= 10;
		if (*at < '0' || *at > '9' || !unit)
			return -EINVAL;
		part += (uint64_t)(*at - '0') * unit;
	}
	*number = units * 1000 + part;
	return 0;
}

int grow(void *array, size_t *size, size_t need, size_t each)
{
	size_t more = *size + *size / 2, bytes;
	void *moved;

	if (need <= *size)
		return 0;
	if (more < need)
		more = need;
	if (more < 16)
		more = 16;
	if (__builtin_mul_overflow(more, each, &bytes))
		return -ENOMEM;
	moved = realloc(*(void **)array, bytes);
	if (!moved)
		return -ENOMEM;
	*(void **)array = moved;
	*size = more;
	return 0;
}

int reader_open(struct reader *r, const char *path)
{
	bool standard = !path || !strcmp(path, "-");
	int err;

	*r = (struct reader){.name = standard ? "standard input" : path, .fd = STDIN_FILENO};
	if (!standard) {
		r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (r->fd < 0) {
			err = -errno;
			complain("%s: %s", path, strerror(-err));
			return err;
		}
	}
	err = grow(&r->buffer, &r->size, FIRST_SIZE, 1);
	if (err) {
		complain("%s: %s", r->name, strerror(-err));
		reader_close(r);
	}
	return err;
}

void reader_close(struct reader *r)
{
	if (r->fd != STDIN_FILENO)
		close(r->fd);
	free(r->buffer);
	r->buffer = NULL;
}

/* Read on behind what is there; the beginning of a line moves to the front of the buffer. */
static int reader_fill(struct reader *r)
{
	ssize_t n;
	int err;

	memmove(r->buffer, r->buffer + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	err = r->end == r->size ? grow(&r->buffer, &r->size, r->size + 1, 1) : 0;
	if (!err) {
		do
			n = read(r->fd, r->buffer + r->end, r->size - r->end);
		while (n < 0 && errno == EINTR);
		err = n < 0 ? -errno : 0;
	}
	if (err) {
		complain("%s: %s", r->name, strerror(-err));
		return err;
	}
	r->done = !n;
	r->has_nul |= memchr(r->buffer + r->end, '\0', (size_t)n) != NULL;
	r->end += (size_t)n;
	return 0;
}

int reader_line(struct reader *r, struct text *line)
{
	size_t seen = 0, length;
	char *end;
	int err;

	while (!(end = memchr(r->buffer + r->start + seen, '\n', r->end - r->start - seen)) &&
	       !r->done) {
		seen = r->end - r->start;
		err = reader_fill(r);
		if (err)
			return err;
	}
	length = end ? (size_t)(end - r->buffer) - r->start : r->end - r->start;
	if (!end && !length)
		return 0;
	*line = (struct text){r->buffer + r->start, length};
	r->start += length + (end != NULL);
	r->line++;
	if (r->has_nul && memchr(line->at, '\0', length))
		return reader_error(r, "a NUL byte: this is not text");
	if (length && line->at[length - 1] == '\r')
		line->len--;
	if (r->line == 1 && text_begins(*line, TEXT("\xef\xbb\xbf"))) /* a byte-order mark */
		*line = text_from(*line, 3);
	return 1;
}

void reader_unread(struct reader *r, struct text line)
{
	r->start = (size_t)(line.at - r->buffer);
	r->line--;
}

int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	complain("standard output: %s", strerror(errno));
	return 1;
}
