// SPDX-License-Identifier: GPL-2.0-only
#include "frames_here.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/port.h"
#include "race_internal.h"

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

/* Read the entries of @pages pages at @memory into @entries. */
static int read_pagemap(const char *memory, uint64_t pages, uint64_t *entries)
{
	const size_t bytes = pages * sizeof(*entries);
	const off_t at = (off_t)((uintptr_t)memory / PAGE_SIZE * sizeof(*entries));
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), err = 0;
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (!err && done < bytes) {
		ssize_t got = pread(fd, (char *)entries + done, bytes - done, at + (off_t)done);

		if (got > 0)
			done += (size_t)got;
		else if (!got || errno != EINTR)
			err = got ? -errno : -EIO;
	}
	close(fd);
	return err;
}

static int fault_in(uint64_t pages, uint64_t *entries)
{
	const size_t bytes = pages * PAGE_SIZE;
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (memory == MAP_FAILED)
		return -errno;
	/* A kernel without huge pages refuses, and has none. */
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	for (uint64_t i = 0; i < pages; i++)
		memory[i * PAGE_SIZE] = 1;
	err = read_pagemap(memory, pages, entries);
	munmap(memory, bytes);
	for (uint64_t i = 0; !err && i < pages; i++) {
		/* The kernel hides the numbers from those who may not see them: all are 0 then. */
		if (!(entries[i] & PAGEMAP_PRESENT) || !(entries[i] & PAGEMAP_PFN))
			err = entries[i] & PAGEMAP_PRESENT ? -EPERM : -EAGAIN;
		entries[i] &= PAGEMAP_PFN;
	}
	return err;
}

/*
 * Move frames together so that they fit into @span: of the chunks of 1 << @shift frames, only those
 * that have one of ours stay. Distances within a chunk stay as they are.
 */
static int squeeze(struct frame_list *list, const uint64_t *pfns, unsigned int shift, uint64_t span)
{
	const uint64_t in_chunk = (1ULL << shift) - 1;
	uint64_t most = 0, nr_chunks, rank = 0;
	uint32_t *chunk;

	for (uint64_t i = 0; i < list->nr; i++)
		if (most < pfns[i])
			most = pfns[i];
	nr_chunks = (most >> shift) + 1;
	chunk = fault_should_fail() ? NULL : calloc(nr_chunks, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	for (uint64_t i = 0; i < list->nr; i++)
		chunk[pfns[i] >> shift] = 1;
	for (uint64_t i = 0; i < nr_chunks; i++)
		if (chunk[i])
			chunk[i] = (uint32_t)rank++;
	if (rank << shift > span) {
		free(chunk);
		return -ENOSPC;
	}
	for (uint64_t i = 0; i < list->nr; i++)
		list->pfn[i] = (uint32_t)(((uint64_t)chunk[pfns[i] >> shift] << shift) |
					  (pfns[i] & in_chunk));
	free(chunk);
	return 0;
}

int frames_here(uint64_t pages, uint64_t span, struct frame_list **out)
{
	const uint64_t bytes = pages * (PAGE_SIZE + sizeof(uint64_t));
	const uint64_t available = race_available_bytes();
	/* The record of 128 MiB of memory fills a huge page, that of 2 MiB is eight small ones. */
	static const unsigned int shifts[] = {15, 9, 0};
	struct frame_list *list;
	uint64_t *entries;
	int err;

	if (available && bytes > available / 2)
		return -ENOMEM;
	list = fault_should_fail() ? NULL : malloc(sizeof(*list) + pages * sizeof(list->pfn[0]));
	entries = fault_should_fail() ? NULL : calloc(pages + 1, sizeof(*entries));
	if (!list || !entries) {
		free(list);
		free(entries);
		return -ENOMEM;
	}
	list->nr = pages;
	err = fault_in(pages, entries);
	for (size_t i = 0; !err && i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		err = squeeze(list, entries, shifts[i], span);
		if (err != -ENOSPC)
			break;
		err = i + 1 < sizeof(shifts) / sizeof(shifts[0]) ? 0 : -ENOMEM;
	}
	free(entries);
	if (err) {
		free(list);
		return err;
	}
	*out = list;
	return 0;
}
