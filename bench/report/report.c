// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "plot.h"
#include "report_internal.h"

int report_out_of_memory(struct report *report)
{
	return report_error_set(report->error, -ENOMEM, "out of memory");
}

FILE *report_create_file(struct report *report, const char *stem, const char *suffix)
{
	FILE *file = NULL;
	char *path;

	if (asprintf(&path, "%s/%s%s", report->folder, stem, suffix) < 0) {
		report_out_of_memory(report);
		return NULL;
	}
	file = fopen(path, "wxe");
	if (!file)
		report_error_set(report->error, -errno, "%s: %s", path, strerror(errno));
	free(path);
	return file;
}

int report_close_file(struct report *report, FILE *file, const char *name)
{
	int err = 0;

	errno = 0;
	if (fflush(file) || ferror(file))
		err = errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	return err ? report_error_set(report->error, err, "writing %s: %s", name, strerror(-err))
		   : 0;
}

int chart_begin(struct report *report, struct chart *chart, const struct group *group,
		const char *kind, const char *title)
{
	int n;

	*chart = (struct chart){.group = group, .width = PLOT_WIDTH};
	n = asprintf(&chart->stem, "%s%s%s", group ? group->slug : "", group ? "-" : "", kind);
	if (n < 0)
		chart->stem = NULL;
	chart->title = strdup(title);
	if (n >= 0 && chart->title)
		return 0;
	chart_free(chart);
	return report_out_of_memory(report);
}

int chart_caption(struct report *report, struct chart *chart, const char *format, ...)
{
	va_list args;
	int n;

	free(chart->caption);
	va_start(args, format);
	n = vasprintf(&chart->caption, format, args);
	va_end(args);
	if (n >= 0)
		return 0;
	chart->caption = NULL;
	return report_out_of_memory(report);
}

static int add_chart(struct report *report, struct chart *chart)
{
	struct chart *grown = reallocarray(report->charts, report->nr_charts + 1, sizeof(*grown));

	if (!grown) {
		chart_free(chart);
		return report_out_of_memory(report);
	}
	report->charts = grown;
	grown[report->nr_charts++] = *chart;
	return 0;
}

int chart_finish(struct report *report, struct chart *chart, FILE *csv, FILE *script, int err)
{
	int err_csv = csv ? report_close_file(report, csv, chart->stem) : -EIO;
	int err_script = script ? plot_end(report, script, chart) : -EIO;

	if (!err)
		err = err_csv ? err_csv : err_script;
	if (!err)
		return add_chart(report, chart);
	chart_free(chart);
	return err;
}

void chart_free(struct chart *chart)
{
	free(chart->stem);
	free(chart->title);
	free(chart->caption);
}

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
	/* What can be shown without it is shown, and the page says that it is missing. */
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

/* All charts of a group, in the order in which they stand on the page. */
static int group_charts(struct report *report, const struct group *group)
{
	static int (*const one_file[])(struct report *, const struct group *) = {
		chart_frontiers,   chart_wait_map,     chart_time_split,
		chart_memory_back, chart_distribution, chart_repetitions,
	};
	static int (*const two_files[])(struct report *, const struct group *) = {
		chart_repetitions,
		chart_time_split,
	};
	size_t i;
	int err = 0;

	if (report->nr_files == 1)
		for (i = 0; !err && i < sizeof(one_file) / sizeof(one_file[0]); i++)
			err = one_file[i](report, group);
	else
		for (i = 0; !err && i < sizeof(two_files) / sizeof(two_files[0]); i++)
			err = two_files[i](report, group);
	return err;
}

static int make_everything(struct report *report)
{
	int err = report->nr_files == 2 ? chart_ratios(report) : 0;
	size_t i;

	for (i = 0; !err && i < report->nr_groups; i++)
		err = group_charts(report, &report->groups[i]);
	for (i = 0; !err && i < report->nr_charts; i++)
		err = plot_run(report, report->charts[i].stem);
	if (!err)
		err = table_csv(report);
	if (!err)
		err = page_write(report);
	return err;
}

/* The last moment at which a signal changes anything. */
static int publish(struct report *report, struct folder *folder)
{
	if (report->stop && *report->stop)
		return -EINTR;
	return folder_publish(folder, "index.html", report->error);
}

static void report_free(struct report *report)
{
	unsigned int file;
	size_t i;

	report_groups_free(report);
	for (i = 0; i < report->nr_charts; i++)
		chart_free(&report->charts[i]);
	free(report->charts);
	for (file = 0; file < report->nr_files; file++) {
		trace_free(report->trace[file]);
		result_free(report->result[file]);
	}
}

int report_possible(const char *folder, bool *made, struct report_error *error)
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
		const volatile sig_atomic_t *stop, struct report_error *error)
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
