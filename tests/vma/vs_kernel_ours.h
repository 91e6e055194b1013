/* SPDX-License-Identifier: GPL-2.0-only */
/* Our side of a comparison with the running kernel, step by step. */
#ifndef UMAPLE_TESTS_VS_KERNEL_OURS_H
#define UMAPLE_TESTS_VS_KERNEL_OURS_H

#include "mm_fixture.h"
#include "vs_kernel.h"

struct ours {
	struct machine m;
	struct vm_file rest; /* fills what is not the arena */
	struct vm_file *files[3];
	struct mm_struct *parents[MAX_STEPS]; /* of m.mm, the oldest first */
	unsigned int nr_parents;
};

/* Make an address space that is full but for the arena, like the child's. */
void ours_start(struct ours *ours);

/* The end of it and of its parents: is everything given back? */
void ours_finish(struct ours *ours);

/* Do one step. After a fork it is the child that the next one changes. Returns what the call does. */
long ours_do(struct ours *ours, const struct step *step);

/* See what is there now; all of @outcome but the result. */
void ours_look(struct ours *ours, struct outcome *outcome);

#endif
