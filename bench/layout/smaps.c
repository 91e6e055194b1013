// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the text of /proc/PID/smaps as any kernel writes it.
 *
 *	687400000-6cf800000 rw-p 00000000 00:00 0
 *	Size:            1183744 kB
 *	Rss:              192676 kB
 *	...
 *	VmFlags: rd wr mr mw me ac
 *
 * Fields we do not need are skipped whatever their name, so that a newer kernel's text reads as
 * well. What we do need is checked against each other: a number that cannot be is damage.
 */
#include <errno.h>
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

enum field {
	SIZE,
	RSS,
	ANONYMOUS,
	ANON_HUGE,
	SWAP,
	SHARED_HUGETLB,
	PRIVATE_HUGETLB,
	VM_FLAGS,
	NR_FIELDS,
};

static const char *const field_names[] = {
	[SIZE] = "Size",
	[RSS] = "Rss",
	[ANONYMOUS] = "Anonymous",
	[ANON_HUGE] = "AnonHugePages",
	[SWAP] = "Swap",
	[SHARED_HUGETLB] = "Shared_Hugetlb",
	[PRIVATE_HUGETLB] = "Private_Hugetlb",
	[VM_FLAGS] = "VmFlags",
};

struct parser {
	struct layout_text *text;
	struct smaps_vma now; /* the VMA whose fields are being read */
	bool open;
	bool shared; /* 's' in its permissions */
	uint64_t kb[NR_FIELDS];
	unsigned int seen; /* bits of enum field */
	uint64_t last_start, last_end;
	size_t nr_vmas;

	/* Every VMA of a file ends with the same field; one that lacks it was cut off. */
	const char *last_field, *first_last_field;
	size_t last_field_len, first_last_field_len;
	bool has_last_field;
	unsigned int first_seen;

	int (*fn)(void *arg, const struct smaps_vma *vma);
	void *arg;
	size_t *dropped;
};

static bool has(const struct parser *p, enum field field)
{
	return p->seen & 1U << field;
}

/* For "%.*s": the text from @s to @end, at most 40 bytes of it. */
#define EXCERPT(s, end) ((end) - (s) < 40 ? (int)((end) - (s)) : 40), (s)

static int fail_vma(struct parser *p, const char *what)
{
	return text_fail(p->text, p->now.line, "%s", what);
}

/* Permissions alone, for kernels that write no VmFlags. */
static uint64_t flags_of_perms(const char *perms)
{
	uint64_t flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	if (perms[0] == 'r')
		flags |= VM_READ;
	if (perms[1] == 'w')
		flags |= VM_WRITE;
	if (perms[2] == 'x')
		flags |= VM_EXEC;
	if (perms[3] == 's')
		/* The kernel drops VM_SHARED where the file was not opened for writing. */
		flags |= VM_MAYSHARE | (perms[1] == 'w' ? VM_SHARED : 0);
	return flags;
}

static bool skip_char(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	++*s;
	return true;
}

