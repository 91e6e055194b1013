// SPDX-License-Identifier: GPL-2.0-only
/* Steps: thinking of them, comparing what they did, printing them. */
#include "vs_kernel.h"

#include <string.h>
#include <sys/mman.h>

#include "vma/vm_flags.h"

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static unsigned long below(uint64_t *seed, unsigned long n)
{
	return next_random(seed) % n;
}

static bool chance(uint64_t *seed, unsigned int percent)
{
	return below(seed, 100) < percent;
}

#define pick(seed, array) ((array)[below((seed), sizeof(array) / sizeof((array)[0]))])

static unsigned long random_prot(uint64_t *seed)
{
	static const unsigned long prots[] = {
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ,
		PROT_READ,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_NONE,
		PROT_WRITE,
		PROT_READ | PROT_EXEC,
		PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return pick(seed, prots);
}

/* Once in a while something that no call should take, but never what reaches beyond the arena. */
static unsigned long random_length(uint64_t *seed)
{
	static const unsigned long odd[] = {0, 1, 5000, ~0ul, ~4094ul, ~8191ul};

	if (chance(seed, 2))
		return pick(seed, odd);
	if (chance(seed, 10))
		return (1 + below(seed, 60)) * 4096;
	return (1 + below(seed, 10)) * 4096;
}

/* A range that stays in the arena: nothing else may be touched. */
static void random_range(uint64_t *seed, unsigned long *start, unsigned long *len)
{
	unsigned long first = below(seed, ARENA_PAGES);

	*start = PAGE_AT(first);
	*len = random_length(seed);
	if (chance(seed, 1))
		*start += 1 + below(seed, 4095);
	if (*len <= 1ul << 32 && *start + *len > ARENA_END)
		*len = ARENA_END - *start;
}

/* More than there are addresses, for calls that look at that first. */
static void random_excess(uint64_t *seed, unsigned long *len)
{
	if (chance(seed, 1))
		*len = chance(seed, 50) ? 1ul << 47 : 1ul << 63;
}

static void random_mmap(uint64_t *seed, struct step *step)
{
	static const unsigned long extras[] = {MAP_NORESERVE, MAP_STACK,     MAP_POPULATE,
					       MAP_LOCKED,    MAP_GROWSDOWN, MAP_NONBLOCK};
	static const unsigned long types[] = {MAP_SHARED, MAP_SHARED, MAP_PRIVATE, MAP_PRIVATE};
	unsigned long where = below(seed, 100), *arg = step->arg;

	random_range(seed, &arg[0], &arg[1]);
	random_excess(seed, &arg[1]);
	arg[2] = random_prot(seed);
	if (chance(seed, 40)) {
		step->file = chance(seed, 70) ? FILE_A : FILE_B;
		arg[3] = pick(seed, types);
		/* Mostly what would go on from a neighbour. */
		arg[4] = chance(seed, 75) ? (arg[0] - ARENA_START) & PAGE_MASK
					  : below(seed, FILE_PAGES_A) * 4096;
	} else {
		arg[3] = MAP_ANONYMOUS | (chance(seed, 80) ? MAP_PRIVATE : MAP_SHARED);
	}
	if (chance(seed, 1))
		arg[3] = (arg[3] & ~(unsigned long)MAP_TYPE) | below(seed, 4);
	if (chance(seed, 20))
		arg[3] |= pick(seed, extras);
	if (where < 55)
		arg[3] |= MAP_FIXED;
	else if (where < 65)
		arg[3] |= MAP_FIXED_NOREPLACE;
	else if (where < 85)
		arg[0] = 0;
}

static void random_mremap(uint64_t *seed, struct step *step)
{
	static const unsigned long flags[] = {
		0,
		MREMAP_MAYMOVE,
		MREMAP_MAYMOVE,
		MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		MREMAP_FIXED,
		8,
	};
	unsigned long *arg = step->arg;

	random_range(seed, &arg[0], &arg[1]);
	random_range(seed, &arg[4], &arg[2]);
	random_excess(seed, &arg[1]);
	random_excess(seed, &arg[2]);
	if (chance(seed, 40))
		arg[2] = arg[1];
	if (chance(seed, 5))
		arg[1] = 0;
	arg[3] = chance(seed, 2) ? flags[8] : flags[below(seed, 8)];
	/* What moves to a fixed place unmaps it: the whole of that has to be in the arena. */
	if (arg[3] & MREMAP_FIXED && arg[2] <= 1ul << 32 && arg[4] + arg[2] > ARENA_END)
		arg[4] = (ARENA_END - arg[2]) & PAGE_MASK;
	if (arg[4] < ARENA_START)
		arg[4] = ARENA_START;
	if (arg[2] > ARENA_END - arg[4] && arg[2] <= 1ul << 32)
		arg[2] = ARENA_END - arg[4];
}

static void random_madvise(uint64_t *seed, struct step *step)
{
	static const unsigned long advice[] = {
		MADV_DONTDUMP, MADV_DODUMP,   MADV_DONTFORK,   MADV_DOFORK,   MADV_HUGEPAGE,
		MADV_NORMAL,   MADV_RANDOM,   MADV_SEQUENTIAL, MADV_DONTNEED, MADV_NOHUGEPAGE,
		MADV_DONTNEED, MADV_DONTDUMP, MADV_WIPEONFORK, MADV_DODUMP,   MADV_KEEPONFORK,
	};

	random_range(seed, &step->arg[0], &step->arg[1]);
	step->arg[2] = chance(seed, 1) ? 99 : pick(seed, advice);
}

static void random_touch(uint64_t *seed, struct step *step)
{
	random_range(seed, &step->arg[0], &step->arg[1]);
	if (chance(seed, 70))
		step->arg[1] = 4096;
	step->arg[2] = chance(seed, 75) ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
}

struct step step_random(uint64_t *seed, bool can_brk)
{
	unsigned long what = below(seed, 100);
	struct step step = {.call = CALL_BRK};

	if (!below(seed, 120)) {
		step.call = CALL_FORK;
		return step;
	}
	if (what < 25) {
		step.call = CALL_MMAP;
		random_mmap(seed, &step);
	} else if (what < 33) {
		step.call = CALL_MUNMAP;
		random_range(seed, &step.arg[0], &step.arg[1]);
		random_excess(seed, &step.arg[1]);
	} else if (what < 50) {
		step.call = CALL_MPROTECT;
		random_range(seed, &step.arg[0], &step.arg[1]);
		step.arg[2] = random_prot(seed) | (chance(seed, 1) ? below(seed, 64) : 0);
	} else if (what < 67) {
		step.call = CALL_MREMAP;
		random_mremap(seed, &step);
	} else if (what < 78) {
		step.call = CALL_MADVISE;
		random_madvise(seed, &step);
	} else if (what < 92) {
		step.call = CALL_MADVISE;
		random_touch(seed, &step);
	} else if (what < 96 || !can_brk) {
		step.call = chance(seed, 60) ? CALL_MLOCK : CALL_MUNLOCK;
		random_range(seed, &step.arg[0], &step.arg[1]);
		if (step.call == CALL_MLOCK)
			step.arg[2] = chance(seed, 2) ? 2 : chance(seed, 40);
	} else {
		step.arg[0] = PAGE_AT(below(seed, 30)) + (chance(seed, 20) ? below(seed, 4096) : 0);
	}
	return step;
}

bool outcome_differs(const struct outcome *a, const struct outcome *b)
{
	return a->result != b->result || a->nr_areas != b->nr_areas ||
	       a->map_count != b->map_count ||
	       memcmp(a->areas, b->areas, a->nr_areas * sizeof(a->areas[0])) ||
	       memcmp(a->present, b->present, sizeof(a->present));
}

static void print_flags(FILE *out, unsigned long flags)
{
	static const char *const names[] = {
		"rd", "wr", "ex", "sh", "mr", "mw", "me", "ms", "gd", "",   "pf",
		"",   "",   "lo", "io", "sr", "rr", "dc", "de", "lf", "ac", "nr",
		"ht", "sf", "",	  "wf", "dd", "",   "mm", "hg", "nh", "mg",
	};

	for (unsigned int i = 0; i < 64; i++) {
		if (flags >> i & 1)
			fprintf(out, " %s", i < 32 ? names[i] : "??");
	}
}

void outcome_print(FILE *out, const char *prefix, const struct outcome *outcome)
{
	fprintf(out, "%sresult %s%lx\n", prefix, outcome->result < 0 ? "-" : "",
		outcome->result < 0 ? -outcome->result : outcome->result);
	for (unsigned int i = 0; i < outcome->nr_areas; i++) {
		const struct area *area = &outcome->areas[i];

		fprintf(out, "%s%lx-%lx offset %lx", prefix, area->start, area->end, area->offset);
		print_flags(out, area->flags);
		fputc('\n', out);
	}
	fprintf(out, "%scount %u, pages ", prefix, outcome->map_count);
	for (unsigned int i = 0; i < ARENA_PAGES; i++)
		fputc(outcome->present[i] ? '1' : '.', out);
	fputc('\n', out);
}

static void print_call(FILE *out, const struct step *step)
{
	static const char *const format[] = {
		[CALL_MUNMAP] = "munmap((void *)0x%lx, 0x%lx)",
		[CALL_MPROTECT] = "mprotect((void *)0x%lx, 0x%lx, 0x%lx)",
		[CALL_MREMAP] = "syscall(SYS_mremap, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx)",
		[CALL_MADVISE] = "madvise((void *)0x%lx, 0x%lx, %lu)",
		[CALL_MLOCK] = "mlock2((void *)0x%lx, 0x%lx, %lu)",
		[CALL_MUNLOCK] = "munlock((void *)0x%lx, 0x%lx)",
		[CALL_BRK] = "syscall(SYS_brk, 0x%lx)",
	};
	const unsigned long *arg = step->arg;

	if (step->call == CALL_FORK) {
		fprintf(out, "\tif (fork())\n\t\treturn wait(NULL) < 0;\n"
			     "\tsnprintf(command, sizeof(command), COMMAND, getpid());\n");
		return;
	}
	fprintf(out, "\tresult = (long)");
	if (step->call == CALL_MMAP)
		fprintf(out, "mmap((void *)0x%lx, 0x%lx, 0x%lx, 0x%lx, file[%d], 0x%lx)", arg[0],
			arg[1], arg[2], arg[3], step->file, arg[4]);
	else
		fprintf(out, format[step->call], arg[0], arg[1], arg[2], arg[3], arg[4]);
	fprintf(out, ";\n\tprintf(\"%%lx %%d\\n\", result, result == -1 ? errno : 0);\n");
}

void program_print(FILE *out, const struct step *steps, unsigned int nr)
{
	fprintf(out,
		"#define _GNU_SOURCE\n#include <errno.h>\n#include <stdio.h>\n"
		"#include <stdlib.h>\n#include <sys/mman.h>\n#include <sys/prctl.h>\n"
		"#include <sys/syscall.h>\n#include <sys/wait.h>\n"
		"#include <unistd.h>\n\n"
		"#define COMMAND \"grep -A25 ^20003 /proc/%%d/smaps\"\n\n"
		"int main(void)\n{\n\tint file[3] = {-1, memfd_create(\"a\", 0), "
		"memfd_create(\"b\", 0)};\n\tchar command[64];\n\tlong result;\n\n"
		"\tsetvbuf(stdout, NULL, _IONBF, 0);\n"
		"\tftruncate(file[1], %lu);\n\tftruncate(file[2], %lu);\n"
		"\tsnprintf(command, sizeof(command), COMMAND, getpid());\n",
		FILE_PAGES_A * 4096, FILE_PAGES_B * 4096);
	for (unsigned int i = 0; i < nr; i++) {
		if (steps[i].call != CALL_BRK)
			continue;
		fprintf(out,
			"\tprctl(PR_SET_MM, PR_SET_MM_BRK, 0x%lx, 0, 0);\n"
			"\tprctl(PR_SET_MM, PR_SET_MM_START_BRK, 0x%lx, 0, 0);\n",
			ARENA_START, ARENA_START);
		break;
	}
	for (unsigned int i = 0; i < nr; i++)
		print_call(out, &steps[i]);
	fprintf(out, "\treturn system(command);\n}\n");
}
