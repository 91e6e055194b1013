// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "folder.h"
#include "output.h"
#include "table.h"

/* The trace lies beside the result, whatever folder that is in. */
static int read_trace(struct report *report, unsigned int file)
{
	const struct result *result = report->result[file];
	const char *slash = strrchr(result->path, '/');
	bool missing;
	char *path;

	if (!result->trace)
		return 0;
	if (asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - result->path) : 0, result->path,
		     result->trace) < 0)
		return report_out_of_memory(report);
	/* Without the trace, show everything else; the page says that the trace is missing. */
	missing = access(path, F_OK) && errno == ENOENT;
	if (!missing)
		report->trace[file] = trace_read(path, report->error);
	free(path);
	return missing || report->trace[file] ? 0 : -EINVAL;
}

static int read_files(struct report *report, const char *const *paths)
{
	unsigned int i;
	int err;

	for (i = 0; i < report->nr_files; i++) {
		report->result[i] = result_read(paths[i], report->error);
		if (!report->result[i])
			return -EINVAL;
		err = read_trace(report, i);
		if (err)
			return err;
	}
	return report_groups(report);
}

static int make_everything(struct report *report)
{
#define CHART_POINTER(name, ...) &chart_##name,
	static const struct chart_kind *const kinds[] = {CHARTS(CHART_POINTER)};
	size_t i, k, nr;
	int err = 0;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		nr = kinds[k]->flags & CHART_OF_REPORT ? 1 : report->nr_groups;
		for (i = 0; !err && i < nr; i++)
			err = chart_make(report, kinds[k], &report->groups[i]);
	}
	for (i = 0; !err && i < report->nr_charts; i++)
		err = plot_run(report, report->charts[i].stem);
	if (!err)
		err = table_csv(report);
	if (!err)
		err = page_write(report);
	return err;
}

/* A signal after this line changes nothing. */
static int publish(struct report *report, struct folder *folder)
{
	if (report->stop && *report->stop)
		return -EINTR;
	return folder_publish(folder, "index.html", report->error);
}

static void report_free(struct report *report)
{
	unsigned int file;

	report_groups_free(report);
	charts_free(report);
	for (file = 0; file < report->nr_files; file++) {
		trace_free(report->trace[file]);
		result_free(report->result[file]);
	}
}

int report_possible(const char *folder, bool *made, struct error_text *error)
{
	struct folder trial;
	int err = plot_check(error);

	if (err)
		return err;
	err = folder_open(&trial, folder, error);
	if (err)
		return err;
	*made = trial.made;
	trial.made = false;
	folder_discard(&trial);
	return 0;
}

int report_make(const char *const *paths, unsigned int nr, const char *path,
		const volatile sig_atomic_t *stop, struct error_text *error)
{
	struct report report = {.nr_files = nr, .stop = stop, .error = error};
	struct folder folder = {0};
	int err;

	err = plot_check(error);
	if (!err)
		err = read_files(&report, paths);
	if (!err)
		err = folder_open(&folder, path, error);
	if (!err) {
		report.folder = folder.temporary;
		err = make_everything(&report);
		if (!err)
			err = publish(&report, &folder);
		if (err)
			folder_discard(&folder);
	}
	report_free(&report);
	return err;
}
