/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists that are checked before they are changed, as in kernels with CONFIG_DEBUG_LIST (Debian's,
 * Fedora's, Android's): a neighbour that does not point back means that memory is corrupted.
 */
#ifndef UMAPLE_LIST_H
#define UMAPLE_LIST_H

#include <stdbool.h>
#include <urcu/list.h>

#include "base/port.h"

/* Do the neighbours of an entry, or those of a new entry's place, point back? */
bool __list_del_entry_valid_or_report(const struct cds_list_head *entry);
bool __list_add_valid_or_report(const struct cds_list_head *prev, const struct cds_list_head *next);

/**
 * list_add() - Put an entry at the beginning of a list.
 * @entry: the entry.
 * @head: the list.
 *
 * Context: The list's lock. Ends the program if the list is corrupted.
 */
static inline void list_add(struct cds_list_head *entry, struct cds_list_head *head)
{
	PORT_BUG_ON(!__list_add_valid_or_report(head, head->next));
	cds_list_add(entry, head);
}

/**
 * list_del() - Take an entry out of its list.
 * @entry: the entry.
 *
 * Context: As list_add().
 */
static inline void list_del(struct cds_list_head *entry)
{
	PORT_BUG_ON(!__list_del_entry_valid_or_report(entry));
	cds_list_del(entry);
}

#endif
