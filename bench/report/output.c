// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/*
 * Characters that end an attribute or a URL, or are not ASCII, are written by number. A browser
 * drops line breaks in a URL, so they become spaces.
 */
static int put_url(FILE *out, FILE *svg)
{
	int c;

	fputs("data:image/svg+xml,", out);
	while ((c = getc(svg)) != EOF) {
		if (strchr("\n\t", c))
			fputc(' ', out);
		else if (c < ' ' || c > '~' || strchr("'#%&", c))
			fprintf(out, "%%%02X", (unsigned int)c);
		else
			fputc(c, out);
	}
	return ferror(svg) ? -EIO : 0;
}

char *picture_url(struct report *report, const char *stem, size_t index)
{
	FILE *svg = NULL, *out = NULL;
	char *path, *url = NULL;
	size_t size;
	int err;

	if (asprintf(&path, "%s/%s-%zu.svg", report->folder, stem, index) < 0) {
		report_out_of_memory(report);
		return NULL;
	}
	svg = fopen(path, "re");
	if (svg)
		out = open_memstream(&url, &size);
	err = out ? put_url(out, svg) : -errno;
	if (out && fclose(out))
		err = -ENOMEM;
	if (svg)
		fclose(svg);
	if (!err && unlink(path))
		err = -errno;
	if (err) {
		error_text_set(report->error, err, "%s: %s", path, strerror(-err));
		free(url);
		url = NULL;
	}
	free(path);
	return url;
}
