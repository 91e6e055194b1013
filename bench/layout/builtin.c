// SPDX-License-Identifier: GPL-2.0-only
/* The plain built-in layouts: 1 GiB of resident anonymous memory, cut differently. */

#include "layout_internal.h"
#include "vma/vm_flags.h"

/* Leaves 32 TiB free above, so that scaling rarely has to move the layout. */
#define BASE 0x600000000000UL
#define GIB  (1UL << 30)

static struct layout *cut(const char *name, const char *rule, uint64_t size, uint64_t gap,
			  struct layout_error *err)
{
	struct layout_builder b;
	uint64_t at = BASE;

	builder_init(&b, name);
	for (uint64_t i = 0; i < GIB / size && !b.error; i++) {
		struct layout_vma vma = {
			.start = at,
			.end = at + size,
			.vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
				    VM_ACCOUNT,
		};

		builder_vma(&b, &vma, "", 0);
		builder_run(&b, vma.start, vma.end, LAYOUT_ANON);
		at += size + gap;
	}
	return builder_finish(&b, rule, err);
}

struct layout *builtin_one(struct layout_error *err)
{
	return cut("one", "one VMA of 1 GiB, every page resident", GIB, 0, err);
}

struct layout *builtin_grid(struct layout_error *err)
{
	return cut("grid",
		   "64 VMAs of 16 MiB with 2 MiB between them, every page resident; each VMA has "
		   "8 full PTE tables of its own",
		   16UL << 20, 2UL << 20, err);
}

struct layout *builtin_many(struct layout_error *err)
{
	/*
	 * Small VMAs of real programs (library segments, allocator blocks, stacks) stand close
	 * enough to share PTE tables, so these do too.
	 */
	return cut("many",
		   "16,384 VMAs of 64 KiB with 64 KiB between them, every page resident; 16 VMAs "
		   "share a PTE table and half fill it",
		   64UL << 10, 64UL << 10, err);
}
