// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: which areas become one. Each case is a list of calls and the areas that they must
 * leave. Right is that ours leaves these, and that the running kernel does too, if it is one of
 * those whose rules we have. The limit on the number of areas is ours alone, since the kernel's is
 * the same for all processes.
 *
 * The calls, on pages of the arena:
 *	anon A B PROT		private memory at [A, B)
 *	noreserve A B PROT	the same, not accounted
 *	shared A B PROT		shared memory
 *	file A B PROT N		a private mapping of a file, from its page N on
 *	sharedfile A B PROT N	a shared one
 *	unmap A B
 *	prot A B PROT
 *	write A B		fault in for writing
 *	read A B		fault in for reading
 *	dump A B, nodump A B	MADV_DODUMP, MADV_DONTDUMP
 *	lock A B, unlock A B	on fault
 *	move A B C		to C
 *	leave A B C		to C with MREMAP_DONTUNMAP
 *	resize A B C		[A, B) to [A, C), in place
 *	nofork A B, wipe A B	MADV_DONTFORK, MADV_WIPEONFORK
 *	fork			the child goes on
 * The areas: "A-B", then the permissions and, with a file, "@" and the page of it.
 */
#include "vs_kernel_ours.h"

#include <sys/mman.h>

#include "vma/mman.h"
#include "../skip_case.h"
#include "../zero_page.h"

#define MOST_CALLS 12

