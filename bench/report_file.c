// SPDX-License-Identifier: GPL-2.0-only
/* Where the JSON document goes: in full, or not at all. */
#include "report_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(9))

/* Where the document is made and where it ends up. */
struct target {
	char *place;	 /* the file, symbolic links followed */
	char *temporary; /* beside it; NULL if @place is written to directly */
	mode_t mode;
};

static void target_clear(struct target *t)
{
	free(t->place);
	free(t->temporary);
}

/* The place a symbolic link points at, even if nothing is there yet. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	char link[4096];
	ssize_t n;

	if (real || errno != ENOENT)
		return real;
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return strdup(path);
	/* A dangling link: write through it rather than guess what it is relative to. */
	errno = ENOENT;
	return NULL;
}

static int target_find(struct target *t, const char *path)
{
	struct stat st;
	mode_t mask;

	memset(t, 0, sizeof(*t));
	if (!*path)
		return -ENOENT;
	t->place = resolve(path);
	if (!t->place)
		return -errno;
	if (stat(t->place, &st)) {
		if (errno != ENOENT)
			return -errno;
		mask = umask(0);
		umask(mask);
		t->mode = 0666 & ~mask;
	} else {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		if (access(t->place, W_OK))
			return -errno;
		if (!S_ISREG(st.st_mode))
			return 0;
		t->mode = st.st_mode & 07777;
	}
	if (asprintf(&t->temporary, "%s.XXXXXX", t->place) < 0) {
		t->temporary = NULL;
		return -ENOMEM;
	}
	return 0;
}

int report_json_check(const char *path)
{
	struct target t = {0};
	int err, fd;

	if (!strcmp(path, "-"))
		return 0;
	err = target_find(&t, path);
	if (!err && t.temporary) {
		fd = mkstemp(t.temporary);
		if (fd < 0) {
			err = -errno;
		} else {
			close(fd);
			unlink(t.temporary);
		}
	}
	target_clear(&t);
	return err;
}

static int dump(const json_t *document, FILE *file)
{
	errno = 0;
	if (json_dumpf(document, file, DUMP_FLAGS) || fputc('\n', file) == EOF || fflush(file))
		return errno ? -errno : -EIO;
	return 0;
}

static int dump_and_close(const json_t *document, int fd, bool sync)
{
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	err = dump(document, file);
	if (!err && sync && fsync(fd))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

static int write_beside(const struct target *t, const json_t *document)
{
	int fd = mkstemp(t->temporary), err;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, t->mode)) {
		err = -errno;
		close(fd);
	} else {
		err = dump_and_close(document, fd, true);
	}
	if (!err && rename(t->temporary, t->place))
		err = -errno;
	if (err)
		unlink(t->temporary);
	return err;
}

int report_json_write(const char *path, const json_t *document)
{
	struct target t = {0};
	int err, fd;

	if (!strcmp(path, "-"))
		return dump(document, stdout);
	err = target_find(&t, path);
	if (!err && t.temporary) {
		err = write_beside(&t, document);
	} else if (!err) {
		fd = open(t.place, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		err = fd < 0 ? -errno : dump_and_close(document, fd, false);
	}
	target_clear(&t);
	return err;
}
