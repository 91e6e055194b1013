// SPDX-License-Identifier: GPL-2.0-only
/* Making a layout piece by piece, and checking a finished one. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

static const struct {
	char name[3];
	uint64_t flag;
} vm_flag_names[] = {
	{"rd", VM_READ},       {"wr", VM_WRITE},     {"ex", VM_EXEC},	  {"sh", VM_SHARED},
	{"mr", VM_MAYREAD},    {"mw", VM_MAYWRITE},  {"me", VM_MAYEXEC},  {"ms", VM_MAYSHARE},
	{"gd", VM_GROWSDOWN},  {"pf", VM_PFNMAP},    {"lo", VM_LOCKED},	  {"io", VM_IO},
	{"sr", VM_SEQ_READ},   {"rr", VM_RAND_READ}, {"dc", VM_DONTCOPY}, {"de", VM_DONTEXPAND},
	{"ac", VM_ACCOUNT},    {"nr", VM_NORESERVE}, {"ht", VM_HUGETLB},  {"sf", VM_SYNC},
	{"wf", VM_WIPEONFORK}, {"dd", VM_DONTDUMP},  {"mm", VM_MIXEDMAP}, {"hg", VM_HUGEPAGE},
	{"nh", VM_NOHUGEPAGE}, {"mg", VM_MERGEABLE},
};

uint64_t vm_flag_by_name(const char name[2])
{
	for (size_t i = 0; i < sizeof(vm_flag_names) / sizeof(*vm_flag_names); i++)
		if (!memcmp(vm_flag_names[i].name, name, 2))
			return vm_flag_names[i].flag;
	return 0;
}

const char *vm_flag_name(unsigned int i, uint64_t *flag)
{
	if (i >= sizeof(vm_flag_names) / sizeof(*vm_flag_names))
		return NULL;
	*flag = vm_flag_names[i].flag;
	return vm_flag_names[i].name;
}

static void set_error(struct layout_error *err, const char *fmt, va_list ap)
{
	if (!err)
		return;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	for (char *c = err->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

int layout_fail(struct layout_error *err, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_error(err, fmt, ap);
	va_end(ap);
	return ret;
}

/* Make room for one more of @size bytes behind @nr in *@array. */
static bool grow(struct layout_builder *b, void **array, size_t nr, size_t *cap, size_t size)
{
	size_t want = *cap ? 2 * *cap : 64;
	void *bigger;

	if (nr < *cap)
		return true;
	bigger = layout_alloc(*array, want * size);
	if (!bigger) {
		b->error = -ENOMEM;
		return false;
	}
	*array = bigger;
	*cap = want;
	return true;
}

static char *copy_string(const char *s)
{
	size_t len = strlen(s) + 1;
	char *copy = layout_alloc(NULL, len);

	return copy ? memcpy(copy, s, len) : NULL;
}

void builder_init(struct layout_builder *b, const char *name)
{
	memset(b, 0, sizeof(*b));
	b->layout = layout_alloc(NULL, sizeof(*b->layout));
	if (!b->layout) {
		b->error = -ENOMEM;
		return;
	}
	memset(b->layout, 0, sizeof(*b->layout));
	b->layout->name = copy_string(name);
	b->layout->names = layout_alloc(NULL, 64);
	if (!b->layout->name || !b->layout->names) {
		b->error = -ENOMEM;
		return;
	}
	/* Offset 0 is the empty name. */
	b->cap_names = 64;
	b->layout->names[0] = '\0';
	b->layout->names_size = 1;
}

static uint32_t add_name(struct layout_builder *b, const char *name, size_t len)
{
	struct layout *l = b->layout;
	const struct layout_vma *prev = l->nr_vmas ? &l->vmas[l->nr_vmas - 1] : NULL;
	uint32_t at = l->names_size;

	if (!len)
		return 0;
	/* The segments of one library stand side by side under one name. */
	if (prev && strlen(l->names + prev->name) == len &&
	    !memcmp(l->names + prev->name, name, len))
		return prev->name;
	if (l->names_size + len + 1 > UINT32_MAX) {
		b->error = -E2BIG;
		return 0;
	}
	while (b->cap_names < l->names_size + len + 1) {
		char *bigger = layout_alloc(l->names, 2 * b->cap_names);

		if (!bigger) {
			b->error = -ENOMEM;
			return 0;
		}
		l->names = bigger;
		b->cap_names *= 2;
	}
	memcpy(l->names + at, name, len);
	l->names[at + len] = '\0';
	l->names_size += len + 1;
	return at;
}