static const struct {
	const char *name, *calls;
	/* With a page of zeros; behind '|' without one, if that is something else. */
	const char *areas;
} cases[] = {
	{"with the one below", "anon 0 4 rw, anon 4 8 rw", "0-8 rwp"},
	{"with the one above", "anon 4 8 rw, anon 0 4 rw", "0-8 rwp"},
	{"with both", "anon 0 4 rw, anon 8 12 rw, anon 4 8 rw", "0-12 rwp"},
	{"not across a gap", "anon 0 4 rw, anon 5 8 rw", "0-4 rwp, 5-8 rwp"},
	{"not with other permissions", "anon 0 4 rw, anon 4 8 r", "0-4 rwp, 4-8 r-p"},
	{"not accounted beside accounted", "anon 0 4 rw, noreserve 4 8 rw", "0-4 rwp, 4-8 rwp"},
	{"replaced in the middle", "anon 0 12 r, anon 4 8 rw, anon 4 8 r", "0-12 r-p"},
	{"replaced across a border", "anon 0 4 r, anon 4 8 rw, anon 2 8 r", "0-8 r-p"},
	{"a file that goes on", "file 0 4 r 0, file 4 8 r 4", "0-8 r-p@0"},
	{"a file that does not", "file 0 4 r 0, file 4 8 r 5", "0-4 r-p@0, 4-8 r-p@5"},
	{"a file between both", "file 0 2 r 7, file 4 6 r 11, file 2 4 r 9", "0-6 r-p@7"},
	{"a file below that ends elsewhere", "file 0 2 r 3, file 4 6 r 11, file 2 4 r 9",
	 "0-2 r-p@3, 2-6 r-p@9"},
	{"shared and private of a file", "file 0 4 r 0, sharedfile 4 8 r 4",
	 "0-4 r-p@0, 4-8 r-s@4"},
	{"shared memory is an object each", "shared 0 4 rw, shared 4 8 rw", "0-4 rws@0, 4-8 rws@0"},
	{"shared memory cut and joined", "shared 0 8 rw, prot 2 4 r, prot 2 4 rw", "0-8 rws@0"},
	{"unmapped and mapped again", "anon 0 8 rw, unmap 2 4, anon 2 4 rw", "0-8 rwp"},
	{"a file unmapped and mapped again", "file 0 8 r 0, unmap 2 4, file 2 4 r 2", "0-8 r-p@0"},

	{"protected in the middle", "anon 0 12 rw, prot 4 8 r", "0-4 rwp, 4-8 r-p, 8-12 rwp"},
	{"protected at the start, the one below grows", "anon 0 4 r, anon 4 8 rw, prot 4 6 r",
	 "0-6 r-p, 6-8 rwp"},
	{"the same where both were writable once", "anon 0 8 rw, write 0 8, prot 0 4 r, prot 4 6 r",
	 "0-6 r-p, 6-8 rwp"},
	{"protected at the end, the one above grows",
	 "anon 0 8 rw, write 0 8, prot 4 8 r, prot 2 4 r", "0-2 rwp, 2-8 r-p"},
	{"protected whole, one of three remains",
	 "anon 0 12 rw, write 0 12, prot 4 8 r, prot 4 8 rw", "0-12 rwp"},
	{"protected across three", "anon 0 12 rw, prot 4 8 r, prot 0 12 x", "0-12 --xp"},
	{"accounted once written", "anon 0 4 r, anon 4 8 rw, prot 0 4 rw", "0-8 rwp"},
	{"no longer accounted unless touched", "anon 0 8 rw, prot 4 8 r, anon 8 12 r",
	 "0-4 rwp, 4-12 r-p"},
	{"still accounted after a touch", "anon 0 8 rw, write 4 5, prot 4 8 r, anon 8 12 r",
	 "0-4 rwp, 4-8 r-p, 8-12 r-p"},
	{"a dump less, and more again", "anon 0 8 rw, nodump 2 6, dump 2 6", "0-8 rwp"},
	{"locked in part", "anon 0 8 rw, lock 2 6, unlock 2 4", "0-4 rwp, 4-6 rwp, 6-8 rwp"},

	{"one with pages, one without", "anon 0 4 rw, nodump 2 4, write 0 4, dump 2 4",
	 "0-2 rwp, 2-4 rwp"},
	{"only the lower one has pages", "anon 0 4 rw, nodump 2 4, write 0 2, dump 2 4", "0-4 rwp"},
	{"only the upper one has pages", "anon 0 4 rw, nodump 2 4, write 2 4, dump 2 4", "0-4 rwp"},
	{"a read counts as a page if there is no page of zeros",
	 "anon 0 4 rw, nodump 2 4, write 0 2, read 2 3, dump 2 4", "0-4 rwp|0-2 rwp, 2-4 rwp"},
	{"neighbours with other permissions share",
	 "anon 0 4 rw, prot 2 4 rwx, write 0 2, write 2 4, prot 2 4 rw", "0-4 rwp"},
	{"neighbours with other flags do not",
	 "anon 0 4 rw, nodump 2 4, write 0 2, write 2 4, dump 2 4", "0-2 rwp, 2-4 rwp"},
	{"a bridge between two with pages of their own",
	 "anon 0 2 rw, anon 4 6 rw, write 0 2, write 4 6, anon 2 4 rw", "0-4 rwp, 4-6 rwp"},

	{"moved beside one without pages", "anon 0 2 rw, anon 10 12 rw, move 10 12 2", "0-4 rwp"},
	{"moved with pages, to other offsets",
	 "anon 0 2 rw, anon 10 12 rw, write 10 12, "
	 "move 10 12 2",
	 "0-2 rwp, 2-4 rwp"},
	{"moved away and back", "anon 0 6 rw, write 0 6, move 2 4 20, move 20 22 2", "0-6 rwp"},
	{"moved out of itself", "anon 0 6 rw, move 0 2 6", "2-8 rwp"},
	{"a file moved to where it goes on", "file 0 2 r 0, file 10 12 r 2, move 10 12 2",
	 "0-4 r-p@0"},
	{"moved, and left", "anon 0 4 rw, write 0 4, leave 0 4 10", "0-4 rwp, 10-14 rwp"},
	{"what was left has no pages",
	 "anon 0 4 rw, write 0 4, leave 0 4 10, anon 4 6 rw, "
	 "write 4 6",
	 "0-6 rwp, 10-14 rwp"},
	{"several at once", "anon 0 2 rw, anon 2 4 r, anon 6 8 r, move 0 8 20",
	 "20-22 rwp, 22-24 r-p, 26-28 r-p"},
	{"grown up to the next", "anon 0 2 rw, anon 4 6 rw, resize 0 2 4", "0-6 rwp"},
	{"grown up to another one", "anon 0 2 rw, anon 4 6 r, resize 0 2 4", "0-4 rwp, 4-6 r-p"},
	{"not grown over the next", "anon 0 2 rw, anon 4 6 r, resize 0 2 5", "0-2 rwp, 4-6 r-p"},
	{"a child has what the parent had", "anon 0 4 rw, write 0 2, fork", "0-4 rwp"},
	{"but for what is not to fork", "anon 0 6 rw, nofork 2 4, fork", "0-2 rwp, 4-6 rwp"},
	{"a child's new area beside one with the parent's pages",
	 "anon 0 2 rw, write 0 2, fork, anon 2 4 rw", "0-2 rwp, 2-4 rwp"},
	{"beside one without", "anon 0 2 rw, fork, anon 2 4 rw", "0-4 rwp"},
	{"beside one whose pages were wiped",
	 "anon 0 2 rw, write 0 2, wipe 0 2, fork, anon 2 4 rw, wipe 2 4", "0-4 rwp"},
	{"a child's split areas are one again",
	 "anon 0 4 rw, write 0 4, fork, prot 0 2 r, prot 0 2 rw", "0-4 rwp"},
	{"locks do not fork", "anon 0 4 rw, lock 0 2, fork, anon 4 6 rw", "0-2 rwp, 2-6 rwp"},
	{"shrunk", "anon 0 6 rw, resize 0 6 2", "0-2 rwp"},
};

