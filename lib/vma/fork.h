/* SPDX-License-Identifier: GPL-2.0-only */
/* fork(2), as far as the address space goes. */
#ifndef UMAPLE_FORK_H
#define UMAPLE_FORK_H

#include "vma.h"

/**
 * dup_mm() - Copy an address space as fork does.
 * @oldmm: the parent's. Its private pages become read-only, and its huge pages are split.
 *
 * VMAs with VM_DONTCOPY are left out, those with VM_WIPEONFORK are empty, none is locked. Private
 * pages are shared until one of both writes.
 *
 * Context: mmap_lock of @oldmm held for writing, no other. May sleep.
 * Return: The child's, with one user; NULL without memory.
 */
struct mm_struct *dup_mm(struct mm_struct *oldmm);

#endif
