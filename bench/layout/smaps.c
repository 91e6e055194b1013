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
 * Fields that we do not need are skipped whatever their name, so that a newer kernel's text can be
 * read too. The numbers that we do need are checked against each other, to find damage.
 */
#include <errno.h>
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

enum field {
	SIZE,
	KERNEL_PAGE_SIZE,
	RSS,
	SHARED_DIRTY,
	PRIVATE_DIRTY,
	ANONYMOUS,
	ANON_HUGE,
	SWAP,
	SWAP_PSS,
	SHARED_HUGETLB,
	PRIVATE_HUGETLB,
	VM_FLAGS,
	NR_FIELDS,
};

static const char *const field_names[] = {
	[SIZE] = "Size",
	[KERNEL_PAGE_SIZE] = "KernelPageSize",
	[RSS] = "Rss",
	[SHARED_DIRTY] = "Shared_Dirty",
	[PRIVATE_DIRTY] = "Private_Dirty",
	[ANONYMOUS] = "Anonymous",
	[ANON_HUGE] = "AnonHugePages",
	[SWAP] = "Swap",
	[SWAP_PSS] = "SwapPss",
	[SHARED_HUGETLB] = "Shared_Hugetlb",
	[PRIVATE_HUGETLB] = "Private_Hugetlb",
	[VM_FLAGS] = "VmFlags",
};

