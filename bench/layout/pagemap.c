// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two ways to the same answer. The ioctl returns ranges and skips what is empty. Reading gives one
 * 64-bit entry per page. It does not tell which pages are the zero page, and which 2 MiB units are
 * one huge page.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pagemap.h"
#include "vma/vm_flags.h"

/* The kernel's interface, which libc headers older than Linux 6.7 lack. */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

struct scan_region {
	uint64_t start, end, categories;
};

#define SCAN_IOCTL   _IOWR('f', 16, struct scan_arg)
#define SCAN_FILE    (1UL << 2)
#define SCAN_PRESENT (1UL << 3)
#define SCAN_SWAPPED (1UL << 4)
#define SCAN_PFNZERO (1UL << 5)
#define SCAN_HUGE    (1UL << 6)

#define ENTRY_PRESENT	(1UL << 63)
#define ENTRY_SWAPPED	(1UL << 62)
#define ENTRY_FILE	(1UL << 61)
#define ENTRY_EXCLUSIVE (1UL << 56)
#define ENTRY_PFN	((1UL << 55) - 1)

#define NR_REGIONS 1024
#define UNIT_PAGES (PMD_SIZE / PAGE_SIZE)
#define NR_ENTRIES (64 * UNIT_PAGES)

/* The properties of the pages of each kind of run, the same for both methods. */
static enum layout_kind page_kind(const struct smaps_vma *s, bool file)
{
	if (s->vma.vm_flags & VM_HUGETLB)
		return LAYOUT_HUGE;
	return file && s->vma.file ? LAYOUT_FILE : LAYOUT_ANON;
}

static int scan(struct pagemap *pm, uint64_t start, uint64_t end, struct scan_region *regions,
		uint64_t *walk_end)
{
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = start,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = NR_REGIONS,
		/* Anything but the zero page that is present or swapped. */
		.category_inverted = SCAN_PFNZERO,
		.category_mask = SCAN_PFNZERO,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_FILE | SCAN_HUGE,
	};
	int n;

	do
		n = ioctl(pm->fd, SCAN_IOCTL, &arg);
	while (n < 0 && errno == EINTR);
	*walk_end = arg.walk_end;
	return n < 0 ? -errno : n;
}

static void add_region(struct pagemap *pm, struct layout_builder *b, const struct smaps_vma *s,
		       const struct scan_region *r, uint64_t *huge_left)
{
	bool file = r->categories & SCAN_FILE;
	uint64_t huge;

	if (r->categories & SCAN_SWAPPED) {
		/* Markers look like swap entries; smaps counts only true ones. */
		if (s->swap)
			builder_run(b, r->start, r->end, LAYOUT_SWAP);
		return;
	}
	if (!(r->categories & SCAN_HUGE) || file || (s->vma.vm_flags & VM_HUGETLB) ||
	    ((r->start | r->end) & ~PMD_MASK)) {
		builder_run(b, r->start, r->end, page_kind(s, file));
		return;
	}
	/* The huge zero page looks like any huge page here, but is in no count of smaps. */
	huge = r->end - r->start;
	if (huge > *huge_left) {
		huge = *huge_left;
		pm->nr_fuzzy += s->anon_huge != 0;
	}
	*huge_left -= huge;
	builder_run(b, r->start, r->start + huge, LAYOUT_HUGE);
}

static int runs_by_ioctl(struct pagemap *pm, struct layout_builder *b, const struct smaps_vma *s)
{
	struct scan_region *regions = (struct scan_region *)pm->entries;
	uint64_t at = s->vma.start, huge_left = s->anon_huge;

	while (at < s->vma.end && !b->error) {
		int n = scan(pm, at, s->vma.end, regions, &at);

		if (n < 0)
			return layout_fail(pm->err, n, "PAGEMAP_SCAN: %s", strerror(-n));
		for (int i = 0; i < n; i++)
			add_region(pm, b, s, &regions[i], &huge_left);
	}
	return 0;
}

/* Counts over a VMA from the first pass, before runs are added. */
struct page_counts {
	uint64_t present;      /* pages that are not the zero page by their frame number */
	uint64_t nonexclusive; /* anonymous among them that more than one table may map */
	uint64_t huge;	       /* bytes in units that look like a huge page */
};

