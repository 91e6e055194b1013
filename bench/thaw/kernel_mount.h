/* SPDX-License-Identifier: GPL-2.0-only */
/* File systems of the kernel: where they are mounted, or mounted for as long as we need them. */
#ifndef UMAPLE_THAW_KERNEL_MOUNT_H
#define UMAPLE_THAW_KERNEL_MOUNT_H

#include <stdbool.h>

#include "common/error_text.h"

struct kernel_mount {
	char path[224];	     /* "" if there is none */
	bool own;	     /* mounted by kernel_mount_get(), on a folder of its own */
	char controller[16]; /* of a cgroup v1 hierarchy; "" for anything else */
};

/**
 * kernel_mount_get() - Find a mounted file system, or mount it.
 * @mount: filled on success; has no path on failure.
 * @type: "cgroup", "cgroup2" or "tracefs".
 * @controller: which hierarchy of "cgroup", such as "freezer"; NULL for the other types.
 * @error: filled on failure.
 *
 * It is mounted on a new folder in $TMPDIR, or /tmp.
 *
 * Context: May sleep. Mounting needs CAP_SYS_ADMIN.
 * Return: 0; -EOPNOTSUPP if it is not mounted and cannot be; another -errno. @error says why.
 */
int kernel_mount_get(struct kernel_mount *mount, const char *type, const char *controller,
		     struct error_text *error);

/**
 * kernel_mount_put() - Unmount what kernel_mount_get() mounted.
 * @mount: has no path afterwards. Nothing happens to a file system that was there before.
 * @error: filled on failure.
 *
 * A hierarchy stays in the kernel if it is unmounted while a removed cgroup still fades away, so
 * that is waited for, a second at most.
 *
 * Context: May sleep. No file in it is open, and no cgroup is left in it.
 * Return: 0; -errno, and @error names the folder that stays.
 */
int kernel_mount_put(struct kernel_mount *mount, struct error_text *error);

#endif
