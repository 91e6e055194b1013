/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine and the build that the figures come from. */
#ifndef UMAPLE_HOST_H
#define UMAPLE_HOST_H

#include <time.h>

struct host {
	char cpu[128]; /* model name, or the architecture where the kernel tells none */
	long cores;    /* online */
	char kernel[256];
	const char *compiler, *flags;
	const char *version, *commit; /* of umaple; "" if it is not built from a git tree */
	char date[sizeof("2026-01-31T23:59:59Z")];
};

/**
 * host_describe() - Find out about this machine and this build.
 * @host: filled; "unknown" stands where nothing can be found out.
 * @now: the date that is put in.
 *
 * Context: Any.
 */
void host_describe(struct host *host, time_t now);

#endif