static unsigned long parse_prot(const char *word)
{
	unsigned long prot = 0;

	for (; *word; word++)
		prot |= *word == 'r' ? PROT_READ : *word == 'w' ? PROT_WRITE : PROT_EXEC;
	return prot;
}

struct parsed {
	char what[12], prot[4];
	unsigned long first, last, third;
};

static bool parse_mmap(const struct parsed *call, struct step *step)
{
	static const struct {
		const char *what;
		unsigned long flags;
		enum which_file file;
	} kinds[] = {
		{"anon", MAP_PRIVATE | MAP_ANONYMOUS, NO_FILE},
		{"noreserve", MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, NO_FILE},
		{"shared", MAP_SHARED | MAP_ANONYMOUS, NO_FILE},
		{"file", MAP_PRIVATE, FILE_A},
		{"sharedfile", MAP_SHARED, FILE_A},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(call->what, kinds[i].what))
			continue;
		step->call = CALL_MMAP;
		step->file = kinds[i].file;
		step->arg[2] = parse_prot(call->prot);
		step->arg[3] = kinds[i].flags | MAP_FIXED;
		step->arg[4] = call->third * PAGE_SIZE;
		return true;
	}
	return false;
}

static bool parse_other(const struct parsed *call, struct step *step)
{
	static const struct {
		const char *what;
		enum call call;
		unsigned long arg;
	} kinds[] = {
		{"unmap", CALL_MUNMAP, 0},
		{"prot", CALL_MPROTECT, 0},
		{"write", CALL_MADVISE, MADV_POPULATE_WRITE},
		{"read", CALL_MADVISE, MADV_POPULATE_READ},
		{"dump", CALL_MADVISE, MADV_DODUMP},
		{"nodump", CALL_MADVISE, MADV_DONTDUMP},
		{"nofork", CALL_MADVISE, MADV_DONTFORK},
		{"wipe", CALL_MADVISE, MADV_WIPEONFORK},
		{"fork", CALL_FORK, 0},
		{"lock", CALL_MLOCK, 1},
		{"unlock", CALL_MUNLOCK, 0},
		{"move", CALL_MREMAP, MREMAP_MAYMOVE | MREMAP_FIXED},
		{"leave", CALL_MREMAP, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP},
		{"resize", CALL_MREMAP, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(call->what, kinds[i].what))
			continue;
		step->call = kinds[i].call;
		step->arg[2] = kinds[i].arg;
		if (step->call == CALL_MPROTECT)
			step->arg[2] = parse_prot(call->prot);
		if (step->call != CALL_MREMAP)
			return true;
		step->arg[2] = step->arg[1];
		if (!kinds[i].arg)
			step->arg[2] = (call->third - call->first) * PAGE_SIZE;
		step->arg[3] = kinds[i].arg;
		step->arg[4] = PAGE_AT(call->third);
		return true;
	}
	return false;
}

