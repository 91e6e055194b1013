// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		error_text_set(report->error, -errno, "%s: %s", path, strerror(errno));
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
	return err ? error_text_set(report->error, err, "writing %s: %s", name, strerror(-err)) : 0;
}
