// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_waits TEMPLATE >SCRIPT: put the lock classes of lib/measure/lock_class.h, by their numbers
 * in the probes, where the template has a line @CLASSES@.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lock_class.h"
#include "measure/probes.h"

static void put_classes(void)
{
	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		printf("\t@class[%d] = \"%s\";\n", class, lock_class_name((enum lock_class) class));
	printf("\t@class[%d] = \"mmap_lock\";\n", PROBE_CLASS_MMAP_LOCK);
}

int main(int argc, char **argv)
{
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	int replaced = 0;
	char line[512];

	if (!template) {
		fprintf(stderr, "make_waits: %s\n",
			argc == 2 ? strerror(errno) : "usage: make_waits TEMPLATE");
		return argc == 2 ? 1 : 2;
	}
	while (fgets(line, sizeof(line), template)) {
		if (strcmp(line, "@CLASSES@\n")) {
			fputs(line, stdout);
		} else {
			put_classes();
			replaced++;
		}
	}
	fclose(template);
	if (replaced != 1 || fflush(stdout)) {
		fprintf(stderr, "make_waits: %s: %d lines @CLASSES@, or stdout is full\n", argv[1],
			replaced);
		return 1;
	}
	return 0;
}
