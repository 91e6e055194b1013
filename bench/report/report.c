// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/stop.h"
#include "chart.h"
#include "output.h"

/* A folder under construction. */
struct folder {
	const char *path; /* where the files end up; it must live as long as this */
	char *temporary;  /* inside @path, so that moving them cannot fail half way */
	bool made;	  /* @path is new */
};

/*
 * Run @fn on the files of the temporary folder, until one fails: on that called @name if @is, on
 * all others if not. @from and @to are the temporary folder and the one where the files go.
 */
static int for_files(const struct folder *folder, const char *name, bool is,
		     int (*fn)(int from, int to, const char *name))
{
	DIR *dir = opendir(folder->temporary);
	int to = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct dirent *entry;

	if (!dir || to < 0)
		err = -errno;
	while (dir && !err && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !strcmp(entry->d_name, name) == is && fn(dirfd(dir), to, entry->d_name))
			err = -errno;
	if (dir)
		closedir(dir);
	if (to >= 0)
		close(to);
	return err;
}

static int no_folder_there(int from, int to, const char *name)
{
	struct stat st;

	errno = EISDIR;
	return !fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static int move(int from, int to, const char *name)
{
	return renameat(from, name, to, name);
}

/* If a file cannot be removed, go on with the others. */
static int remove_it(int from, int to, const char *name)
{
	unlinkat(from, name, 0);
	return 0;
}

static void remove_temporary(struct folder *folder)
{
	rmdir(folder->temporary);
	free(folder->temporary);
	folder->temporary = NULL;
}

/* Remove what was made. */
static void folder_discard(struct folder *folder)
{
	if (folder->temporary) {
		for_files(folder, "", false, remove_it);
		remove_temporary(folder);
	}
	if (folder->made)
		rmdir(folder->path);
}

/*
 * Make a folder, if need be, and a temporary one inside it; the folder above must be there. After a
 * failure nothing is left behind.
 */
static int folder_open(struct folder *folder, const char *path, struct error_text *error)
{
	struct stat st;
	int err = 0;

	*folder = (struct folder){.path = path};
	if (asprintf(&folder->temporary, "%s/.report-XXXXXX", path) < 0)
		return error_text_set(error, -ENOMEM, "out of memory");
	folder->made = !mkdir(path, 0777);
	if (!folder->made && (errno != EEXIST || stat(path, &st)))
		err = error_text_set(error, -errno, "%s: %s", path, strerror(errno));
	else if (!folder->made && !S_ISDIR(st.st_mode))
		err = error_text_set(error, -ENOTDIR, "%s: is not a folder", path);
	else if (!mkdtemp(folder->temporary))
		err = error_text_set(error, -errno, "%s: %s", path, strerror(errno));
	if (err) {
		free(folder->temporary);
		folder->temporary = NULL;
		folder_discard(folder);
	}
	return err;
}

FILE *report_open_file(struct report *report, const char *stem, const char *suffix,
		       const char *mode)
{
	bool failed;
	FILE *file;
	char *path;

	if (asprintf(&path, "%s/%s%s", report->folder, stem, suffix) < 0) {
		report_out_of_memory(report);
		return NULL;
	}
	file = fopen(path, mode);
	failed = !file || (*mode == 'r' && unlink(path));
	if (failed)
		error_text_set(report->error, -errno, "%s: %s", path, strerror(errno));
	free(path);
	if (failed && file)
		fclose(file);
	return failed ? NULL : file;
}

int report_close_file(struct report *report, FILE *file, const char *name)
{
	int err = 0;

	errno = 0;
	if (fflush(file) || ferror(file))
		err = errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	return err ? error_text_set(report->error, err, "writing %s: %s", name, strerror(-err)) : 0;
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
	int err = charts_make(report);
	size_t i;

	for (i = 0; !err && i < report->nr_charts; i++)
		err = plot_run(report, report->charts[i].stem);
	return err ?: table_csv(report) ?: page_write(report);
}

/*
 * Move everything into place, index.html after all others: if it is there, all others are there
 * too. A file that is there already is replaced as a whole. A signal after the first line changes
 * nothing.
 */
static int publish(struct report *report, struct folder *folder)
{
	int err;

	if (stop_signal)
		return -EINTR;
	err = for_files(folder, "", false, no_folder_there)
		      ?: for_files(folder, "index.html", false, move)
		      ?: for_files(folder, "index.html", true, move);
	if (err)
		return error_text_set(report->error, err, "%s: %s", folder->path, strerror(-err));
	remove_temporary(folder);
	return 0;
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
	int err = plot_check(error) ?: folder_open(&trial, folder, error);

	if (err)
		return err;
	*made = trial.made;
	trial.made = false;
	folder_discard(&trial);
	return 0;
}

int report_make(const char *const *paths, unsigned int nr, const char *path,
		struct error_text *error)
{
	struct report report = {.nr_files = nr, .error = error};
	struct folder folder = {0};
	int err;

	err = plot_check(error) ?: read_files(&report, paths) ?: folder_open(&folder, path, error);
	if (!err) {
		report.folder = folder.temporary;
		err = make_everything(&report) ?: publish(&report, &folder);
		if (err)
			folder_discard(&folder);
	}
	report_free(&report);
	return err;
}
