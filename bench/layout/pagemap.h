/* SPDX-License-Identifier: GPL-2.0-only */
/* Ask the kernel which pages of another process are resident, swapped or huge. */
#ifndef UMAPLE_PAGEMAP_H
#define UMAPLE_PAGEMAP_H

#include <sys/types.h>

#include "layout_internal.h"

enum pagemap_method {
	PAGEMAP_AUTO,  /* the ioctl where the kernel has it */
	PAGEMAP_IOCTL, /* PAGEMAP_SCAN, Linux 6.7 and newer */
	PAGEMAP_READ,  /* the entries of /proc/PID/pagemap, any kernel since 4.2 */
};

struct pagemap {
	int fd;
	enum pagemap_method method; /* never PAGEMAP_AUTO once open */
	uint64_t zero_pfn;	    /* of the zero page; 0 if we may not see frame numbers */
	uint64_t *entries;	    /* buffer for reading */
	size_t nr_fuzzy;	    /* VMAs in which zero or huge pages could not be recognized */
	struct layout_error *err;
};

/**
 * pagemap_open() - Open /proc/PID/pagemap.
 * @pm: filled in.
 * @pid: the process.
 * @method: how to ask.
 * @err: filled on failure, also of pagemap_runs().
 *
 * Return: 0; -errno of the open; -ENOMEM; -EOPNOTSUPP for PAGEMAP_IOCTL on an older kernel, and
 * for reading on a machine whose pages are not of 4 KiB.
 */
int pagemap_open(struct pagemap *pm, pid_t pid, enum pagemap_method method,
		 struct layout_error *err);

void pagemap_close(struct pagemap *pm);

/**
 * pagemap_runs() - Add the exact runs of a VMA to a layout.
 * @pm: the open pagemap.
 * @b: the builder, with the VMA open.
 * @vma: the same VMA, with the sizes that smaps gives.
 *
 * The page table alone is not enough: zero pages are mapped but counted nowhere, and some swap
 * entries are guards. The sizes in smaps settle both.
 *
 * Context: The process should be stopped; else runs of one VMA are of different moments.
 * Return: 0 or -errno with the error set.
 */
int pagemap_runs(struct pagemap *pm, struct layout_builder *b, const struct smaps_vma *vma);

#endif
