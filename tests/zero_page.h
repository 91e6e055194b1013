/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ZERO_PAGE_H
#define TESTS_ZERO_PAGE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

static inline long resident_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (statm && fscanf(statm, "%*d %ld", &pages) != 1)
		pages = 0;
	if (statm)
		fclose(statm);
	return pages;
}

/* Does a page that is only read cost no memory? A kernel may do without the zero page. */
static inline bool kernel_has_zero_page(void)
{
	const size_t bytes = 16UL << 20;
	volatile char *pages = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before, after;

	if (pages == MAP_FAILED)
		return true;
	madvise((void *)pages, bytes, MADV_NOHUGEPAGE);
	before = resident_pages();
	for (size_t i = 0; i < bytes; i += 4096)
		(void)pages[i];
	after = resident_pages();
	munmap((void *)pages, bytes);
	return after - before < (long)(bytes / 4096 / 2);
}

#endif