struct parser {
	struct layout_text *text;
	struct smaps_vma now; /* the VMA whose fields are being read */
	bool open;
	const char *perms; /* of its header, "rwxp" */
	bool shared;	   /* 's' in its permissions, or a flag that says so */
	bool on_disk;	   /* of a file system with a block device */
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
	struct smaps_notes *notes;
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

static bool name_begins(const struct smaps_vma *s, const char *with)
{
	return s->name_len >= strlen(with) && !memcmp(s->name, with, strlen(with));
}

static bool name_is(const struct smaps_vma *s, const char *name)
{
	return s->name_len == strlen(name) && name_begins(s, name);
}

/* Memory that is shared by its nature, and opened for reading and writing: no file on a disk. */
static bool is_shared_memory(const struct smaps_vma *s)
{
	static const char *const names[] = {"/memfd:",	 "/dev/zero",	"/SYSV",
					    "/dev/shm/", "/dev/ashmem", "[anon_shmem:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (name_begins(s, names[i]))
			return true;
	return !s->name_len;
}

/* Permissions alone, for texts whose VmFlags are missing or name no flag. */
static uint64_t flags_of_perms(const struct parser *p)
{
	uint64_t flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	const char *perms = p->perms;

	if (perms[0] == 'r')
		flags |= VM_READ;
	if (perms[1] == 'w')
		flags |= VM_WRITE;
	if (perms[2] == 'x')
		flags |= VM_EXEC;
	if (perms[3] == 's')
		/* The kernel drops VM_SHARED where the file was not opened for writing. */
		flags |= VM_MAYSHARE |
			 (perms[1] == 'w' || is_shared_memory(&p->now) ? VM_SHARED : 0);
	return flags;
}

static bool skip_blanks(const char **s, const char *end)
{
	const char *start = *s;

	while (*s < end && (**s == ' ' || **s == '\t'))
		++*s;
	return *s > start;
}

static bool skip_char(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	++*s;
	return true;
}

/* Where a VMA may lie, and in which order. */
static int check_range(struct parser *p, uint64_t start, uint64_t stop, uint64_t offset)
{
	struct layout_text *t = p->text;

	if (stop <= start)
		return text_fail(t, t->nr, "the range ends before it starts");
	if ((start | stop | offset) & ~PAGE_MASK)
		return text_fail(t, t->nr, "range or offset not page aligned");
	if (p->nr_vmas && start < p->last_start)
		return text_fail(t, t->nr, "VMAs not in ascending order");
	if (p->nr_vmas && start < p->last_end)
		return text_fail(t, t->nr, "overlaps the VMA before");
	if (start < LAYOUT_SOURCE_END && stop > LAYOUT_SOURCE_END)
		return text_fail(t, t->nr, "the range reaches into the kernel's addresses");
	if (stop - start > TASK_SIZE)
		return text_fail(t, t->nr, "larger than the 128 TiB of address space we model");
	return 0;
}

static int parse_header(struct parser *p)
{
	struct layout_text *t = p->text;
	const char *s = t->line, *end = t->line + t->len, *perms;
	uint64_t start, stop, offset, major, minor, inode;
	struct smaps_vma *now = &p->now;
	int ret;

	if (!scan_number(&s, end, 16, &start) || !skip_char(&s, end, '-') ||
	    !scan_number(&s, end, 16, &stop) || !skip_blanks(&s, end))
		return text_fail(t, t->nr, "bad address range '%.*s'", EXCERPT(t->line, end));
	perms = s;
	if (end - s < 5 || !memchr("r-", s[0], 2) || !memchr("w-", s[1], 2) ||
	    !memchr("x-", s[2], 2) || !memchr("sp", s[3], 2) || (s[4] != ' ' && s[4] != '\t'))
		return text_fail(t, t->nr, "bad permissions '%.*s'", EXCERPT(s, end));
	s += 4;
	skip_blanks(&s, end);
	if (!scan_number(&s, end, 16, &offset) || !skip_blanks(&s, end) ||
	    !scan_number(&s, end, 16, &major) || !skip_char(&s, end, ':') ||
	    !scan_number(&s, end, 16, &minor) || !skip_blanks(&s, end) ||
	    !scan_number(&s, end, 10, &inode) || (s < end && *s != ' ' && *s != '\t'))
		return text_fail(t, t->nr, "bad offset, device or inode");
	skip_blanks(&s, end);
	memset(now, 0, sizeof(*now));
	now->vma.start = start;
	now->vma.end = stop;
	now->vma.pgoff = offset >> PAGE_SHIFT;
	now->name = s;
	now->name_len = end - s;
	now->line = t->nr;
	if (name_is(now, "[rollup]"))
		return text_fail(t, t->nr, "smaps_rollup holds no VMAs, smaps does");
	if (now->name_len > LAYOUT_MAX_NAME)
		return text_fail(t, t->nr, "name longer than %d bytes", LAYOUT_MAX_NAME);
	ret = check_range(p, start, stop, offset);
	if (ret)
		return ret;
	p->perms = perms;
	p->shared = perms[3] == 's';
	p->on_disk = major != 0;
	now->vma.file = p->shared || inode || major || minor || name_begins(now, "/");
	now->vma.vm_flags = flags_of_perms(p);
	/* A private mapping of /dev/zero is anonymous memory that keeps the name. */
	if (!p->shared && name_is(now, "/dev/zero"))
		now->vma.file = false;
	p->open = true;
	p->seen = 0;
	p->last_field = NULL;
	p->has_last_field = false;
	p->last_start = start;
	p->last_end = stop;
	p->nr_vmas++;
	return 0;
}

/*
 * Read VmFlags over the flags that the permissions gave. Those stay where no known flag follows,
 * and they decide on sharing where the two contradict each other: taking shared memory for the
 * process's own would let the reaper free it.
 */
static int parse_flags(struct parser *p, const char *s, const char *end)
{
	uint64_t flags = 0, perms = p->now.vma.vm_flags;

	while (skip_blanks(&s, end), s < end) {
		if (end - s < 2 || s[1] == ' ' || (end - s > 2 && s[2] != ' ' && s[2] != '\t'))
			return text_fail(p->text, p->text->nr, "bad VmFlags at '%.*s'",
					 EXCERPT(s, end));
		flags |= vm_flag_by_name(s);
		s += 2;
	}
	if (!flags)
		return 0;
	if (flags & (VM_SHARED | VM_MAYSHARE))
		p->shared = p->now.vma.file = true;
	else
		flags |= perms & (VM_SHARED | VM_MAYSHARE);
	p->now.vma.vm_flags = flags;
	return 0;
}

static int parse_kb(struct parser *p, enum field field, const char *s, const char *end)
{
	struct layout_text *t = p->text;
	const char *value;

	skip_blanks(&s, end);
	value = s;
	if (!scan_number(&s, end, 10, &p->kb[field]) || (skip_blanks(&s, end), end - s < 2) ||
	    memcmp(s, "kB", 2) || (s += 2, skip_blanks(&s, end), s != end))
		return text_fail(t, t->nr, "%s: '%.*s' is no number of kB", field_names[field],
				 EXCERPT(value, end));
	/* Half of one, so that two together do not overflow. */
	if (p->kb[field] > LAYOUT_SOURCE_END >> 11)
		return text_fail(t, t->nr, "%s: more than an address space holds",
				 field_names[field]);
	/* Only a share of pages that others map too may be no multiple of a page. */
	if (p->kb[field] % 4 && field != SWAP_PSS)
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
	if (p->nr_vmas == 1 && !p->last_field)
		return fail_vma(p, "a VMA without numbers: /proc/PID/maps has none, smaps has");
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

/*
 * Linux 2.6.36 to 4.12 left the guard page below a stack out of the header's range, but counted
 * it in Size.
 */
static bool is_stack_guard(const struct parser *p, uint64_t extra)
{
	uint64_t page = has(p, KERNEL_PAGE_SIZE) ? bytes(p, KERNEL_PAGE_SIZE) : PAGE_SIZE;

	if (extra != page)
		return false;
	return (p->now.vma.vm_flags & VM_GROWSDOWN) ||
	       (!has(p, VM_FLAGS) && name_is(&p->now, "[stack]"));
}

/* Note the size of a page where the text was made: that of the VMAs without hugetlb pages. */
static int check_page_size(struct parser *p)
{
	uint64_t page = bytes(p, KERNEL_PAGE_SIZE);

	if (!has(p, KERNEL_PAGE_SIZE))
		return 0;
	if (!page || (page & (page - 1)))
		return fail_vma(p, "KernelPageSize is no power of two");
	if (!p->now.hugetlb && !(p->now.vma.vm_flags & VM_HUGETLB) &&
	    (!p->notes->page_size || page < p->notes->page_size))
		p->notes->page_size = page;
	return 0;
}

/*
 * The swapped pages that the process's page tables hold. Smaps counts those of an object in memory
 * with them: of a memfd, System V memory, or any file of a tmpfs. No page table names these. SwapPss
 * leaves them out, so that it shows whether there are others, but it has only a share of a page
 * that a fork left to several processes.
 */
static uint64_t own_swap(const struct parser *p)
{
	uint64_t size = p->now.vma.end - p->now.vma.start, rss = bytes(p, RSS);
	uint64_t swap = bytes(p, SWAP), own;

	if (p->shared)
		return 0;
	if (!p->now.vma.file || p->on_disk)
		return swap;
	if (has(p, SWAP_PSS) && is_shared_memory(&p->now)) {
		own = (bytes(p, SWAP_PSS) + PAGE_SIZE - 1) & PAGE_MASK;
		return own < swap ? own : swap;
	}
	if (!bytes(p, ANONYMOUS) && !bytes(p, SWAP_PSS))
		return 0;
	/* For a read-only mapping Swap counts the object's pages too: cap it at the VMA's room. */
	return rss <= size && swap > size - rss ? size - rss : swap;
}

/*
 * Kernels before 2.6.37 have no Anonymous. A page of a private file mapping that was written is
 * the process's own copy.
 */
static uint64_t anonymous_bytes(const struct parser *p)
{
	uint64_t rss = bytes(p, RSS), dirty = bytes(p, SHARED_DIRTY) + bytes(p, PRIVATE_DIRTY);

	if (has(p, ANONYMOUS))
		return bytes(p, ANONYMOUS);
	if (!p->now.vma.file)
		return rss;
	if (p->shared)
		return 0;
	return dirty < rss ? dirty : rss;
}

static int check_huge(struct parser *p)
{
	struct smaps_vma *now = &p->now;
	uint64_t aligned = (now->vma.start + PMD_SIZE - 1) & PMD_MASK;

	if (now->anon_huge > now->anonymous)
		return fail_vma(p, "AnonHugePages is larger than Anonymous");
	if (now->anon_huge && now->vma.file)
		return fail_vma(p, "AnonHugePages in a file mapping");
	aligned = aligned < now->vma.end ? (now->vma.end - aligned) & PMD_MASK : 0;
	if ((now->anon_huge & ~PMD_MASK) || now->anon_huge > aligned)
		return fail_vma(p, "AnonHugePages does not fit the VMA's 2 MiB units");
	return 0;
}

static int check_sizes(struct parser *p)
{
	struct smaps_vma *now = &p->now;
	uint64_t size = now->vma.end - now->vma.start;
	int ret;

	if (has(p, SIZE) && bytes(p, SIZE) != size && !is_stack_guard(p, bytes(p, SIZE) - size))
		return fail_vma(p, "Size differs from the address range");
	now->rss = bytes(p, RSS);
	now->anon_huge = bytes(p, ANON_HUGE);
	now->hugetlb = bytes(p, SHARED_HUGETLB) + bytes(p, PRIVATE_HUGETLB);
	ret = check_page_size(p);
	if (ret)
		return ret;
	if (now->hugetlb || (now->vma.vm_flags & VM_HUGETLB))
		return check_hugetlb(p);
	now->swap = own_swap(p);
	if (now->rss > size)
		return fail_vma(p, "Rss is larger than the VMA");
	if (now->swap > size - now->rss)
		return fail_vma(p, "Rss and Swap together are larger than the VMA");
	if (bytes(p, ANONYMOUS) > now->rss)
		return fail_vma(p, "Anonymous is larger than Rss");
	now->anonymous = anonymous_bytes(p);
	/* [vdso] and its like map the kernel's own pages without a file to name. */
	if (now->rss > now->anonymous)
		now->vma.file = true;
	return check_huge(p);
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
	if (now->vma.start >= LAYOUT_SOURCE_END) {
		if (!name_is(now, "[vsyscall]") && (bytes(p, RSS) || bytes(p, SWAP)))
			return fail_vma(p, "pages at an address of the kernel");
		p->notes->dropped++;
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

/* Explain a line before the first VMA, if we know the tool that writes it. */
static const char *foreign(const struct layout_text *t)
{
	const char *s = t->line, *end = t->line + t->len;
	uint64_t pid;

	/* pmap begins with the process's number and command. */
	if (scan_number(&s, end, 10, &pid) && s < end && *s == ':')
		return "output of pmap? It leaves out what smaps has: take /proc/PID/smaps itself";
	return NULL;
}

static int parse_line(struct parser *p)
{
	struct layout_text *t = p->text;
	const char *colon, *why = p->nr_vmas ? NULL : foreign(t), *s = t->line;
	int ret;

	if (why)
		return text_fail(t, t->nr, "%s", why);
	if (is_header(t)) {
		ret = close_vma(p);
		return ret ? ret : parse_header(p);
	}
	colon = field_colon(t);
	if (colon)
		return parse_field(p, colon);
	skip_blanks(&s, t->line + t->len);
	if (s == t->line + t->len)
		return 0;
	return text_fail(t, t->nr, "'%.*s' is neither a VMA's address range nor a field",
			 EXCERPT(t->line, t->line + t->len));
}

int smaps_parse(struct layout_text *text, int (*fn)(void *arg, const struct smaps_vma *vma),
		void *arg, struct smaps_notes *notes)
{
	struct parser p = {.text = text, .fn = fn, .arg = arg, .notes = notes};
	int ret;

	*notes = (struct smaps_notes){0};
	while ((ret = text_line(text)) > 0) {
		ret = parse_line(&p);
		if (ret)
			return ret;
	}
	if (!ret)
		ret = close_vma(&p);
	if (!ret && p.nr_vmas == notes->dropped)
		ret = text_fail(text, text->nr ? text->nr : 1, "no VMA in it");
	return ret;
}

/* A stack grows down, so the touched pages are at its top. */
static bool is_stack(const struct smaps_vma *s)
{
	static const char *const names[] = {"[stack", "[anon:stack_and_tls:"};
	const struct layout_vma *vma = &s->vma;

	if (vma->file)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (name_begins(s, names[i]))
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
	struct smaps_notes notes;
	struct layout_builder b;
	int ret;

	builder_init(&b, name);
	ret = b.error ? b.error : smaps_parse(text, add_vma, &b, &notes);
	if (ret == -EINVAL) {
		builder_abort(&b);
		return NULL;
	}
	builder_notes(&b, &notes);
	return builder_finish(&b,
			      "smaps gives numbers of pages only: a stack's are placed at its top, "
			      "those of executable file mappings in evenly spread 64 KiB windows, "
			      "all others from the start of the VMA; swapped pages are mixed with "
			      "resident ones in short runs",
			      text->err);
}
