// SPDX-License-Identifier: GPL-2.0-only
/* Reading files and their lines, with errors that say where. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "layout_internal.h"

#define MAX_LINE 8192 /* a path of PATH_MAX with every byte escaped would not fit; none is */
#define MAX_FILE (256UL << 20)

int text_fail(struct layout_text *text, size_t nr, const char *fmt, ...)
{
	size_t len = strlen(text->file);
	char reason[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	/* The reason matters more than the beginning of a long path. */
	return layout_fail(text->err, -EINVAL, "%s%s:%zu: %s", len > 72 ? "..." : "",
			   len > 72 ? text->file + len - 69 : text->file, nr, reason);
}

int text_line(struct layout_text *text)
{
	const char *newline;
	size_t left = text->end - text->next;

	if (!left)
		return 0;
	text->nr++;
	newline = memchr(text->next, '\n', left < MAX_LINE + 1 ? left : MAX_LINE + 1);
	if (!newline && left > MAX_LINE)
		return text_fail(text, text->nr, "line longer than %d bytes", MAX_LINE);
	text->line = text->next;
	text->len = newline ? (size_t)(newline - text->next) : left;
	if (memchr(text->line, '\0', text->len))
		return text_fail(text, text->nr, "NUL byte");
	if (!newline)
		return text_fail(text, text->nr, "cut off in the middle of a line");
	text->next = newline + 1;
	while (text->len && text->line[text->len - 1] == '\r')
		text->len--;
	return 1;
}

bool scan_number(const char **p, const char *end, unsigned int base, uint64_t *value)
{
	const char *start = *p;
	uint64_t v = 0;

	for (; *p < end; ++*p) {
		unsigned int c = (unsigned char)**p, digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			break;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*value = v;
	return *p > start;
}

char *layout_slurp(const char *path, size_t *len, struct layout_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t cap = 0, used = 0;
	char *text = NULL, *bigger;
	ssize_t n = -1;

	if (fd < 0) {
		layout_fail(err, 0, "%s: %s", path, strerror(errno));
		return NULL;
	}
	do {
		if (used == cap) {
			cap = cap ? 2 * cap : 1 << 16;
			bigger = cap <= MAX_FILE ? layout_alloc(text, cap) : NULL;
			if (!bigger) {
				layout_fail(err, 0, "%s: %s", path,
					    cap > MAX_FILE ? "too large for a layout"
							   : "out of memory");
				goto fail;
			}
			text = bigger;
		}
		do
			n = read(fd, text + used, cap - used);
		while (n < 0 && errno == EINTR);
		if (n < 0) {
			layout_fail(err, 0, "%s: %s", path, strerror(errno));
			goto fail;
		}
		used += n;
	} while (n);
	close(fd);
	*len = used;
	return text;
fail:
	layout_alloc(text, 0);
	close(fd);
	return NULL;
}
