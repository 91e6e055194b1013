/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface between the kernel's tests, their runner and the tree under test. */
#ifndef UMAPLE_KERNEL_TESTS_H
#define UMAPLE_KERNEL_TESTS_H

#include <stddef.h>

/* A function that the kernel's test module calls from its start function. */
struct kernel_test {
	const char *name;
	void *function;
};

extern const struct kernel_test kernel_tests[]; /* ends with a name of NULL */
extern int (*const kernel_tests_main)(void);	/* the module's start function */
extern void (*const kernel_tests_exit)(void);

/* Provided once per tree. */
extern const char *const tree_name;
void tree_prepare(void);	  /* let failed checks be counted instead of ending the program */
unsigned int tree_checks(void);	  /* done so far */
unsigned int tree_failures(void); /* of these */
unsigned int tree_warnings(void);
unsigned int tree_unguarded(void); /* reads without lock or read section */
size_t tree_nodes(void);	   /* allocated and not freed */

#endif
