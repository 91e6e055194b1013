/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading text and reporting errors, for all four filters. */
#ifndef FLAMEGRAPH_TEXT_H
#define FLAMEGRAPH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A piece of text that lies somewhere else; not terminated. */
struct text {
	const char *at;
	size_t len;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

static inline struct text text_from(struct text t, size_t skip)
{
	return (struct text){t.at + skip, t.len - skip};
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_begins(struct text t, struct text with)
{
	return t.len >= with.len && !memcmp(t.at, with.at, with.len);
}

static inline bool text_ends(struct text t, struct text with)
{
	return t.len >= with.len && !memcmp(t.at + t.len - with.len, with.at, with.len);
}

static inline bool text_is(struct text t, struct text with)
{
	return t.len == with.len && text_begins(t, with);
}

/* Without the blanks at its ends. */
static inline struct text text_trim(struct text t)
{
	while (t.len && is_blank(t.at[0]))
		t = text_from(t, 1);
	while (t.len && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

/* A source of lines. */
struct reader {
	const char *name; /* for messages */
	uint64_t line;	  /* number of the last line, from 1 */
	int fd;
	char *buffer;
	size_t size, start, end; /* what is not yet given out lies from @start to before @end */
	bool done, has_nul;
};

/**
 * reader_open() - Begin to read a file.
 * @r: the reader; set up.
 * @path: the file; NULL or "-" is standard input.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: 0; -errno, and there is nothing to close.
 */
int reader_open(struct reader *r, const char *path);

/**
 * reader_line() - Get the next line, of whatever length.
 * @r: an open reader.
 * @line: the line without its end; valid until the next call.
 *
 * The last line need not end; a carriage return before an end, and a byte-order mark before the
 * first line, are no part of a line. A NUL byte is an error: this is not text.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: 1; 0 at the end; -errno.
 */
int reader_line(struct reader *r, struct text *line);

/**
 * reader_unread() - Give the line of the last reader_line() out again.
 * @r: an open reader; no other call since then.
 * @line: that line.
 *
 * Context: Any.
 */
void reader_unread(struct reader *r, struct text line);

/**
 * reader_close() - Free a reader.
 * @r: an open reader.
 *
 * Context: May sleep.
 */
void reader_close(struct reader *r);

/**
 * reader_error() - Say what is wrong with the line that was read last.
 * @r: the reader.
 * @format: as printf() takes it; no line end.
 *
 * Context: May sleep.
 * Return: -EINVAL, always.
 */
int reader_error(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * complain() - Say in one line on standard error what is wrong.
 * @format: as printf() takes it; no line end.
 *
 * The name of the program stands before it.
 *
 * Context: May sleep.
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * text_shown() - A piece of input as a message may quote it.
 * @t: any bytes.
 * @to: filled with what can be printed of it, the rest as '?', and terminated.
 * @size: of @to, at least 8; a longer text ends in "...".
 *
 * Context: Any.
 * Return: @to.
 */
const char *text_shown(struct text t, char *to, size_t size);

/**
 * text_number() - Read a decimal number that fills the whole text.
 * @t: the text.
 * @number: filled on success.
 *
 * Context: Any.
 * Return: 0; -EINVAL if something but digits is in it or nothing is; -ERANGE if it is more than
 * 2^63.
 */
int text_number(struct text t, uint64_t *number);

/**
 * text_thousandths() - Read a decimal number that may have three decimals.
 * @word: the number, terminated; up to a million.
 * @number: filled on success: the thousandfold.
 *
 * Context: Any.
 * Return: 0; -EINVAL if it is not that.
 */
int text_thousandths(const char *word, uint64_t *number);

/**
 * grow() - Make room in an array.
 * @array: a pointer to the array's pointer.
 * @size: how many fit now; updated.
 * @need: how many have to.
 * @each: the size of one, in bytes.
 *
 * Context: Any.
 * Return: 0; -ENOMEM, and the array is as it was.
 */
int grow(void *array, size_t *size, size_t need, size_t each);

/**
 * finish_output() - End a program that wrote to standard output.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: the exit status: 0, or 1 if not everything could be written.
 */
int finish_output(void);

#endif
