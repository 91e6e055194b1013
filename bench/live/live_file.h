/* SPDX-License-Identifier: GPL-2.0-only */
/* Read a file that `reapbench live --json` wrote. */
#ifndef UMAPLE_LIVE_LIVE_FILE_H
#define UMAPLE_LIVE_LIVE_FILE_H

#include <jansson.h>

#include "common/error_text.h"
#include "figures.h"

#define LIVE_FILE_MOST_BYTES   (64 << 20)
#define LIVE_FILE_MOST_LAYOUTS 170

/* A layout: what killing it cost the kernel and the model. Strings belong to the file. */
struct live_file_layout {
	const char *name;
	unsigned int occurrence; /* of the layout's name before this one */
	bool raced;		 /* the model's figures are there */
	struct live_side kernel, model;
	struct live_times times[NR_LIVE_KILLS]; /* the kernel's repetitions */
};

struct live_file {
	json_t *document;
	const char *path, *kernel, *cpu, *date;
	bool probed, zram;
	struct live_file_layout *layouts;
	size_t nr_layouts;
};

/**
 * live_file_is() - Is this a file of `reapbench live`?
 * @path: where it is.
 *
 * Context: May sleep.
 * Return: true if it is JSON of schema "umaple.live/1"; false also if it cannot be read.
 */
bool live_file_is(const char *path);

/**
 * live_file_read() - Read and check it.
 * @path: where it is.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: The file, to be given to live_file_free(); NULL with @error set if it cannot be read, is
 * longer than LIVE_FILE_MOST_BYTES, or contradicts the schema.
 */
struct live_file *live_file_read(const char *path, struct error_text *error);

/* The same layout in another file; NULL if there is none. */
const struct live_file_layout *live_file_find(const struct live_file *file,
					      const struct live_file_layout *other);

/**
 * live_file_free() - Free it.
 * @file: the file, or NULL.
 *
 * Context: Any.
 */
void live_file_free(struct live_file *file);

#endif
