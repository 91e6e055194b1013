// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vma/vm_flags.h"

/* Where the one VMA of PLAN_SPANNING begins: far from where a kernel places programs. */
#define SPANNING_BASE 0x100000000000UL

/* VMAs of the victim's own program, at most; the kernel counts them too. */
#define OWN_MAPS 32

/* The plan while it is made; the block is put together at the end. */
struct making {
	struct live_plan *plan;
	struct plan_map *maps;
	struct plan_run *runs;
	size_t nr_maps, nr_runs, cap_runs, nr_fds;
	const char **names; /* of the files, as plan->fds */
	uint64_t *sizes;    /* of the files in bytes */
	struct error_text *error;
};

static int out_of_memory(struct making *m)
{
	return error_text_set(m->error, -ENOMEM, "out of memory for the plan of a victim");
}

static int add_run(struct making *m, uint64_t start, uint64_t end, enum plan_what what)
{
	struct plan_map *map = &m->maps[m->nr_maps - 1];
	struct plan_run *last = map->nr_runs ? &m->runs[m->nr_runs - 1] : NULL;

	if (last && last->end == start && last->what == what && what != PLAN_HUGE) {
		last->end = end;
		return 0;
	}
	if (m->nr_runs == m->cap_runs) {
		size_t cap = m->cap_runs ? 2 * m->cap_runs : 1024;
		struct plan_run *grown = reallocarray(m->runs, cap, sizeof(*grown));

		if (!grown)
			return out_of_memory(m);
		m->runs = grown;
		m->cap_runs = cap;
	}
	m->runs[m->nr_runs++] = (struct plan_run){start, end, what};
	map->nr_runs++;
	return 0;
}

/* Do the names of an object in memory begin like this? */
static bool is_shared_memory(const char *name)
{
	static const char *const beginnings[] = {"/memfd:",   "/dev/shm/",   "/SYSV",
						 "/dev/zero", "/dev/ashmem", "[anon_shmem:"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

/* A file without a name on a disk. A file system that cannot make one gets one that is unlinked. */
static int open_disk_file(struct error_text *error)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	const char *tried = "/tmp";
	char path[4096];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		int fd;

		if (!folders[i] || !*folders[i])
			continue;
		tried = folders[i];
		fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 || errno == EMFILE || errno == ENFILE)
			return fd >= 0 ? fd
				       : error_text_set(error, -errno, "a file for a victim: %s",
							strerror(errno));
		if ((size_t)snprintf(path, sizeof(path), "%s/umaple.XXXXXX", folders[i]) >=
		    sizeof(path))
			continue;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0) {
			unlink(path);
			return fd;
		}
	}
	return error_text_set(error, -errno, "%s: a file for a victim: %s", tried, strerror(errno));
}

static int add_file(struct making *m, const char *name)
{
	int fd;

	if (is_shared_memory(name)) {
		fd = memfd_create("umaple-live", MFD_CLOEXEC);
		if (fd < 0)
			return error_text_set(m->error, -errno, "shared memory for a victim: %s",
					      strerror(errno));
	} else {
		fd = open_disk_file(m->error);
		if (fd < 0)
			return fd;
	}
	m->names[m->nr_fds] = name;
	m->sizes[m->nr_fds] = 0;
	m->plan->fds[m->nr_fds++] = fd;
	return 0;
}

/* The file of a name, with room for one more VMA at its end. Return: its index or -errno. */
static int file_of(struct making *m, const char *name, uint64_t size, uint64_t *offset)
{
	size_t i = 0;
	int err;

	/* VMAs of one file mostly follow each other: look from the last one. */
	for (i = m->nr_fds; i > 0; i--)
		if (!strcmp(m->names[i - 1], name))
			break;
	if (!i) {
		err = add_file(m, name);
		if (err)
			return err;
		i = m->nr_fds;
	}
	i--;
	*offset = m->sizes[i];
	m->sizes[i] += size;
	if (ftruncate(m->plan->fds[i], (off_t)m->sizes[i]))
		return error_text_set(m->error, -errno, "a file of %llu bytes for a victim: %s",
				      (unsigned long long)m->sizes[i], strerror(errno));
	return (int)i;
}

