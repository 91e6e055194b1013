/* SPDX-License-Identifier: GPL-2.0-only */
/* One line for the user that says what went wrong and where. */
#ifndef UMAPLE_ERROR_TEXT_H
#define UMAPLE_ERROR_TEXT_H

struct error_text {
	char text[1024];
};

/**
 * error_text_set() - Fill in the line.
 * @error: the line. It is cut off if it is too long, and control characters become '?'.
 * @number: a negative errno.
 * @format: the reason and the file; printf().
 *
 * Context: Any.
 * Return: @number, for the caller to pass on.
 */
int error_text_set(struct error_text *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
