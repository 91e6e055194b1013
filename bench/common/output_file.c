// SPDX-License-Identifier: GPL-2.0-only
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void clear(struct output_file *f)
{
	free(f->path);
	free(f->temporary);
	memset(f, 0, sizeof(*f));
}

/* The path that a symbolic link points to, even if no file is there yet. */
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

static int find_target(struct output_file *f, const char *path)
{
	struct stat st;
	mode_t mask;

	memset(f, 0, sizeof(*f));
	if (!*path)
		return -ENOENT;
	f->path = resolve(path);
	if (!f->path)
		return -errno;
	if (stat(f->path, &st)) {
		if (errno != ENOENT)
			return -errno;
		mask = umask(0);
		umask(mask);
		f->mode = 0666 & ~mask;
	} else {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		if (access(f->path, W_OK))
			return -errno;
		if (!S_ISREG(st.st_mode))
			return 0;
		f->mode = st.st_mode & 07777;
	}
	if (asprintf(&f->temporary, "%s.XXXXXX", f->path) < 0) {
		f->temporary = NULL;
		return -ENOMEM;
	}
	return 0;
}

int output_file_check(const char *path)
{
	struct output_file f;
	int err = find_target(&f, path), fd;

	if (!err && f.temporary) {
		fd = mkstemp(f.temporary);
		if (fd < 0) {
			err = -errno;
		} else {
			close(fd);
			unlink(f.temporary);
		}
	}
	clear(&f);
	return err;
}

/* Write the content to @fd and close it, also on failure. */
static int fill_and_close(int fd, bool sync, int (*fill)(FILE *out, const void *what),
			  const void *what)
{
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	err = fill(file, what);
	errno = 0;
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	if (!err && sync && fsync(fd))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

static int write_beside(const struct output_file *f, int (*fill)(FILE *out, const void *what),
			const void *what)
{
	int fd = mkstemp(f->temporary), err;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, f->mode)) {
		err = -errno;
		close(fd);
	} else {
		err = fill_and_close(fd, true, fill, what);
	}
	if (err)
		unlink(f->temporary);
	return err;
}

int output_file_prepare(struct output_file *f, const char *path,
			int (*fill)(FILE *out, const void *what), const void *what)
{
	int err = find_target(f, path), fd;

	if (!err && f->temporary) {
		err = write_beside(f, fill, what);
	} else if (!err) {
		fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		err = fd < 0 ? -errno : fill_and_close(fd, false, fill, what);
	}
	if (err)
		clear(f);
	return err;
}

int output_file_commit(struct output_file *f)
{
	int err = 0;

	if (f->temporary && rename(f->temporary, f->path)) {
		err = -errno;
		unlink(f->temporary);
	}
	clear(f);
	return err;
}

void output_file_discard(struct output_file *f)
{
	if (f->temporary)
		unlink(f->temporary);
	clear(f);
}
