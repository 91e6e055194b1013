/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of `reapbench live`: the kernel beside the model, or two kernels. */
#ifndef UMAPLE_LIVE_PAGE_H
#define UMAPLE_LIVE_PAGE_H

#include "live_file.h"

/* A kind of kills that two files have. */
struct live_pair {
	const char *layout;
	const struct live_row *a, *b;
	struct live_versus versus; /* B over A */
	enum judgement judgement;
};

/* What a page shows: file @a alone with its model, or @pairs of two files. */
struct live_page {
	const struct live_file *a, *b; /* @b may be NULL */
	const struct live_pair *pairs;
	size_t nr_pairs;
};

/**
 * live_page_write() - Write FOLDER/index.html.
 * @folder: made if it is missing; the folder above must be there.
 * @page: what to show.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno, and then no page was written or changed.
 */
int live_page_write(const char *folder, const struct live_page *page, struct error_text *error);

/**
 * live_page_possible() - Could a page be written there?
 * @folder: made if it is missing, and left there.
 * @made: set if it was made.
 * @error: filled if it could not.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int live_page_possible(const char *folder, bool *made, struct error_text *error);

/* Say what makes the comparison of two files doubtful, a line each. */
void live_page_warn(const struct live_page *page, void (*say)(void *to, const char *line),
		    void *to);

#endif
