/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that have another name in a later kernel. */
#ifndef FLAMEGRAPH_KERNEL_NAMES_H
#define FLAMEGRAPH_KERNEL_NAMES_H

#include "text.h"

enum kernel_names { NAMES_AS_THEY_ARE, NAMES_OF_6_12, NAMES_OF_7_3 };

/**
 * kernel_names_parse() - Understand the release whose names are wanted.
 * @word: "6.12" or "7.3".
 *
 * Context: Any.
 * Return: the names; NAMES_AS_THEY_ARE for any other word.
 */
enum kernel_names kernel_names_parse(const char *word);

#define KERNEL_NAME_SIZE 64

/**
 * kernel_name() - The name of a function in one release.
 * @names: which.
 * @t: the function's name in any release, with or without the "_[k]" of fold.
 * @room: for the result.
 *
 * Context: Any.
 * Return: the name, in @room if it is another one; @t if not.
 */
struct text kernel_name(enum kernel_names names, struct text t, char room[KERNEL_NAME_SIZE]);

#endif