static uint32_t prot_of(uint64_t vm_flags)
{
	return (vm_flags & VM_READ ? PROT_READ : 0) | (vm_flags & VM_WRITE ? PROT_WRITE : 0) |
	       (vm_flags & VM_EXEC ? PROT_EXEC : 0);
}

static enum plan_what what_of(enum layout_kind kind, bool dirty)
{
	switch (kind) {
	case LAYOUT_FILE:
		return dirty ? PLAN_WRITE : PLAN_READ;
	case LAYOUT_SWAP:
		return PLAN_SWAP;
	case LAYOUT_HUGE:
		return PLAN_HUGE;
	default:
		return PLAN_WRITE;
	}
}

/* Would the kernel make one VMA of two neighbours? */
static bool would_merge(const struct plan_map *a, const struct plan_map *b)
{
	return a->end == b->start && a->fd == b->fd && a->flags == b->flags &&
	       a->final_prot == b->final_prot &&
	       (a->fd < 0 || a->offset + (a->end - a->start) == b->offset);
}

/* Set what mmap() is given for a VMA; its runs follow. */
static int add_map(struct making *m, const struct layout *layout, const struct layout_vma *vma)
{
	struct plan_map *map = &m->maps[m->nr_maps++];
	const bool shared = vma->vm_flags & VM_SHARED;

	*map = (struct plan_map){
		.start = vma->start,
		.end = vma->end,
		.fd = -1,
		.flags = (shared ? MAP_SHARED : MAP_PRIVATE) | (vma->file ? 0 : MAP_ANONYMOUS) |
			 (vma->vm_flags & VM_ACCOUNT ? 0 : MAP_NORESERVE),
		.final_prot = prot_of(vma->vm_flags),
		.first_run = m->nr_runs,
	};
	map->prot = map->final_prot;
	if (vma->file) {
		int i = file_of(m, layout->names + vma->name, vma->end - vma->start, &map->offset);

		if (i < 0)
			return i;
		map->fd = VICTIM_FIRST_FD + i;
	}
	return 0;
}

static int plan_vma(struct making *m, const struct layout *layout, const struct layout_vma *vma)
{
	const bool shared = vma->vm_flags & VM_SHARED;
	/* Only shared memory is written: a page of a disk's file would have to go to the disk. */
	const bool dirty = shared && (vma->vm_flags & VM_WRITE) &&
			   (!vma->file || is_shared_memory(layout->names + vma->name));
	const struct layout_run *run = &layout->runs[vma->first_run];
	struct plan_map *map;
	int err = add_map(m, layout, vma);

	if (err)
		return err;
	map = &m->maps[m->nr_maps - 1];
	for (uint32_t i = 0; !err && i < vma->nr_runs; i++, run++) {
		/* A shared mapping has no pages of its own. */
		enum layout_kind kind = shared && run->kind != LAYOUT_HUGE ? LAYOUT_FILE
									   : run->kind;
		enum plan_what what = what_of(kind, dirty);

		map->prot |= PROT_READ | (what == PLAN_READ ? 0 : PROT_WRITE);
		map->bits |= what == PLAN_READ ? PLAN_EXACT : 0;
		map->bits |= kind == LAYOUT_FILE ? 0 : PLAN_SMALL;
		m->plan->pages[kind] += (run->end - run->start) >> PAGE_SHIFT;
		if (vma->vm_flags & VM_HUGETLB)
			m->plan->hugetlb += (run->end - run->start) >> PAGE_SHIFT;
		err = add_run(m, run->start, run->end, what);
	}
	if (m->nr_maps > 1 && would_merge(map - 1, map))
		map->bits |= ~map[-1].bits & PLAN_COLOUR;
	return err;
}

static int plan_as_is(struct making *m, const struct layout *layout)
{
	int err = 0;

	for (size_t i = 0; !err && i < layout->nr_vmas; i++)
		err = plan_vma(m, layout, &layout->vmas[i]);
	return err;
}

