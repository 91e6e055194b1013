// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that dies: it rebuilds an address space after a plan, says so, and sleeps.
 *
 * It is a program of its own, linked statically, so that it has few mappings and pages besides the
 * layout's. The kernel places it at random; where that is in the way of the layout, it starts
 * itself again. It allocates nothing and prints nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "victim_plan.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE	   4096UL
#define MOST_TRIES 40
/*
 * Bytes of a page that do not compress, from the least to the most; the rest is zero. With lzo-rle
 * a page takes 256 to 2,688 bytes, 2.8 to 1 on average, as the pages of the model do.
 */
#define NOISE_LEAST 208
#define NOISE_MOST  2632

static struct victim_report report;

static void send_report(void)
{
	if (write(VICTIM_REPORT_FD, &report, sizeof(report)) != sizeof(report))
		_exit(1);
}

/* Say what failed, with errno, and end. */
static void fail(enum victim_step step, uint64_t address)
{
	report.step = step;
	report.error = errno;
	report.address = address;
	send_report();
	_exit(1);
}

static void *at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* The digits of a line of /proc/self/maps: "start-end". */
static uint64_t hex(const char **text)
{
	uint64_t value = 0;

	for (;; (*text)++) {
		if (**text >= '0' && **text <= '9')
			value = value * 16 + (uint64_t)(**text - '0');
		else if (**text >= 'a' && **text <= 'f')
			value = value * 16 + (uint64_t)(**text - 'a' + 10);
		else
			return value;
	}
}

static bool plan_wants(const struct plan *plan, uint64_t start, uint64_t end)
{
	const struct plan_map *maps = plan_maps(plan);
	uint64_t low = 0, high = plan->nr_maps;

	/* The first mapping that ends above the start. */
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (maps[mid].end > start)
			high = mid;
		else
			low = mid + 1;
	}
	return low < plan->nr_maps && maps[low].start < end;
}

/*
 * Is a mapping of this program in the way of the plan? Room is left around it for the stack to
 * grow. Return: the address of one; 0 if there is none. Counts the mappings.
 */
