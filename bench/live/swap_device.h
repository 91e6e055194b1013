/* SPDX-License-Identifier: GPL-2.0-only */
/* A compressed RAM disk of our own to swap to, for as long as victims need it. */
#ifndef UMAPLE_LIVE_SWAP_DEVICE_H
#define UMAPLE_LIVE_SWAP_DEVICE_H

#include <stdint.h>

#include "common/error_text.h"

struct swap_device {
	int number; /* of /dev/zramN; -1: there is none */
	int in_use; /* swapon() succeeded */
};

/**
 * swap_device_create() - Add a zram device and swap to it before any other.
 * @device: filled on success; has no device on failure.
 * @pages: how many pages of 4 KiB it is to hold.
 * @error: filled on failure.
 *
 * Context: Needs CAP_SYS_ADMIN. May sleep.
 * Return: 0; -EPERM; -ENOENT if the kernel has no zram; another -errno. @error names the step.
 */
int swap_device_create(struct swap_device *device, uint64_t pages, struct error_text *error);

/**
 * swap_device_destroy() - Take back what swap_device_create() did.
 * @device: the device; has none afterwards.
 * @error: filled on failure, with the commands that do it by hand.
 *
 * Context: As swap_device_create(). Pages that others swapped there are read back.
 * Return: 0; -errno with @error set.
 */
int swap_device_destroy(struct swap_device *device, struct error_text *error);

#endif
