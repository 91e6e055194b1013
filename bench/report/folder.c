// SPDX-License-Identifier: GPL-2.0-only
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

int folder_publish(struct folder *folder, const char *last, struct error_text *error)
{
	int err = for_files(folder, "", false, no_folder_there);

	if (!err)
		err = for_files(folder, last, false, move);
	if (!err)
		err = for_files(folder, last, true, move);
	if (err)
		return error_text_set(error, err, "%s: %s", folder->path, strerror(-err));
	remove_temporary(folder);
	return 0;
}

void folder_discard(struct folder *folder)
{
	if (folder->temporary) {
		for_files(folder, "", false, remove_it);
		remove_temporary(folder);
	}
	if (folder->made)
		rmdir(folder->path);
}
