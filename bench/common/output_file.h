/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write a result file in full, or leave the file as it was.
 *
 * A regular file is written under a temporary name beside its path and then renamed. A symbolic
 * link stays a link. Devices and pipes are written to directly.
 */
#ifndef UMAPLE_OUTPUT_FILE_H
#define UMAPLE_OUTPUT_FILE_H

#include <stdio.h>
#include <sys/types.h>

/* A file that is written, but not renamed yet. */
struct output_file {
	char *path;	 /* the file, symbolic links followed */
	char *temporary; /* beside it; NULL if @path is written to directly */
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
 * output_file_prepare() - Write a file under a temporary name.
 * @file: filled on success; give it to output_file_commit() or output_file_discard().
 * @path: where.
 * @fill: writes the content and returns 0 or -errno.
 * @what: for @fill.
 *
 * Context: May sleep.
 * Return: 0 once the content is on the disk; -errno, and then the temporary file is removed.
 */
int output_file_prepare(struct output_file *file, const char *path,
			int (*fill)(FILE *out, const void *what), const void *what);

/**
 * output_file_commit() - Give it its final name.
 * @file: what output_file_prepare() filled in; empty afterwards.
 *
 * Context: May sleep.
 * Return: 0; -errno, and then the old file is untouched.
 */
int output_file_commit(struct output_file *file);

/**
 * output_file_discard() - Remove the temporary file.
 * @file: what output_file_prepare() filled in; empty afterwards. A zeroed one is fine.
 *
 * Context: May sleep.
 */
void output_file_discard(struct output_file *file);

#endif