static uint64_t own_in_the_way(const struct plan *plan)
{
	static char text[16384];
	const char *line = text;
	size_t used = 0;
	ssize_t got;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(VICTIM_PLACE, 0);
	while ((got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	report.own_maps = 0;
	while (*line) {
		uint64_t start = hex(&line), end;

		line++;
		end = hex(&line);
		/* The last line of x86-64 is no mapping of the process: [vsyscall]. */
		if (start < 1UL << 63) {
			report.own_maps++;
			if (plan_wants(plan, start > 16 * PAGE ? start - 16 * PAGE : 0, end + PAGE))
				return start;
		}
		line = strchr(line, '\n');
		if (!line)
			break;
		line++;
	}
	return 0;
}

/* Map the plan where the kernel likes; start again if it or the program is in the way. */
static const struct plan *take_plan(char **argv, char **environ_now)
{
	static char tries[2] = "A";
	const struct plan *plan;
	uint64_t blocked;
	struct stat st;

	if (fstat(VICTIM_PLAN_FD, &st))
		fail(VICTIM_PLAN, 0);
	plan = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, VICTIM_PLAN_FD, 0);
	if (plan == MAP_FAILED)
		fail(VICTIM_PLAN, 0);
	errno = EINVAL;
	if (plan->magic != PLAN_MAGIC || plan->size != (uint64_t)st.st_size)
		fail(VICTIM_PLAN, 0);
	blocked = own_in_the_way(plan);
	if (!blocked)
		return plan;
	if (argv[1])
		tries[0] = argv[1][0];
	errno = EEXIST;
	if (tries[0] >= 'A' + MOST_TRIES - 1)
		fail(VICTIM_PLACE, blocked);
	tries[0]++;
	execve("/proc/self/exe", (char *[]){argv[0], tries, NULL}, environ_now);
	fail(VICTIM_PLACE, blocked);
	return NULL;
}

static void map_one(const struct plan_map *m)
{
	const size_t size = m->end - m->start;
	int flags = (int)m->flags | MAP_FIXED_NOREPLACE;
	void *got = mmap(at(m->start), size, (int)m->prot, flags, m->fd, (off_t)m->offset);

	/* The machine may refuse to promise that much memory, or to run code from such a file. */
	if (got == MAP_FAILED && errno == ENOMEM)
		got = mmap(at(m->start), size, (int)m->prot, flags | MAP_NORESERVE, m->fd,
			   (off_t)m->offset);
	if (got == MAP_FAILED && (errno == EPERM || errno == EACCES) && (m->prot & PROT_EXEC))
		got = mmap(at(m->start), size, (int)m->prot & ~PROT_EXEC, flags, m->fd,
			   (off_t)m->offset);
	if (got != at(m->start)) {
		if (got != MAP_FAILED)
			errno = EEXIST;
		fail(VICTIM_MAP, m->start);
	}
	if ((m->bits & PLAN_COLOUR) && madvise(got, size, MADV_DONTDUMP))
		fail(VICTIM_MAP, m->start);
	if (m->bits & PLAN_SMALL)
		madvise(got, size, MADV_NOHUGEPAGE); /* EINVAL: a kernel without huge pages */
	/* No readahead: it would put pages in the page cache that the layout does not have. */
	if (m->bits & PLAN_EXACT)
		madvise(got, size, MADV_RANDOM);
}

/* Equal neighbours have different colours; each finds the other one absent or different. */
static void map_all(const struct plan *plan)
{
	const struct plan_map *maps = plan_maps(plan);

	for (int colour = PLAN_COLOUR; colour >= 0; colour -= PLAN_COLOUR)
		for (uint64_t i = 0; i < plan->nr_maps; i++)
			if ((int)(maps[i].bits & PLAN_COLOUR) == colour)
				map_one(&maps[i]);
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Bytes without a pattern, different in each page. */
static void fill_page(uint64_t address)
{
	uint64_t x = address | 1, *words = at(address), noise;

	/* An address has few bits: mix them first. */
	for (int i = 0; i < 16; i++)
		next_random(&x);
	noise = NOISE_LEAST + x % (NOISE_MOST - NOISE_LEAST + 1);
	for (size_t i = 0; i < noise / sizeof(*words); i++)
		words[i] = next_random(&x);
}

static void populate(const struct plan_run *run, int advice)
{
	while (madvise(at(run->start), run->end - run->start, advice))
		if (errno != EINTR && errno != EAGAIN)
			fail(VICTIM_FILL, run->start);
}

static void fill_huge(const struct plan_map *m, const struct plan_run *run)
{
	const size_t size = m->end - m->start;

	madvise(at(m->start), size, MADV_HUGEPAGE);
	populate(run, MADV_POPULATE_WRITE);
	/* Where memory was in pieces just now, small pages came; reapbench sees if they stay. */
	madvise(at(run->start), run->end - run->start, MADV_COLLAPSE);
	madvise(at(m->start), size, MADV_NOHUGEPAGE);
}

static void fill_run(const struct plan_run *run)
{
	populate(run, run->what == PLAN_READ ? MADV_POPULATE_READ : MADV_POPULATE_WRITE);
	if (run->what == PLAN_SWAP)
		for (uint64_t page = run->start; page < run->end; page += PAGE)
			fill_page(page);
}

/* A read fault maps what lies in the page cache around it too. */
static void unmap_others(const struct plan_map *m, const struct plan_run *runs)
{
	uint64_t from = m->start;

	for (uint32_t i = 0; i <= m->nr_runs; i++) {
		uint64_t to = i < m->nr_runs ? runs[i].start : m->end;

		if (from < to && madvise(at(from), to - from, MADV_DONTNEED))
			fail(VICTIM_FILL, from);
		from = i < m->nr_runs ? runs[i].end : from;
	}
	madvise(at(m->start), m->end - m->start, MADV_NORMAL);
}

static void fill_all(const struct plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_maps; i++) {
		const struct plan_map *m = &plan_maps(plan)[i];
		const struct plan_run *runs = &plan_runs(plan)[m->first_run];

		/* Huge ones first: khugepaged must not find small pages while it may make them huge. */
		for (uint32_t k = 0; k < m->nr_runs; k++)
			if (runs[k].what == PLAN_HUGE)
				fill_huge(m, &runs[k]);
		for (uint32_t k = 0; k < m->nr_runs; k++)
			if (runs[k].what != PLAN_HUGE)
				fill_run(&runs[k]);
		if (m->bits & PLAN_EXACT)
			unmap_others(m, runs);
	}
}

/* A page that was on its way to the LRU list is missed the first time. */
static void page_out(const struct plan *plan)
{
	const struct plan_run *runs = plan_runs(plan);

	for (int pass = 0; plan->nr_swap && pass < 3; pass++)
		for (uint64_t i = 0; i < plan->nr_runs; i++)
			if (runs[i].what == PLAN_SWAP &&
			    madvise(at(runs[i].start), runs[i].end - runs[i].start, MADV_PAGEOUT))
				fail(VICTIM_PAGEOUT, runs[i].start);
}

static void protect_all(const struct plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_maps; i++) {
		const struct plan_map *m = &plan_maps(plan)[i];
		const size_t size = m->end - m->start;

		if (m->prot == m->final_prot || !mprotect(at(m->start), size, (int)m->final_prot))
			continue;
		if ((m->final_prot & PROT_EXEC) &&
		    !mprotect(at(m->start), size, (int)m->final_prot & ~PROT_EXEC))
			continue;
		fail(VICTIM_PROTECT, m->start);
	}
}

int main(int argc, char **argv, char **environ_now)
{
	const struct plan *plan = take_plan(argv, environ_now);

	(void)argc;
	map_all(plan);
	for (int i = 0; i < plan->nr_fds; i++)
		close(plan->first_fd + i);
	fill_all(plan);
	page_out(plan);
	protect_all(plan);
	munmap((void *)plan, plan->size);
	report.step = VICTIM_READY;
	report.own_maps--;
	send_report();
	close(VICTIM_PLAN_FD);
	close(VICTIM_REPORT_FD);
	for (;;)
		pause();
}