static unsigned int parse(const char *text, struct step *steps)
{
	unsigned int nr = 0;

	for (; text; text = strchr(text, ',') ? strchr(text, ',') + 2 : NULL) {
		struct step *step = &steps[nr++];
		struct parsed call = {.prot = ""};

		assert_true(nr <= MOST_CALLS);
		*step = (struct step){.call = CALL_MMAP};
		if (sscanf(text, "%11[a-z] %lu %lu %3[rwx] %lu", call.what, &call.first, &call.last,
			   call.prot, &call.third) < 4)
			sscanf(text, "%*s %*u %*u %lu", &call.third);
		step->arg[0] = PAGE_AT(call.first);
		step->arg[1] = (call.last - call.first) * PAGE_SIZE;
		if (!parse_mmap(&call, step) && !parse_other(&call, step))
			fail_msg("no such call: %s", text);
	}
	return nr;
}

static char *areas_text(const struct outcome *outcome)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (unsigned int i = 0; i < outcome->nr_areas; i++) {
		const struct area *area = &outcome->areas[i];

		fprintf(out, "%s%lu-%lu %c%c%s%c", i ? ", " : "",
			(area->start - ARENA_START) / PAGE_SIZE,
			(area->end - ARENA_START) / PAGE_SIZE, area->flags & VM_READ ? 'r' : '-',
			area->flags & VM_WRITE ? 'w' : '-', area->flags & VM_EXEC ? "x" : "",
			area->flags & VM_SHARED ? 's' : 'p');
		if (area->file)
			fprintf(out, "@%lu", area->offset / PAGE_SIZE);
	}
	fclose(out);
	return text;
}

static bool are_wanted(const char *text, const char *areas, bool zero_page)
{
	const size_t first = strcspn(areas, "|");

	if (!zero_page && areas[first])
		return !strcmp(text, areas + first + 1);
	return strlen(text) == first && !memcmp(text, areas, first);
}

static void areas_become_one(bool kernel, bool zero_page)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static struct outcome outcomes[MOST_CALLS];
		struct step steps[MOST_CALLS];
		unsigned int nr = parse(cases[i].calls, steps);
		char *text;

		use_zero_page = zero_page;
		if (!kernel)
			ours_run(steps, nr, outcomes);
		else if (!kernel_run(steps, nr, outcomes))
			fail_msg("the child with the real calls: %s", strerror(errno));
		text = areas_text(&outcomes[nr - 1]);
		if (!are_wanted(text, cases[i].areas, zero_page)) {
			print_message("# %s: %s: %s, not %s\n", cases[i].name, cases[i].calls, text,
				      cases[i].areas);
			wrong++;
		}
		free(text);
	}
	assert_int_equal(wrong, 0);
}

static void in_ours(void **state)
{
	(void)state;
	areas_become_one(false, true);
	areas_become_one(false, false);
}

static void in_the_running_kernel(void **state)
{
	if (!kernel_is_judge())
		skip_case("these are the rules of a later kernel");
	areas_become_one(true, kernel_has_zero_page());
}

/* Calls that need one or two areas more, and what they need. */
static const struct {
	const char *call;
	int more;
} growing[] = {
	{"anon 40 41 rw", 1}, {"unmap 2 4", 1},	 {"prot 2 4 r", 2},
	{"prot 0 4 r", 1},    {"nodump 4 6", 2}, {"lock 2 4", 2},
};

