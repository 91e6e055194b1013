/* SPDX-License-Identifier: GPL-2.0-only */
/* What others do to an address space in one turn. Compiled once per engine. */
#ifndef UMAPLE_MM_TURNS_H
#define UMAPLE_MM_TURNS_H

struct mm_struct;

/**
 * mm_map_turn() - Map, fault every page in, protect a part in the middle (which splits), unmap.
 * @mm: the address space; the caller is a user of it.
 *
 * Context: Takes mmap_lock for writing for each call; faults take the VMA's lock. May sleep.
 * Return: 0, and the address space is as before; -ENOMEM, and so it is as well.
 */
int mm_map_turn(struct mm_struct *mm);

/**
 * mm_read_maps() - Read the list of VMAs, as a file of /proc does.
 * @mm: the address space; the caller is a user of it.
 *
 * Context: Takes mmap_lock for reading. May sleep.
 * Return: The pages of address space in all of them.
 */
unsigned long mm_read_maps(struct mm_struct *mm);

#endif