void builder_vma(struct layout_builder *b, const struct layout_vma *vma, const char *name,
		 size_t name_len)
{
	struct layout *l = b->layout;
	struct layout_vma copy = *vma;

	if (b->error || !grow(b, (void **)&l->vmas, l->nr_vmas, &b->cap_vmas, sizeof(*l->vmas)))
		return;
	copy.name = add_name(b, name, name_len);
	copy.first_run = l->nr_runs;
	copy.nr_runs = 0;
	if (!b->error)
		l->vmas[l->nr_vmas++] = copy;
}

void builder_run(struct layout_builder *b, uint64_t start, uint64_t end, enum layout_kind kind)
{
	struct layout *l = b->layout;
	struct layout_vma *vma;
	struct layout_run *last;

	if (b->error || start == end)
		return;
	vma = &l->vmas[l->nr_vmas - 1];
	last = vma->nr_runs ? &l->runs[l->nr_runs - 1] : NULL;
	if (last && last->end == start && last->kind == kind) {
		last->end = end;
		return;
	}
	if (l->nr_runs == LAYOUT_MAX_RUNS) {
		b->error = -E2BIG;
		return;
	}
	if (!grow(b, (void **)&l->runs, l->nr_runs, &b->cap_runs, sizeof(*l->runs)))
		return;
	l->runs[l->nr_runs++] = (struct layout_run){start, end, kind};
	vma->nr_runs++;
}

void builder_notes(struct layout_builder *b, const struct smaps_notes *notes)
{
	if (b->error)
		return;
	b->layout->nr_dropped = notes->dropped;
	b->page_size = notes->page_size;
}

/* This stands in a rule before the first note. */
static const char note_mark[] = "note: ";

const char *layout_notes(const struct layout *layout)
{
	const char *mark = strstr(layout->rule, note_mark);

	return mark ? mark + strlen(note_mark) : "";
}

/* Append a note, unless it is there already, as in a file that we wrote. */
static void add_note(char *rule, size_t size, const char *note)
{
	size_t len = strlen(rule);

	if (!strstr(rule, note))
		snprintf(rule + len, size - len, "%s%s%s", len ? "; " : "",
			 strstr(rule, note_mark) ? "" : note_mark, note);
}

/* The rule of the source, then a sentence for each other difference from the source. */
static char *make_rule(const struct layout_builder *b, const char *rule, bool moved)
{
	unsigned long long page = b->page_size;
	size_t size = strlen(rule) + 512;
	char *text = layout_alloc(NULL, size), note[160];

	if (!text)
		return NULL;
	snprintf(text, size, "%s", rule);
	if (page > PAGE_SIZE) {
		snprintf(
			note, sizeof(note),
			"pages of %llu KiB are counted as %llu of 4 KiB, 512 of these to a page table",
			page >> 10, page >> PAGE_SHIFT);
		add_note(text, size, note);
	}
	if (moved)
		add_note(text, size,
			 "addresses above 47 bits were moved down by shortening the longest gaps "
			 "between VMAs");
	if (!layout_pages(b->layout))
		add_note(text, size, "no page is resident, swapped or huge");
	return text;
}

struct layout *builder_finish(struct layout_builder *b, const char *rule, struct layout_error *err)
{
	struct layout *l = b->layout;
	bool moved = false;

	if (!b->error && layout_fit(l, &moved, err))
		goto abort;
	if (!b->error) {
		layout_count(l, l->pages, &l->nr_pte_tables);
		l->rule = make_rule(b, rule, moved);
		if (!l->rule)
			b->error = -ENOMEM;
	}
	if (b->error) {
		if (b->error == -E2BIG)
			layout_fail(err, 0, "%s: more than %lu runs of pages", l->name,
				    LAYOUT_MAX_RUNS);
		else
			layout_fail(err, 0, "out of memory for the layout");
		goto abort;
	}
	if (strlen(l->rule) > LAYOUT_MAX_RULE) {
		layout_fail(err, 0, "%s: rule longer than %d bytes", l->name, LAYOUT_MAX_RULE);
		goto abort;
	}
	if (layout_check(l, err))
		goto abort;
	b->layout = NULL;
	return l;
abort:
	builder_abort(b);
	return NULL;
}

void builder_abort(struct layout_builder *b)
{
	layout_free(b->layout);
	b->layout = NULL;
}

void layout_free(struct layout *layout)
{
	if (!layout)
		return;
	layout_alloc(layout->name, 0);
	layout_alloc(layout->rule, 0);
	layout_alloc(layout->vmas, 0);
	layout_alloc(layout->runs, 0);
	layout_alloc(layout->names, 0);
	layout_alloc(layout, 0);
}

uint64_t layout_pages(const struct layout *layout)
{
	uint64_t pages = 0;

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	return pages;
}

