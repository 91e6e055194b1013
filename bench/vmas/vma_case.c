// SPDX-License-Identifier: GPL-2.0-only
#include "vma_case.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE	  4096UL
#define FIRST	  0x100000000UL /* of the VMAs: a page each, with a page between two */
#define SPLIT	  0x10000000UL	/* the VMA of mprotect_split: three pages below all others */
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static long map(struct vma_case *c, unsigned long addr, unsigned long bytes, int flags)
{
	const struct vm_call call = {.kind = VM_CALL_MMAP,
				     .arg = {addr, bytes, PROT_READ | PROT_WRITE,
					     (unsigned long)(ANONYMOUS | flags)},
				     .file = -1};

	return c->engine->call(c->victim, &call);
}

static int mmap_munmap(struct vma_case *c)
{
	const long addr = map(c, 0, 16 * PAGE, 0);
	const struct vm_call unmap = {.kind = VM_CALL_MUNMAP,
				      .arg = {(unsigned long)addr, 16 * PAGE}};

	return addr < 0 ? (int)addr : (int)c->engine->call(c->victim, &unmap);
}

static int protect(struct vma_case *c, unsigned long prot)
{
	const struct vm_call call = {.kind = VM_CALL_MPROTECT, .arg = {SPLIT + PAGE, PAGE, prot}};

	return (int)c->engine->call(c->victim, &call);
}

/* The page in the middle changes: one VMA becomes three, and then one again. */
static int mprotect_split(struct vma_case *c)
{
	return protect(c, PROT_READ) ?: protect(c, PROT_READ | PROT_WRITE);
}

static int find(struct vma_case *c)
{
	return c->engine->find(c->victim, c->addresses, FIND_ADDRESSES) == FIND_ADDRESSES ? 0
											  : -EFAULT;
}

static int fork_it(struct vma_case *c)
{
	return c->engine->fork(c->victim);
}

const struct vma_operation vma_operations[] = {
	{"mmap_munmap", "map 16 pages where there is room, unmap them", 1000000, mmap_munmap, 1},
	{"mprotect_split", "make the middle one of three pages read-only, and back", 1000000,
	 mprotect_split, 1},
	{"find_vma", "the VMA of a random address, mmap_lock held", 1000000, find, FIND_ADDRESSES},
	{"fork", "copy the address space, and let the copy die", 10000, fork_it, 1},
	{NULL, NULL, 0, NULL, 0},
};

static int map_all(struct vma_case *c)
{
	long ret = map(c, SPLIT, 3 * PAGE, MAP_FIXED_NOREPLACE);

	for (size_t i = 0; ret >= 0 && i + 1 < c->nr; i++)
		ret = map(c, FIRST + 2 * i * PAGE, PAGE, MAP_FIXED_NOREPLACE);
	return ret < 0 ? (int)ret : 0;
}

/* The same for every engine. */
static void draw_addresses(struct vma_case *c)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < FIND_ADDRESSES; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		c->addresses[i] = FIRST + (seed >> 33) % (c->nr - 1) * 2 * PAGE;
	}
}

int vma_case_setup(struct vma_case *c)
{
	const struct machine_size size = {.pages = 1 << 16, .map_pages = 1 << 16, .cpus = 1};
	const struct layout empty = {.name = "empty"};
	char err[128];
	int ret = c->engine->init();

	if (ret)
		return ret;
	c->addresses = calloc(FIND_ADDRESSES, sizeof(*c->addresses));
	c->pgdat = c->engine->machine_create(&size);
	if (!c->addresses || !c->pgdat)
		return -ENOMEM;
	c->victim = c->engine->build(c->pgdat, &empty, &ret, err, sizeof(err));
	if (!c->victim)
		return ret;
	/* The kernel's limit is 65,530. */
	c->engine->set_limits(c->victim, 0, 0, 1 << 30);
	draw_addresses(c);
	return map_all(c);
}

bool vma_case_end(struct vma_case *c, char *err, size_t errlen)
{
	bool good = true;

	if (c->victim) {
		c->engine->exit_task(c->victim, NULL);
		good = c->engine->destroy(c->victim, NULL, err, errlen) &&
		       c->engine->machine_check(c->pgdat, err, errlen);
	}
	c->engine->machine_destroy(c->pgdat);
	free(c->addresses);
	c->victim = NULL;
	c->pgdat = NULL;
	c->addresses = NULL;
	return good;
}
