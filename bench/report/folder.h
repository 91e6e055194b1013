/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a report goes: made in a folder of its own, then moved into place file by file. */
#ifndef UMAPLE_REPORT_FOLDER_H
#define UMAPLE_REPORT_FOLDER_H

#include <stdbool.h>

#include "common/error_text.h"

/* A folder under construction. */
struct folder {
	const char *path; /* where the files end up */
	char *temporary;  /* inside @path, so that moving them cannot fail half way */
	bool made;	  /* @path is new */
};

/**
 * folder_open() - Make a folder, if need be, and a temporary one inside it.
 * @folder: filled; give it to folder_discard() or folder_publish().
 * @path: the folder; the one above it must be there. Must live as long as @folder.
 * @error: filled on failure; nothing is left behind then.
 *
 * Context: May sleep.
 * Return: 0; -ENOTDIR if @path is something else; another -errno.
 */
int folder_open(struct folder *folder, const char *path, struct error_text *error);

/**
 * folder_publish() - Move everything into place, the file called @last after all others.
 * @folder: from folder_open(); done with on success.
 * @last: a file name. If this file is there, all others are there too.
 * @error: filled on failure; give the folder to folder_discard() then.
 *
 * A file that is there already is replaced as a whole.
 *
 * Context: May sleep.
 * Return: 0; -EISDIR if a folder stands where a file is to go, and then nothing was moved;
 * another -errno.
 */
int folder_publish(struct folder *folder, const char *last, struct error_text *error);

/**
 * folder_discard() - Remove what was made.
 * @folder: from folder_open().
 *
 * Context: May sleep.
 */
void folder_discard(struct folder *folder);

#endif