void layout_count(const struct layout *layout, uint64_t pages[LAYOUT_NR_KINDS],
		  uint64_t *nr_pte_tables)
{
	uint64_t next = 0; /* first table not counted yet */

	memset(pages, 0, LAYOUT_NR_KINDS * sizeof(*pages));
	*nr_pte_tables = 0;
	for (size_t i = 0; i < layout->nr_runs; i++) {
		const struct layout_run *run = &layout->runs[i];
		uint64_t first = run->start >> PMD_SHIFT, last = (run->end - 1) >> PMD_SHIFT;

		pages[run->kind] += (run->end - run->start) >> PAGE_SHIFT;
		if (run->kind == LAYOUT_HUGE)
			continue;
		if (first < next)
			first = next;
		if (first <= last)
			*nr_pte_tables += last - first + 1;
		next = last + 1;
	}
}

static int check_runs(const struct layout *l, const struct layout_vma *vma, size_t nr,
		      struct layout_error *err)
{
	uint64_t at = vma->start;

	for (size_t i = 0; i < vma->nr_runs; i++) {
		const struct layout_run *run = &l->runs[vma->first_run + i];

		if ((unsigned int)run->kind >= LAYOUT_NR_KINDS)
			return layout_fail(err, -EINVAL, "VMA %zu run %zu: bad kind", nr, i);
		if (run->start < at || run->end <= run->start || run->end > vma->end)
			return layout_fail(err, -EINVAL, "VMA %zu run %zu: out of place", nr, i);
		if ((run->start | run->end) & ~PAGE_MASK)
			return layout_fail(err, -EINVAL, "VMA %zu run %zu: not page aligned", nr,
					   i);
		if (run->kind == LAYOUT_HUGE && ((run->start | run->end) & ~PMD_MASK))
			return layout_fail(err, -EINVAL,
					   "VMA %zu run %zu: huge, but not 2 MiB aligned", nr, i);
		if (i && run->start == at && run->kind == run[-1].kind)
			return layout_fail(err, -EINVAL, "VMA %zu run %zu: continues the last", nr,
					   i);
		if (run->kind == LAYOUT_FILE && !vma->file)
			return layout_fail(err, -EINVAL,
					   "VMA %zu run %zu: file pages in anonymous memory", nr,
					   i);
		if ((vma->vm_flags & VM_HUGETLB) && run->kind != LAYOUT_HUGE)
			return layout_fail(err, -EINVAL, "VMA %zu run %zu: small pages in hugetlb",
					   nr, i);
		if (run->kind == LAYOUT_HUGE && vma->file && !(vma->vm_flags & VM_HUGETLB))
			return layout_fail(err, -EINVAL,
					   "VMA %zu run %zu: huge anonymous memory in a file", nr,
					   i);
		at = run->end;
	}
	return 0;
}

int layout_check(const struct layout *l, struct layout_error *err)
{
	uint64_t pages[LAYOUT_NR_KINDS], tables, at = 0;
	size_t runs = 0;

	if (!l->name || !l->rule || !l->names || !l->names_size || l->names[0] ||
	    l->names[l->names_size - 1])
		return layout_fail(err, -EINVAL, "the layout has no name, rule or names");
	if (!l->nr_vmas)
		return layout_fail(err, -EINVAL, "the layout has no VMA");
	for (size_t i = 0; i < l->nr_vmas; i++) {
		const struct layout_vma *vma = &l->vmas[i];
		int ret;

		if (vma->start < at || vma->end <= vma->start || vma->end > TASK_SIZE)
			return layout_fail(err, -EINVAL, "VMA %zu: out of place", i);
		if ((vma->start | vma->end) & ~PAGE_MASK)
			return layout_fail(err, -EINVAL, "VMA %zu: not page aligned", i);
		if ((vma->vm_flags & VM_HUGETLB) && ((vma->start | vma->end) & ~PMD_MASK))
			return layout_fail(err, -EINVAL, "VMA %zu: hugetlb, but not 2 MiB aligned",
					   i);
		if (vma->name >= l->names_size)
			return layout_fail(err, -EINVAL, "VMA %zu: name out of bounds", i);
		if (vma->first_run != runs || vma->nr_runs > l->nr_runs - runs)
			return layout_fail(err, -EINVAL, "VMA %zu: runs out of bounds", i);
		ret = check_runs(l, vma, i, err);
		if (ret)
			return ret;
		runs += vma->nr_runs;
		at = vma->end;
	}
	if (runs != l->nr_runs)
		return layout_fail(err, -EINVAL, "%zu runs belong to no VMA", l->nr_runs - runs);
	layout_count(l, pages, &tables);
	if (memcmp(pages, l->pages, sizeof(pages)) || tables != l->nr_pte_tables)
		return layout_fail(err, -EINVAL, "the totals differ from a recount");
	return 0;
}
