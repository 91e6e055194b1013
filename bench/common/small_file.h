/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the kernel that hold a word, a number or some lines: /proc, /sys, cgroups. */
#ifndef UMAPLE_SMALL_FILE_H
#define UMAPLE_SMALL_FILE_H

#include <stddef.h>
#include <sys/types.h>

/**
 * small_file_write() - Write a text with one write(2), which is how the kernel wants it.
 * @path: a file that exists.
 * @text: what to write.
 *
 * Context: May sleep.
 * Return: 0; -errno of open(2) or write(2).
 */
int small_file_write(const char *path, const char *text);

/**
 * small_file_read() - Read the beginning of a file.
 * @path: the file.
 * @text: filled and ended by a zero byte, also on failure.
 * @size: of @text in bytes, at least 1.
 *
 * Context: May sleep.
 * Return: how many bytes were read, at most @size - 1; -errno of open(2) or read(2).
 */
ssize_t small_file_read(const char *path, char *text, size_t size);

#endif