static int parse_header(struct parser *p)
{
	struct layout_text *t = p->text;
	const char *s = t->line, *end = t->line + t->len, *perms;
	uint64_t start, stop, offset, major, minor, inode;
	struct smaps_vma *now = &p->now;

	if (!scan_number(&s, end, 16, &start) || !skip_char(&s, end, '-') ||
	    !scan_number(&s, end, 16, &stop) || !skip_char(&s, end, ' '))
		return text_fail(t, t->nr, "bad address range '%.*s'", EXCERPT(t->line, end));
	perms = s;
	if (end - s < 5 || !memchr("r-", s[0], 2) || !memchr("w-", s[1], 2) ||
	    !memchr("x-", s[2], 2) || !memchr("sp", s[3], 2) || s[4] != ' ')
		return text_fail(t, t->nr, "bad permissions '%.*s'", EXCERPT(s, end));
	s += 5;
	if (!scan_number(&s, end, 16, &offset) || !skip_char(&s, end, ' ') ||
	    !scan_number(&s, end, 16, &major) || !skip_char(&s, end, ':') ||
	    !scan_number(&s, end, 16, &minor) || !skip_char(&s, end, ' ') ||
	    !scan_number(&s, end, 10, &inode) || (s < end && *s != ' '))
		return text_fail(t, t->nr, "bad offset, device or inode");
	if (stop <= start)
		return text_fail(t, t->nr, "the range ends before it starts");
	if ((start | stop | offset) & ~PAGE_MASK)
		return text_fail(t, t->nr, "range or offset not page aligned");
	if (p->nr_vmas && start < p->last_start)
		return text_fail(t, t->nr, "VMAs not in ascending order");
	if (p->nr_vmas && start < p->last_end)
		return text_fail(t, t->nr, "overlaps the VMA before");
	if (start < TASK_SIZE && stop > TASK_SIZE)
		return text_fail(t, t->nr, "the range crosses the end of the address space");
	while (s < end && *s == ' ')
		s++;
	memset(now, 0, sizeof(*now));
	now->vma.start = start;
	now->vma.end = stop;
	now->vma.vm_flags = flags_of_perms(perms);
	now->vma.pgoff = offset >> PAGE_SHIFT;
	now->name = s;
	now->name_len = end - s;
	now->line = t->nr;
	p->shared = perms[3] == 's';
	now->vma.file = inode || major || minor || (s < end && *s == '/');
	/* A private mapping of /dev/zero is anonymous memory that keeps the name. */
	if (!p->shared && now->name_len == 9 && !memcmp(s, "/dev/zero", 9))
		now->vma.file = false;
	if (now->name_len == 8 && !memcmp(s, "[rollup]", 8))
		return text_fail(t, t->nr, "smaps_rollup holds no VMAs, smaps does");
	p->open = true;
	p->seen = 0;
	p->has_last_field = false;
	p->last_start = start;
	p->last_end = stop;
	p->nr_vmas++;
	return 0;
}

static int parse_flags(struct parser *p, const char *s, const char *end)
{
	uint64_t flags = 0;

	while (s < end) {
		if (*s == ' ') {
			s++;
			continue;
		}
		if (end - s < 2 || s[1] == ' ' || (end - s > 2 && s[2] != ' '))
			return text_fail(p->text, p->text->nr, "bad VmFlags at '%.*s'",
					 EXCERPT(s, end));
		flags |= vm_flag_by_name(s);
		s += 2;
	}
	p->now.vma.vm_flags = flags;
	return 0;
}

static int parse_kb(struct parser *p, enum field field, const char *s, const char *end)
{
	struct layout_text *t = p->text;
	const char *value;

	while (s < end && *s == ' ')
		s++;
	value = s;
	if (!scan_number(&s, end, 10, &p->kb[field]) || end - s != 3 || memcmp(s, " kB", 3))
		return text_fail(t, t->nr, "%s: '%.*s' is no number of kB", field_names[field],
				 EXCERPT(value, end));
	if (p->kb[field] > TASK_SIZE >> 10)
		return text_fail(t, t->nr, "%s: more than an address space holds",
				 field_names[field]);
	if (p->kb[field] % 4)
		return text_fail(t, t->nr, "%s: not a multiple of a page", field_names[field]);
	return 0;
}

static int parse_field(struct parser *p, const char *colon)
{
	struct layout_text *t = p->text;
	size_t name_len = colon - t->line;

	if (!p->open)
		return text_fail(t, t->nr, "'%.*s' before any VMA", EXCERPT(t->line, colon));
	p->last_field = t->line;
	p->last_field_len = name_len;
	if (name_len == p->first_last_field_len && !memcmp(t->line, p->first_last_field, name_len))
		p->has_last_field = true;
	for (int i = 0; i < NR_FIELDS; i++) {
		if (strlen(field_names[i]) != name_len || memcmp(field_names[i], t->line, name_len))
			continue;
		if (has(p, i))
			return text_fail(t, t->nr, "%s twice in one VMA", field_names[i]);
		p->seen |= 1U << i;
		p->kb[i] = 0;
		if (i == VM_FLAGS)
			return parse_flags(p, colon + 1, t->line + t->len);
		return parse_kb(p, i, colon + 1, t->line + t->len);
	}
	return 0;
}

