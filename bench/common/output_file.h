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
struct report_file {
	char *place;	 /* the file, symbolic links followed */
	char *temporary; /* beside it; NULL if @place is written to directly */
	mode_t mode;
};

/**
 * report_file_check() - Could a file be written there?
 * @path: where.
 *
 * Leaves nothing behind and changes nothing.
 *
 * Context: May sleep.
 * Return: 0; -EISDIR for a directory; another -errno that says why not.
 */
int report_file_check(const char *path);

/**
 * report_file_prepare() - Write a file beside its place.
 * @file: filled on success; give it to report_file_commit() or report_file_discard().
 * @path: where.
 * @fill: writes the content and returns 0 or -errno.
 * @what: for @fill.
 *
 * Context: May sleep.
 * Return: 0, the content being on the disk; -errno, and nothing is left of it.
 */
int report_file_prepare(struct report_file *file, const char *path,
			int (*fill)(FILE *out, const void *what), const void *what);

/**
 * report_file_commit() - Put it in its place.
 * @file: what report_file_prepare() filled in; empty afterwards.
 *
 * Context: May sleep.
 * Return: 0; -errno, and what stood there is untouched.
 */
int report_file_commit(struct report_file *file);

/**
 * report_file_discard() - Forget it.
 * @file: what report_file_prepare() filled in; empty afterwards. Zeroed, nothing happens.
 *
 * Context: May sleep.
 */
void report_file_discard(struct report_file *file);

#endif
