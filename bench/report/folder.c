// SPDX-License-Identifier: GPL-2.0-only
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folder(struct folder *folder, struct error_text *error)
{
	struct stat st;

	if (!mkdir(folder->path, 0777)) {
		folder->made = true;
		return 0;
	}
	if (errno != EEXIST || stat(folder->path, &st))
		return error_text_set(error, -errno, "%s: %s", folder->path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_text_set(error, -ENOTDIR, "%s: is not a folder", folder->path);
	return 0;
}

int folder_open(struct folder *folder, const char *path, struct error_text *error)
{
	int err;

	*folder = (struct folder){.path = path};
	err = make_folder(folder, error);
	if (err)
		return err;
	if (asprintf(&folder->temporary, "%s/.report-XXXXXX", path) < 0) {
		folder->temporary = NULL;
		err = error_text_set(error, -ENOMEM, "out of memory");
	} else if (!mkdtemp(folder->temporary)) {
		err = error_text_set(error, -errno, "%s: %s", path, strerror(errno));
		free(folder->temporary);
		folder->temporary = NULL;
	}
	if (err)
		folder_discard(folder);
	return err;
}

/* Run @fn on the two paths of a file: where it is and where it goes. */
static int with_paths(const struct folder *folder, const char *name,
		      int (*fn)(const char *from, const char *to))
{
	char *from = NULL, *to = NULL;
	int err = -ENOMEM;

	if (asprintf(&from, "%s/%s", folder->temporary, name) < 0)
		from = NULL;
	if (asprintf(&to, "%s/%s", folder->path, name) < 0)
		to = NULL;
	if (from && to)
		err = fn(from, to) ? -errno : 0;
	free(from);
	free(to);
	return err;
}

/* The same for each file of the temporary folder but @except, until one fails. */
static int for_each_file(const struct folder *folder, const char *except,
			 int (*fn)(const char *from, const char *to))
{
	DIR *dir = opendir(folder->temporary);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    strcmp(entry->d_name, except))
			err = with_paths(folder, entry->d_name, fn);
	closedir(dir);
	return err;
}

static int no_folder_there(const char *from, const char *to)
{
	struct stat st;

	errno = EISDIR;
	return !lstat(to, &st) && S_ISDIR(st.st_mode);
}

/* If a file cannot be removed, go on with the others. */
static int remove_it(const char *from, const char *to)
{
	unlink(from);
	return 0;
}

int folder_publish(struct folder *folder, const char *last, struct error_text *error)
{
	int err;

	err = for_each_file(folder, "", no_folder_there);
	if (!err)
		err = for_each_file(folder, last, rename);
	if (!err)
		err = with_paths(folder, last, rename);
	if (err)
		return error_text_set(error, err, "%s: %s", folder->path, strerror(-err));
	rmdir(folder->temporary);
	free(folder->temporary);
	folder->temporary = NULL;
	return 0;
}

void folder_discard(struct folder *folder)
{
	if (folder->temporary) {
		for_each_file(folder, "", remove_it);
		rmdir(folder->temporary);
		free(folder->temporary);
		folder->temporary = NULL;
	}
	if (folder->made)
		rmdir(folder->path);
}
