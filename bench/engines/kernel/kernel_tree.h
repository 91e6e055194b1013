/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the kernel engine beside the tree's own API. */
#ifndef UMAPLE_KERNEL_TREE_H
#define UMAPLE_KERNEL_TREE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * kernel_tree_nodes() - Nodes allocated and not yet freed, over all trees.
 *
 * Waits until the nodes that this thread gave up are freed. Of another thread that still runs,
 * up to 63 dead nodes may be counted.
 *
 * Context: A registered thread, not in a read section. Sleeps. Exact only while no other thread
 * changes a tree.
 * Return: The number of nodes.
 */
size_t kernel_tree_nodes(void);

/**
 * kernel_tree_node_bytes() - The size of a node in bytes.
 *
 * Context: Any.
 * Return: The size.
 */
size_t kernel_tree_node_bytes(void);

/**
 * kernel_tree_keep_going() - After a failed check of the validating build, go on.
 * @on: false (how a program starts): end the program there.
 *
 * The kernel's own tests count their failures and want to go on.
 *
 * Context: While one thread runs.
 */
void kernel_tree_keep_going(bool on);

/**
 * kernel_tree_warnings() - Warnings the tree has given so far, those not printed included.
 *
 * Context: Any.
 * Return: The number of warnings.
 */
unsigned int kernel_tree_warnings(void);

/**
 * kernel_tree_unguarded_accesses() - Reads of a tree without its lock and outside of a read
 * section, as far as CONFIG_LOCKDEP saw them.
 *
 * Context: Any.
 * Return: Their number; more than 0 only after kernel_tree_keep_going(true).
 */
unsigned int kernel_tree_unguarded_accesses(void);

/* The kernel's, called before main() by a constructor of the engine. */
void maple_tree_init(void);

#endif
