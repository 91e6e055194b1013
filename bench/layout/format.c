// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our own text format: every run exactly.
 *
 *	umaple-layout 1
 *	rule captured from pid 4711 with PAGEMAP_SCAN
 *	dropped 1
 *	vma 687400000-6cf800000 rd,wr,mr,mw,me,ac 0 anon [heap]
 *		anon 687400000-6876f3000
 *		swap 6876f3000-687700000
 *	end 1 2
 *
 * The last line counts VMAs and runs, so that a file that was cut off never reads as a smaller
 * one.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

#define MAGIC "umaple-layout "

static const char *const kind_names[LAYOUT_NR_KINDS] = {
	[LAYOUT_ANON] = "anon",
	[LAYOUT_FILE] = "file",
	[LAYOUT_SWAP] = "swap",
	[LAYOUT_HUGE] = "huge",
};

static void write_flags(uint64_t flags, FILE *file)
{
	const char *name, *comma = "";
	uint64_t flag;

	for (unsigned int i = 0; (name = vm_flag_name(i, &flag)); i++) {
		if (!(flags & flag))
			continue;
		fprintf(file, "%s%s", comma, name);
		comma = ",";
	}
	if (!*comma)
		fputc('-', file);
}

int layout_write(const struct layout *layout, FILE *file)
{
	if (strchr(layout->rule, '\n') || memchr(layout->names, '\n', layout->names_size))
		return -EINVAL;
	fprintf(file, MAGIC "1\nrule %s\n", layout->rule);
	if (layout->nr_dropped)
		fprintf(file, "dropped %zu\n", layout->nr_dropped);
	for (size_t i = 0; i < layout->nr_vmas; i++) {
		const struct layout_vma *vma = &layout->vmas[i];
		const char *name = layout->names + vma->name;

		fprintf(file, "vma %" PRIx64 "-%" PRIx64 " ", vma->start, vma->end);
		write_flags(vma->vm_flags, file);
		fprintf(file, " %" PRIu64 " %s%s%s\n", vma->pgoff, vma->file ? "file" : "anon",
			*name ? " " : "", name);
		for (size_t j = 0; j < vma->nr_runs; j++) {
			const struct layout_run *run = &layout->runs[vma->first_run + j];

			fprintf(file, "\t%s %" PRIx64 "-%" PRIx64 "\n", kind_names[run->kind],
				run->start, run->end);
		}
	}
	fprintf(file, "end %zu %zu\n", layout->nr_vmas, layout->nr_runs);
	return ferror(file) ? -EIO : 0;
}

bool format_is_ours(const char *text, size_t len)
{
	return len >= strlen(MAGIC) && !memcmp(text, MAGIC, strlen(MAGIC));
}

/* Skip @word and return true if the rest of the line starts with it. */
static bool skip_word(const char **s, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - *s) < len || memcmp(*s, word, len))
		return false;
	*s += len;
	return true;
}

static bool scan_range(const char **s, const char *end, uint64_t *start, uint64_t *stop)
{
	return scan_number(s, end, 16, start) && skip_word(s, end, "-") &&
	       scan_number(s, end, 16, stop);
}

static bool scan_flags(const char **s, const char *end, uint64_t *flags)
{
	*flags = 0;
	if (skip_word(s, end, "-"))
		return true;
	do {
		uint64_t flag = end - *s >= 2 ? vm_flag_by_name(*s) : 0;

		if (!flag)
			return false;
		*flags |= flag;
		*s += 2;
	} while (skip_word(s, end, ","));
	return true;
}

static int read_vma(struct layout_builder *b, struct layout_text *t, const char *s)
{
	const struct layout *l = b->layout;
	const char *end = t->line + t->len;
	struct layout_vma vma = {0};

	if (!scan_range(&s, end, &vma.start, &vma.end) || !skip_word(&s, end, " "))
		return text_fail(t, t->nr, "bad address range");
	if (!scan_flags(&s, end, &vma.vm_flags) || !skip_word(&s, end, " "))
		return text_fail(t, t->nr, "bad or unknown VMA flags");
	if (!scan_number(&s, end, 10, &vma.pgoff))
		return text_fail(t, t->nr, "bad page offset");
	vma.file = skip_word(&s, end, " file");
	if ((!vma.file && !skip_word(&s, end, " anon")) || (s < end && *s != ' '))
		return text_fail(t, t->nr, "a VMA is 'anon' or 'file'");
	if (vma.end <= vma.start)
		return text_fail(t, t->nr, "the range ends before it starts");
	if ((vma.start | vma.end) & ~((vma.vm_flags & VM_HUGETLB) ? PMD_MASK : PAGE_MASK))
		return text_fail(t, t->nr, "range not aligned");
	if (vma.end > LAYOUT_SOURCE_END)
		return text_fail(t, t->nr, "the range reaches into the kernel's addresses");
	if (vma.end - vma.start > TASK_SIZE)
		return text_fail(t, t->nr, "larger than the 128 TiB of address space we model");
	if (l->nr_vmas && vma.start < l->vmas[l->nr_vmas - 1].end)
		return text_fail(t, t->nr, "overlaps the VMA before, or VMAs out of order");
	s += s < end;
	if (end - s > LAYOUT_MAX_NAME)
		return text_fail(t, t->nr, "name longer than %d bytes", LAYOUT_MAX_NAME);
	builder_vma(b, &vma, s, end - s);
	return b->error;
}