static uint64_t bytes(const struct parser *p, enum field field)
{
	return has(p, field) ? p->kb[field] << 10 : 0;
}

static int check_complete(struct parser *p)
{
	if (!has(p, RSS))
		return fail_vma(p, "a VMA without Rss: cut off, or not a smaps file");
	if (p->nr_vmas == 1) {
		p->first_last_field = p->last_field;
		p->first_last_field_len = p->last_field_len;
		p->first_seen = p->seen;
		return 0;
	}
	if (!p->has_last_field)
		return text_fail(p->text, p->now.line,
				 "this VMA lacks the field %.*s, which others have: cut off?",
				 EXCERPT(p->first_last_field,
					 p->first_last_field + p->first_last_field_len));
	if ((p->seen ^ p->first_seen) & 1U << VM_FLAGS)
		return fail_vma(p, "some VMAs have VmFlags and some have not");
	return 0;
}

static int check_hugetlb(struct parser *p)
{
	struct smaps_vma *now = &p->now;
	uint64_t size = now->vma.end - now->vma.start;

	now->vma.vm_flags |= VM_HUGETLB;
	if (((now->vma.start | now->vma.end) & ~PMD_MASK) || (now->hugetlb & ~PMD_MASK))
		return fail_vma(p, "hugetlb memory in other than whole 2 MiB units");
	if (now->hugetlb > size)
		return fail_vma(p, "more hugetlb memory than the VMA is large");
	/* A kernel counts hugetlb pages in no other field. */
	now->rss = now->anonymous = now->swap = now->anon_huge = 0;
	return 0;
}

static int check_sizes(struct parser *p)
{
	struct smaps_vma *now = &p->now;
	uint64_t size = now->vma.end - now->vma.start, aligned;

	if (has(p, SIZE) && bytes(p, SIZE) != size)
		return fail_vma(p, "Size differs from the address range");
	now->rss = bytes(p, RSS);
	now->swap = bytes(p, SWAP);
	now->anon_huge = bytes(p, ANON_HUGE);
	now->hugetlb = bytes(p, SHARED_HUGETLB) + bytes(p, PRIVATE_HUGETLB);
	if (now->hugetlb || (now->vma.vm_flags & VM_HUGETLB))
		return check_hugetlb(p);
	/* Swapped pages of shared memory are the object's; no page table names them. */
	if (p->shared)
		now->swap = 0;
	if (now->rss > size)
		return fail_vma(p, "Rss is larger than the VMA");
	if (now->swap > size - now->rss)
		return fail_vma(p, "Rss and Swap together are larger than the VMA");
	if (bytes(p, ANONYMOUS) > now->rss)
		return fail_vma(p, "Anonymous is larger than Rss");
	if (has(p, ANONYMOUS))
		now->anonymous = bytes(p, ANONYMOUS);
	else
		now->anonymous = now->vma.file ? 0 : now->rss;
	/* [vdso] and its like map the kernel's own pages without a file to name. */
	if (now->rss > now->anonymous)
		now->vma.file = true;
	if (now->anon_huge > now->anonymous)
		return fail_vma(p, "AnonHugePages is larger than Anonymous");
	if (now->anon_huge && now->vma.file)
		return fail_vma(p, "AnonHugePages in a file mapping");
	aligned = (now->vma.start + PMD_SIZE - 1) & PMD_MASK;
	aligned = aligned < now->vma.end ? (now->vma.end - aligned) & PMD_MASK : 0;
	if ((now->anon_huge & ~PMD_MASK) || now->anon_huge > aligned)
		return fail_vma(p, "AnonHugePages does not fit the VMA's 2 MiB units");
	return 0;
}

static int close_vma(struct parser *p)
{
	struct smaps_vma *now = &p->now;
	int ret;

	if (!p->open)
		return 0;
	p->open = false;
	ret = check_complete(p);
	if (ret)
		return ret;
	if (now->vma.start >= TASK_SIZE) {
		bool vsyscall = now->name_len == 10 && !memcmp(now->name, "[vsyscall]", 10);

		if (!vsyscall && (bytes(p, RSS) || bytes(p, SWAP)))
			return fail_vma(p, "pages above the 47 bits of address space we model");
		++*p->dropped;
		return 0;
	}
	ret = check_sizes(p);
	return ret ? ret : p->fn(p->arg, now);
}