static int plan_spanning(struct making *m, const struct layout *layout)
{
	struct plan_map *map = &m->maps[m->nr_maps++];
	uint64_t unit = UINT64_MAX, base = SPANNING_BASE - PMD_SIZE;
	int err = 0;

	*map = (struct plan_map){
		.start = SPANNING_BASE,
		.fd = -1,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.prot = PROT_READ | PROT_WRITE,
		.final_prot = PROT_READ | PROT_WRITE,
		.bits = PLAN_SMALL,
	};
	for (size_t i = 0; !err && i < layout->nr_runs; i++) {
		enum layout_kind kind = layout->runs[i].kind;
		uint64_t at = layout->runs[i].start;

		if (kind == LAYOUT_FILE)
			kind = LAYOUT_ANON;
		while (!err && at < layout->runs[i].end) {
			uint64_t end = (at & PMD_MASK) + PMD_SIZE;

			if (end > layout->runs[i].end)
				end = layout->runs[i].end;
			if ((at & PMD_MASK) != unit)
				base += PMD_SIZE;
			unit = at & PMD_MASK;
			m->plan->pages[kind] += (end - at) >> PAGE_SHIFT;
			err = add_run(m, base + (at - unit), base + (end - unit),
				      what_of(kind, false));
			at = end;
		}
	}
	map->end = base + PMD_SIZE;
	return err;
}

/* The kernel refuses the mapping that would exceed the limit: say so before anything is built. */
static int check_map_count(const struct making *m, size_t nr_maps)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	unsigned long limit = 0;

	if (file) {
		if (fscanf(file, "%lu", &limit) != 1)
			limit = 0;
		fclose(file);
	}
	if (!limit || nr_maps + OWN_MAPS <= limit)
		return 0;
	return error_text_set(m->error, -ENOMEM,
			      "the layout has %zu VMAs, and vm.max_map_count allows %lu: raise it "
			      "with sysctl",
			      nr_maps, limit);
}

/* Files of a large program are more than the usual soft limit of 1,024 descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int put_together(struct making *m)
{
	const size_t size =
		sizeof(struct plan) + m->nr_maps * sizeof(*m->maps) + m->nr_runs * sizeof(*m->runs);
	struct plan *block = malloc(size);

	if (!block)
		return out_of_memory(m);
	*block = (struct plan){
		.magic = PLAN_MAGIC,
		.size = size,
		.nr_maps = m->nr_maps,
		.nr_runs = m->nr_runs,
		.first_fd = VICTIM_FIRST_FD,
		.nr_fds = (int32_t)m->nr_fds,
	};
	memcpy(block + 1, m->maps, m->nr_maps * sizeof(*m->maps));
	if (m->nr_runs)
		memcpy((char *)(block + 1) + m->nr_maps * sizeof(*m->maps), m->runs,
		       m->nr_runs * sizeof(*m->runs));
	for (size_t i = 0; i < m->nr_runs; i++)
		block->nr_swap += m->runs[i].what == PLAN_SWAP;
	m->plan->block = block;
	return 0;
}

struct live_plan *live_plan_create(const struct layout *layout, enum plan_shape shape,
				   struct error_text *error)
{
	const size_t nr = layout->nr_vmas + 1;
	struct making m = {.error = error,
			   .plan = calloc(1, sizeof(struct live_plan)),
			   .maps = calloc(nr, sizeof(struct plan_map)),
			   .names = calloc(nr, sizeof(*m.names)),
			   .sizes = calloc(nr, sizeof(*m.sizes))};
	int err = -ENOMEM;

	if (m.plan)
		m.plan->fds = calloc(nr, sizeof(*m.plan->fds));
	if (!m.plan || !m.maps || !m.names || !m.sizes || !m.plan->fds)
		out_of_memory(&m);
	else
		err = check_map_count(&m, shape == PLAN_SPANNING ? 1 : layout->nr_vmas);
	if (!err) {
		raise_descriptor_limit();
		err = shape == PLAN_SPANNING ? plan_spanning(&m, layout) : plan_as_is(&m, layout);
	}
	if (!err)
		err = put_together(&m);
	free(m.maps);
	free(m.runs);
	free(m.names);
	free(m.sizes);
	if (!err)
		return m.plan;
	for (size_t i = 0; m.plan && i < m.nr_fds; i++)
		close(m.plan->fds[i]);
	if (m.plan)
		free(m.plan->fds);
	free(m.plan);
	return NULL;
}

void live_plan_free(struct live_plan *plan)
{
	if (!plan)
		return;
	for (int i = 0; i < plan->block->nr_fds; i++)
		close(plan->fds[i]);
	free(plan->fds);
	free(plan->block);
	free(plan);
}
