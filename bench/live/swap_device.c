// SPDX-License-Identifier: GPL-2.0-only
#include "swap_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <time.h>
#include <unistd.h>

#include "common/small_file.h"

#define PAGE	    4096
#define CONTROL	    "/sys/class/zram-control"
#define MOST_TRIES  50
#define TRY_EACH_NS 20000000

/* The first page of a swap area, as mkswap(8) writes it: nothing but these fields. */
struct swap_header {
	char boot[1024];
	uint32_t version, last_page, nr_badpages;
	char rest[PAGE - 1024 - 12 - 10];
	char magic[10];
} __attribute__((packed));

/* Reading the file adds a device and gives its number. */
static int hot_add(struct error_text *error)
{
	char text[16] = "";
	int fd = open(CONTROL "/hot_add", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int err = errno;

	if (fd >= 0)
		close(fd);
	if (got > 0)
		return atoi(text);
	if (fd < 0 && err == ENOENT)
		return error_text_set(error, -ENOENT,
				      "--zram: this kernel has no zram; try 'modprobe zram'");
	if (err == EACCES || err == EPERM)
		return error_text_set(error, -EPERM, "--zram: only root may add a zram device");
	return error_text_set(error, -err, "--zram: %s/hot_add: %s", CONTROL, strerror(err));
}

static int make_swap_area(const char *path, uint64_t pages)
{
	struct swap_header header = {.version = 1, .last_page = (uint32_t)(pages - 1)};
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	_Static_assert(sizeof(header) == PAGE, "a swap header is a page");
	if (fd < 0)
		return -errno;
	memcpy(header.magic, "SWAPSPACE2", sizeof(header.magic));
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header) || fsync(fd))
		err = errno ? -errno : -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int swap_device_create(struct swap_device *device, uint64_t pages, struct error_text *error)
{
	char path[64], text[32];
	struct error_text unsaid;
	const char *step;
	int err;

	*device = (struct swap_device){.number = hot_add(error)};
	if (device->number < 0) {
		err = device->number;
		device->number = -1;
		return err;
	}
	step = "disksize";
	snprintf(path, sizeof(path), "/sys/block/zram%d/disksize", device->number);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)pages * PAGE);
	err = small_file_write(path, text);
	snprintf(path, sizeof(path), "/dev/zram%d", device->number);
	if (!err) {
		step = "writing a swap header";
		err = make_swap_area(path, pages);
	}
	if (!err) {
		step = "swapon";
		/* The highest priority there is. */
		if (swapon(path, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK))
			err = -errno;
		else
			device->in_use = 1;
	}
	if (!err)
		return 0;
	error_text_set(error, err, "--zram: %s: %s: %s", path, step, strerror(-err));
	swap_device_destroy(device, &unsaid);
	return err;
}

/* Something like udev may look at the device at this moment. */
static int hot_remove(int number)
{
	const struct timespec pause = {.tv_nsec = TRY_EACH_NS};
	char text[16];
	int err = 0;

	snprintf(text, sizeof(text), "%d", number);
	for (int i = 0; i < MOST_TRIES; i++) {
		err = small_file_write(CONTROL "/hot_remove", text);
		if (err != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

int swap_device_destroy(struct swap_device *device, struct error_text *error)
{
	const int number = device->number;
	char path[64];
	int err = 0;

	snprintf(path, sizeof(path), "/dev/zram%d", number);
	if (device->in_use && swapoff(path))
		err = -errno;
	if (!err && number >= 0)
		err = hot_remove(number);
	*device = (struct swap_device){.number = -1};
	if (!err)
		return 0;
	return error_text_set(error, err,
			      "%s stays: %s; by hand: swapoff %s; echo %d >%s/hot_remove", path,
			      strerror(-err), path, number, CONTROL);
}