/* The ':' that ends a field's name, or NULL if the line is no field. */
static const char *field_colon(const struct layout_text *t)
{
	const char *colon = memchr(t->line, ':', t->len);

	if (!colon || colon == t->line)
		return NULL;
	for (const char *c = t->line; c < colon; c++)
		if (!((*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
		      (*c >= '0' && *c <= '9') || *c == '_'))
			return NULL;
	return colon;
}

static bool is_header(const struct layout_text *t)
{
	const char *s = t->line, *end = t->line + t->len;

	while (s < end && ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')))
		s++;
	return s > t->line && s < end && *s == '-';
}

int smaps_parse(struct layout_text *text, int (*fn)(void *arg, const struct smaps_vma *vma),
		void *arg, size_t *dropped)
{
	struct parser p = {.text = text, .fn = fn, .arg = arg, .dropped = dropped};
	const char *colon;
	int ret;

	*dropped = 0;
	while ((ret = text_line(text)) > 0) {
		if (is_header(text)) {
			ret = close_vma(&p);
			if (!ret)
				ret = parse_header(&p);
		} else if ((colon = field_colon(text))) {
			ret = parse_field(&p, colon);
		} else {
			ret = text_fail(text, text->nr,
					"'%.*s' is neither a VMA's address range nor a field",
					EXCERPT(text->line, text->line + text->len));
		}
		if (ret)
			return ret;
	}
	if (!ret)
		ret = close_vma(&p);
	if (!ret && p.nr_vmas == *dropped)
		ret = text_fail(text, text->nr ? text->nr : 1, "no VMA in it");
	return ret;
}

/* A stack grows down: what a thread touched of it is at its top. */
static bool is_stack(const struct smaps_vma *s)
{
	static const char *const names[] = {"[stack", "[anon:stack_and_tls:"};
	const struct layout_vma *vma = &s->vma;

	if (vma->file)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (s->name_len > strlen(names[i]) && !memcmp(s->name, names[i], strlen(names[i])))
			return true;
	/* Since 6.7 MAP_STACK sets VM_NOHUGEPAGE, and little else does. */
	return (vma->vm_flags & VM_GROWSDOWN) ||
	       ((vma->vm_flags & VM_NOHUGEPAGE) && (vma->vm_flags & VM_WRITE));
}

static int add_vma(void *arg, const struct smaps_vma *s)
{
	struct layout_builder *b = arg;
	enum place_pattern pattern = PLACE_PACKED;
	struct page_mix mix;

	if (is_stack(s))
		pattern = PLACE_FROM_TOP;
	else if (s->vma.file && (s->vma.vm_flags & VM_EXEC) && s->rss > s->anonymous)
		pattern = PLACE_WINDOWS;
	builder_vma(b, &s->vma, s->name, s->name_len);
	mix_init(&mix, (s->anonymous - s->anon_huge) >> PAGE_SHIFT, s->swap >> PAGE_SHIFT,
		 (s->rss - s->anonymous) >> PAGE_SHIFT);
	if (!b->error)
		place_pages(b, &s->vma, (s->anon_huge + s->hugetlb) >> PMD_SHIFT, pattern, &mix);
	return b->error;
}

struct layout *smaps_read(const char *name, struct layout_text *text)
{
	struct layout_builder b;
	size_t dropped;
	int ret;

	builder_init(&b, name);
	ret = b.error ? b.error : smaps_parse(text, add_vma, &b, &dropped);
	if (ret == -EINVAL) {
		builder_abort(&b);
		return NULL;
	}
	if (!b.error)
		b.layout->nr_dropped = dropped;
	return builder_finish(&b,
			      "smaps gives numbers of pages only: a stack's are placed at its top, "
			      "those of executable file mappings in evenly spread 64 KiB windows, "
			      "all others from the start of the VMA; swapped pages are mixed with "
			      "resident ones in short runs",
			      text->err);
}