struct reader {
	struct pagemap *pm;
	const struct smaps_vma *s;
	struct layout_builder *b; /* NULL in the first pass, which only counts */
	struct page_counts count;
	bool drop_nonexclusive;
	uint64_t huge_left;
};

static bool is_zero_page(const struct reader *r, uint64_t entry)
{
	if (r->pm->zero_pfn && (entry & ENTRY_PFN) == r->pm->zero_pfn)
		return true;
	return r->drop_nonexclusive && !(entry & (ENTRY_FILE | ENTRY_EXCLUSIVE));
}

/* Whether 512 entries may be one huge page: all there, and in one aligned piece if we can see. */
static bool looks_huge(const struct reader *r, const uint64_t *entry)
{
	for (size_t i = 0; i < UNIT_PAGES; i++) {
		if (!(entry[i] & ENTRY_PRESENT) || (entry[i] & ENTRY_FILE) ||
		    is_zero_page(r, entry[i]))
			return false;
		if (r->pm->zero_pfn && ((entry[i] & ENTRY_PFN) != (entry[0] & ENTRY_PFN) + i ||
					((entry[0] & ENTRY_PFN) % UNIT_PAGES)))
			return false;
	}
	return true;
}

/* Count, or add to the layout, the @n entries of the pages from @at on, within one 2 MiB unit. */
static void take_unit(struct reader *r, uint64_t at, const uint64_t *entry, size_t n)
{
	bool hugetlb = r->s->vma.vm_flags & VM_HUGETLB;

	if (n == UNIT_PAGES && r->huge_left && !hugetlb && looks_huge(r, entry)) {
		r->count.huge += PMD_SIZE;
		if (r->b) {
			builder_run(r->b, at, at + PMD_SIZE, LAYOUT_HUGE);
			r->huge_left -= PMD_SIZE;
			return;
		}
	}
	for (size_t i = 0; i < n; i++, at += PAGE_SIZE) {
		if (entry[i] & ENTRY_SWAPPED) {
			if (r->b && r->s->swap)
				builder_run(r->b, at, at + PAGE_SIZE, LAYOUT_SWAP);
			continue;
		}
		if (!(entry[i] & ENTRY_PRESENT) || (!hugetlb && is_zero_page(r, entry[i])))
			continue;
		r->count.present++;
		r->count.nonexclusive += !(entry[i] & (ENTRY_FILE | ENTRY_EXCLUSIVE));
		if (r->b)
			builder_run(r->b, at, at + PAGE_SIZE,
				    page_kind(r->s, entry[i] & ENTRY_FILE));
	}
}

static int read_entries(struct pagemap *pm, uint64_t page, size_t n)
{
	size_t got = 0, want = n * sizeof(uint64_t);
	ssize_t ret;

	while (got < want) {
		ret = pread(pm->fd, (char *)pm->entries + got, want - got,
			    page * sizeof(uint64_t) + got);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return layout_fail(pm->err, -errno, "reading pagemap: %s", strerror(errno));
		if (!ret) {
			memset((char *)pm->entries + got, 0, want - got);
			break;
		}
		got += ret;
	}
	return 0;
}

static int read_pass(struct reader *r)
{
	uint64_t page = r->s->vma.start >> PAGE_SHIFT, end = r->s->vma.end >> PAGE_SHIFT;

	while (page < end && !(r->b && r->b->error)) {
		/* Buffers end at unit borders, so that units come whole. */
		uint64_t n = NR_ENTRIES - page % UNIT_PAGES, i, len;
		int ret;

		n = n < end - page ? n : end - page;
		ret = read_entries(r->pm, page, n);
		if (ret)
			return ret;
		for (i = 0; i < n; i += len) {
			len = UNIT_PAGES - (page + i) % UNIT_PAGES;
			len = len < n - i ? len : n - i;
			take_unit(r, (page + i) << PAGE_SHIFT, r->pm->entries + i, len);
		}
		page += n;
	}
	return 0;
}

