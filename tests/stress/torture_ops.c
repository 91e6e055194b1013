// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture-ops [OPERATIONS [SEED]]: random operations on our tree, on the kernels' where there
 * are any, and on a sorted array, compared after each. Exit status 0 if all agreed, 1 if not,
 * with the shortest failing sequence found as C on stdout.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "differ.h"
#include "model.h"

#define PER_SEQUENCE 2000

extern const struct tree_ops maple_ops;
/* The build says which: -DKERNEL_TREES=TREE(kernel_ops_kernel)... */
#ifndef KERNEL_TREES
#define KERNEL_TREES
#endif
#define TREE(symbol) extern const struct tree_ops symbol;
KERNEL_TREES
#undef TREE
#define TREE(symbol) &symbol,

int main(int argc, char **argv)
{
	static const struct tree_ops *const trees[] = {
		&maple_ops,
		&model_ops,
		KERNEL_TREES NULL,
	};
	unsigned long operations = 300000, seed = 1;
	char *end = NULL;
	int status;

	if (argc > 1)
		operations = strtoul(argv[1], &end, 0);
	if (argc > 2 && end && !*end)
		seed = strtoul(argv[2], &end, 0);
	if (argc > 3 || (end && *end)) {
		fprintf(stderr, "usage: torture-ops [OPERATIONS [SEED]]\n");
		return 2;
	}
	status = sequence_hunt(seed, operations / PER_SEQUENCE + 1, PER_SEQUENCE, trees);
	if (!status)
		printf("%lu operations, no difference\n",
		       (operations / PER_SEQUENCE + 1) * PER_SEQUENCE);
	return status;
}