/* mmap stops above the limit, what splits stops at it. */
static void the_limit_on_areas_is_kept(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(growing); i++) {
		for (int room = 0; room <= growing[i].more; room++) {
			struct step map, step;
			struct outcome before, after;
			struct ours ours;
			bool is_map;
			long result;

			ours_start(&ours);
			parse("anon 0 8 rw", &map);
			assert_int_equal(ours_do(&ours, &map), map.arg[0]);
			ours_look(&ours, &before);
			parse(growing[i].call, &step);
			is_map = step.call == CALL_MMAP;
			sysctl_max_map_count = ours.m.mm->map_count + room - is_map;
			result = ours_do(&ours, &step);
			sysctl_max_map_count = 65530;
			ours_look(&ours, &after);
			if (room == growing[i].more) {
				assert_true(result >= 0);
				assert_int_equal(after.nr_areas, 1 + room);
			} else {
				assert_int_equal(result,
						 step.call == CALL_MADVISE ? -EAGAIN : -ENOMEM);
				assert_int_equal(after.areas[0].flags, before.areas[0].flags);
			}
			ours_finish(&ours);
		}
	}
}

/* A move may need three areas more, so it asks for room for four before it starts. */
static void a_move_asks_for_room_first(void **state)
{
	for (int room = 0; room < 8; room++) {
		struct step map, step;
		struct outcome after;
		struct ours ours;
		long result;

		ours_start(&ours);
		parse("anon 0 8 rw", &map);
		assert_int_equal(ours_do(&ours, &map), map.arg[0]);
		parse("move 2 4 20", &step);
		sysctl_max_map_count = ours.m.mm->map_count + room;
		result = ours_do(&ours, &step);
		sysctl_max_map_count = 65530;
		ours_look(&ours, &after);
		assert_int_equal(after.nr_areas, room > 5 ? 3 : 1);
		assert_int_equal(result, room > 5 ? (long)step.arg[4] : -ENOMEM);
		ours_finish(&ours);
	}
}

static long map_somewhere(struct mm_struct *mm, unsigned long len)
{
	return do_mmap(mm, NULL, 0, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
}

/* Memory of whole huge pages begins at one; the rest goes right below, or right above. */
static void memory_goes_where_huge_pages_fit(void **state)
{
	struct mm_struct *mm;
	struct machine m;
	long large, small;

	machine_start(&m, 4096, 0);
	mm = m.mm;
	mm->mmap_base -= PAGE_SIZE;
	mmap_write_lock(mm);
	small = map_somewhere(mm, PAGE_SIZE);
	assert_int_equal(small, mm->mmap_base - PAGE_SIZE);
	large = map_somewhere(mm, 2 * PMD_SIZE);
	assert_int_equal(large, (mm->mmap_base & PMD_MASK) - 2 * PMD_SIZE);
	large = map_somewhere(mm, 2 * PMD_SIZE + PAGE_SIZE);
	assert_int_equal(large, (mm->mmap_base & PMD_MASK) - 4 * PMD_SIZE - PAGE_SIZE);

	mm->mmap_bottomup = true;
	small = map_somewhere(mm, PAGE_SIZE);
	assert_int_equal(small, ((TASK_SIZE / 3) + PAGE_SIZE - 1) & PAGE_MASK);
	large = map_somewhere(mm, PMD_SIZE);
	assert_int_equal(large, ((unsigned long)small + PMD_SIZE) & PMD_MASK);
	mmap_write_unlock(mm);
	machine_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_ours),
		cmocka_unit_test(in_the_running_kernel),
		cmocka_unit_test(the_limit_on_areas_is_kept),
		cmocka_unit_test(a_move_asks_for_room_first),
		cmocka_unit_test(memory_goes_where_huge_pages_fit),
	};

	return mm_run_group(tests);
}