static int runs_by_reading(struct pagemap *pm, struct layout_builder *b, const struct smaps_vma *s)
{
	struct reader r = {.pm = pm, .s = s, .huge_left = s->anon_huge};
	uint64_t rss = s->rss >> PAGE_SHIFT;
	bool fuzzy = false;
	int ret = read_pass(&r);

	if (ret)
		return ret;
	/*
	 * More pages are mapped than resident: some are zero pages, which only root can recognize.
	 * If exactly that many pages may be zero pages, they are.
	 */
	if (!(s->vma.vm_flags & VM_HUGETLB) && r.count.present > rss) {
		r.drop_nonexclusive = r.count.nonexclusive == r.count.present - rss;
		fuzzy = !r.drop_nonexclusive;
	}
	fuzzy |= r.count.huge > s->anon_huge;
	pm->nr_fuzzy += fuzzy;
	r.b = b;
	return read_pass(&r);
}

int pagemap_runs(struct pagemap *pm, struct layout_builder *b, const struct smaps_vma *s)
{
	/* Frames without a struct page count nowhere. Skip reserved terabytes. */
	if ((s->vma.vm_flags & VM_PFNMAP) || (!s->rss && !s->swap && !s->hugetlb))
		return 0;
	if (pm->method == PAGEMAP_IOCTL)
		return runs_by_ioctl(pm, b, s);
	return runs_by_reading(pm, b, s);
}

/* The entry of a page of our own; 0 if it cannot be read. */
static uint64_t own_entry(int fd, const volatile char *page)
{
	uint64_t entry = 0;

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE_SIZE * sizeof(entry)) !=
	    sizeof(entry))
		return 0;
	return entry & ENTRY_PRESENT ? entry & ENTRY_PFN : 0;
}

/*
 * The frame number of the zero page: read two pages of our own that were never written. A kernel may
 * do without (a guest's boot option); then these are two pages like any other.
 */
static uint64_t find_zero_pfn(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	volatile char *pages =
		mmap(NULL, 2 * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t pfn = 0;

	if (fd >= 0 && pages != MAP_FAILED) {
		(void)pages[0];
		(void)pages[PAGE_SIZE];
		pfn = own_entry(fd, pages);
		if (pfn != own_entry(fd, pages + PAGE_SIZE))
			pfn = 0;
	}
	if (pages != MAP_FAILED)
		munmap((void *)pages, 2 * PAGE_SIZE);
	if (fd >= 0)
		close(fd);
	return pfn;
}

int pagemap_open(struct pagemap *pm, pid_t pid, enum pagemap_method method,
		 struct layout_error *err)
{
	long page_size = sysconf(_SC_PAGESIZE);
	uint64_t walk_end;
	char path[64];
	int ret;

	memset(pm, 0, sizeof(*pm));
	pm->err = err;
	pm->method = method;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	pm->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pm->fd < 0)
		return layout_fail(err, -errno, "%s: %s", path, strerror(errno));
	pm->entries = layout_alloc(NULL, NR_ENTRIES * sizeof(*pm->entries));
	if (!pm->entries) {
		close(pm->fd);
		return layout_fail(err, -ENOMEM, "out of memory for the capture");
	}
	if (method != PAGEMAP_READ) {
		ret = scan(pm, 0, page_size, (struct scan_region *)pm->entries, &walk_end);
		pm->method = ret >= 0 ? PAGEMAP_IOCTL : PAGEMAP_READ;
		if (ret < 0 && method == PAGEMAP_IOCTL) {
			pagemap_close(pm);
			return layout_fail(err, -EOPNOTSUPP,
					   "this kernel has no PAGEMAP_SCAN (%s); it came with 6.7",
					   strerror(-ret));
		}
	}
	/* The ioctl speaks of addresses, the file has an entry for each page of the machine's. */
	if (pm->method == PAGEMAP_READ && page_size != (long)PAGE_SIZE) {
		pagemap_close(pm);
		return layout_fail(err, -EOPNOTSUPP,
				   "pages of %ld KiB can be captured with PAGEMAP_SCAN only, which "
				   "came with Linux 6.7",
				   page_size >> 10);
	}
	if (pm->method == PAGEMAP_READ)
		pm->zero_pfn = find_zero_pfn();
	return 0;
}

void pagemap_close(struct pagemap *pm)
{
	layout_alloc(pm->entries, 0);
	close(pm->fd);
}
