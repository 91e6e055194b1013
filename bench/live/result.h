/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run of `reapbench live` found out; text and JSON are written from it. */
#ifndef UMAPLE_LIVE_RESULT_H
#define UMAPLE_LIVE_RESULT_H

#include <jansson.h>
#include <stdio.h>

#include "common/host.h"
#include "figures.h"
#include "session.h"

struct live_layout {
	struct layout *layout; /* as it is rebuilt */
	uint64_t swapped_in;   /* pages that are resident, since there is no swap */
	uint64_t hugetlb;      /* pages of hugetlb VMAs, which are transparent huge pages here */
	struct live_session *session;
	bool killed; /* the kernel's figures are there */
	bool raced;  /* the model's are */
	struct live_side kernel, model;
};

struct live_result {
	const struct host *host;
	const struct compare_options *options;
	bool zram, forward, model;
	enum live_source best;	   /* the best source of the kernel's figures */
	const char *without_probe; /* why; NULL: the probe's figures are there */
	const char *order;	   /* of the model, beside process_mrelease() */
	bool interrupted;
	struct live_layout *layouts;
	size_t nr_layouts; /* that were begun */
};

/**
 * live_text() - Print the figures.
 * @out: where to.
 * @result: what.
 * @verbose: all figures of each way to kill too.
 *
 * Context: Any.
 */
void live_text(FILE *out, const struct live_result *result, bool verbose);

/**
 * live_json_build() - Make the document of schema "umaple.live/1", see live.schema.json.
 * @result: what.
 *
 * Context: Any.
 * Return: The object, to be given to json_decref(); NULL if memory ran out.
 */
json_t *live_json_build(const struct live_result *result);

#endif
