// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with known pages, for the tests of "reapbench capture". Built without sanitizers:
 * their shadow would be most of the address space.
 *
 *	layout_victim wait FILE     set up, print "ready", sleep
 *	layout_victim exit FILE     set up and exit at once
 *	layout_victim threads FILE  set up, four threads that run, sleep
 *	layout_victim vanish        ask the kernel to kill it
 *
 * FILE is mapped; it must have at least 8 pages. The address of each VMA is fixed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layout_victim.h"

#define PAGE 4096UL

static char *map(unsigned long at, size_t size, int prot, int flags, int fd)
{
	char *p = mmap((void *)at, size, prot, flags | MAP_FIXED_NOREPLACE, fd, 0);

	if (p == MAP_FAILED) {
		perror("layout_victim: mmap");
		exit(1);
	}
	return p;
}

static void write_pages(char *p, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		p[i * PAGE] = (char)i + 1;
}

static void set_up(const char *path)
{
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
	volatile char sink;
	int fd = open(path, O_RDONLY);
	char *p;

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	/* Two stretches written, and some pages only read: the zero page. */
	p = map(VICTIM_ANON, 64 * PAGE, PROT_READ | PROT_WRITE, anon, -1);
	madvise(p, 64 * PAGE, MADV_NOHUGEPAGE);
	write_pages(p, 2, 8);
	write_pages(p, 20, 10);
	for (size_t i = 40; i < 45; i++)
		sink = p[i * PAGE];
	/* Address space without pages. */
	map(VICTIM_RESERVED, 1UL << 40, PROT_NONE, anon | MAP_NORESERVE, -1);
	/* Three pages of a file are read, and one is written. */
	p = map(VICTIM_FILE, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	madvise(p, 8 * PAGE, MADV_RANDOM);
	for (size_t i = 0; i < 8; i++)
		sink = p[i * PAGE];
	write_pages(p, 5, 1);
	p = map(VICTIM_SHARED, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	write_pages(p, 3, 4);
	/* Huge pages if the kernel has some, else small ones. */
	p = map(VICTIM_HUGE, 4 * VICTIM_UNIT, PROT_READ | PROT_WRITE, anon, -1);
	madvise(p, 4 * VICTIM_UNIT, MADV_HUGEPAGE);
	write_pages(p, VICTIM_UNIT / PAGE, 2 * VICTIM_UNIT / PAGE);
	/* Swapped out if there is swap. */
	p = map(VICTIM_SWAP, 64 * PAGE, PROT_READ | PROT_WRITE, anon, -1);
	madvise(p, 64 * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < 64; i++)
		memset(p + i * PAGE, (int)i + 1, PAGE);
	madvise(p + 8 * PAGE, 16 * PAGE, MADV_PAGEOUT);
	(void)sink;
	close(fd);
}

static void *spin(void *arg)
{
	volatile unsigned long *n = arg;

	for (;;)
		++*n;
	return NULL;
}

int main(int argc, char **argv)
{
	static unsigned long n[4];
	pthread_t thread;

	if (argc > 1 && !strcmp(argv[1], "vanish"))
		kill(getpid(), SIGKILL);
	if (argc < 3)
		return 2;
	set_up(argv[2]);
	if (!strcmp(argv[1], "exit"))
		return 0;
	if (!strcmp(argv[1], "threads"))
		for (int i = 0; i < 4; i++)
			if (pthread_create(&thread, NULL, spin, &n[i]))
				return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
