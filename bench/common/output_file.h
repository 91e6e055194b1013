/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of results: there in full, or as it was before.
 *
 * A regular file is written beside its place and then renamed into it. A symbolic link stays one.
 * Devices and pipes are written to.
 */
#ifndef UMAPLE_OUTPUT_FILE_H
#define UMAPLE_OUTPUT_FILE_H

#include <stdio.h>
#include <sys/types.h>

/* A file that is written, but not in its place yet. */
struct output_file {
	char *path;	 /* the file, symbolic links followed */
	char *temporary; /* beside it; NULL if @place is written to directly */
	mode_t mode;
};

/**
 * output_file_check() - Could a file be written there?
 * @path: where.
 *
 * Leaves nothing behind and changes nothing.
 *
 * Context: May sleep.
 * Return: 0; -EISDIR for a directory; another -errno that says why not.
 */
int output_file_check(const char *path);

/**
 * output_file_prepare() - Write a file beside its place.
 * @file: filled on success; give it to output_file_commit() or output_file_discard().
 * @path: where.
 * @fill: writes the content and returns 0 or -errno.
 * @what: for @fill.
 *
 * Context: May sleep.
 * Return: 0, the content being on the disk; -errno, and nothing is left of it.
 */
int output_file_prepare(struct output_file *file, const char *path,
			int (*fill)(FILE *out, const void *what), const void *what);

/**
 * output_file_commit() - Put it in its place.
 * @file: what output_file_prepare() filled in; empty afterwards.
 *
 * Context: May sleep.
 * Return: 0; -errno, and what stood there is untouched.
 */
int output_file_commit(struct output_file *file);

/**
 * output_file_discard() - Forget it.
 * @file: what output_file_prepare() filled in; empty afterwards. Zeroed, nothing happens.
 *
 * Context: May sleep.
 */
void output_file_discard(struct output_file *file);

#endif