static int read_run(struct layout_builder *b, struct layout_text *t)
{
	const struct layout *l = b->layout;
	const struct layout_vma *vma = l->nr_vmas ? &l->vmas[l->nr_vmas - 1] : NULL;
	const char *s = t->line + 1, *end = t->line + t->len;
	enum layout_kind kind = LAYOUT_ANON;
	uint64_t start, stop, low;

	while (kind < LAYOUT_NR_KINDS && !skip_word(&s, end, kind_names[kind]))
		kind++;
	if (kind == LAYOUT_NR_KINDS || !skip_word(&s, end, " ") ||
	    !scan_range(&s, end, &start, &stop) || s != end)
		return text_fail(t, t->nr, "a run is 'anon', 'file', 'swap' or 'huge' and a range");
	if (!vma)
		return text_fail(t, t->nr, "a run before any VMA");
	low = vma->nr_runs ? l->runs[l->nr_runs - 1].end : vma->start;
	if (stop <= start)
		return text_fail(t, t->nr, "the range ends before it starts");
	if (start < vma->start || stop > vma->end)
		return text_fail(t, t->nr, "the run leaves its VMA");
	if (start < low)
		return text_fail(t, t->nr, "overlaps the run before, or runs out of order");
	if ((start | stop) & ~(kind == LAYOUT_HUGE ? PMD_MASK : PAGE_MASK))
		return text_fail(t, t->nr, "range not aligned");
	if (kind == LAYOUT_FILE && !vma->file)
		return text_fail(t, t->nr, "file pages in an anonymous VMA");
	if ((vma->vm_flags & VM_HUGETLB) && kind != LAYOUT_HUGE)
		return text_fail(t, t->nr, "small pages in a hugetlb VMA");
	if (kind == LAYOUT_HUGE && vma->file && !(vma->vm_flags & VM_HUGETLB))
		return text_fail(t, t->nr, "huge anonymous memory in a file mapping");
	builder_run(b, start, stop, kind);
	return b->error;
}

struct reading {
	struct layout_builder b;
	char *rule;
	size_t nr_runs; /* as written; the builder may join some */
	bool done;
};

static int read_rule(struct reading *r, struct layout_text *t, const char *s, const char *end)
{
	char *rule;

	if (r->rule)
		return text_fail(t, t->nr, "a second rule");
	rule = layout_alloc(NULL, end - s + 1);
	if (!rule)
		return r->b.error = -ENOMEM;
	memcpy(rule, s, end - s);
	rule[end - s] = '\0';
	r->rule = rule;
	return 0;
}

static int read_end(struct reading *r, struct layout_text *t, const char *s, const char *end)
{
	uint64_t vmas, runs;

	if (!scan_number(&s, end, 10, &vmas) || !skip_word(&s, end, " ") ||
	    !scan_number(&s, end, 10, &runs) || s != end)
		return text_fail(t, t->nr, "'end' wants the numbers of VMAs and runs");
	if (vmas != r->b.layout->nr_vmas || runs != r->nr_runs)
		return text_fail(t, t->nr, "the file holds %zu VMAs and %zu runs, not as many",
				 r->b.layout->nr_vmas, r->nr_runs);
	if (!vmas)
		return text_fail(t, t->nr, "no VMA in it");
	r->done = true;
	return 0;
}

static int read_one(struct reading *r, struct layout_text *t)
{
	const char *s = t->line, *end = t->line + t->len;
	uint64_t n;

	if (!t->len || *s == '#')
		return 0;
	if (r->done)
		return text_fail(t, t->nr, "text after the end");
	if (*s == '\t') {
		r->nr_runs++;
		return read_run(&r->b, t);
	}
	if (skip_word(&s, end, "vma "))
		return read_vma(&r->b, t, s);
	if (skip_word(&s, end, "rule "))
		return read_rule(r, t, s, end);
	if (skip_word(&s, end, "end "))
		return read_end(r, t, s, end);
	if (skip_word(&s, end, "dropped ")) {
		if (!scan_number(&s, end, 10, &n) || s != end)
			return text_fail(t, t->nr, "'dropped' wants a number");
		r->b.layout->nr_dropped = n;
		return 0;
	}
	return text_fail(t, t->nr, "unknown line '%.*s'", t->len < 40 ? (int)t->len : 40, t->line);
}

struct layout *format_read(const char *name, struct layout_text *t)
{
	struct reading r = {0};
	struct layout *layout = NULL;
	int ret;

	builder_init(&r.b, name);
	ret = r.b.error ? r.b.error : text_line(t);
	if (ret > 0 && (t->len != strlen(MAGIC "1") || memcmp(t->line, MAGIC "1", t->len)))
		ret = text_fail(t, t->nr, "an unknown version of the layout format; we know 1");
	while (ret >= 0 && (ret = text_line(t)) > 0)
		ret = read_one(&r, t);
	if (!ret && !r.done)
		ret = text_fail(t, t->nr, "cut off: the line 'end' is missing");
	if (!ret && !r.rule)
		ret = text_fail(t, 1, "the line 'rule' is missing");
	if (ret == -EINVAL)
		builder_abort(&r.b);
	else
		layout = builder_finish(&r.b, r.rule ? r.rule : "", t->err);
	layout_alloc(r.rule, 0);
	return layout;
}
