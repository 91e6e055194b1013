/* SPDX-License-Identifier: GPL-2.0-only */
/* What goes through the pipe from a process of a comparison. Both ends are the same program. */
#ifndef UMAPLE_COMPARE_PROCESS_INTERNAL_H
#define UMAPLE_COMPARE_PROCESS_INTERNAL_H

#include <limits.h>

#include "schedule.h"

enum message_kind {
	MESSAGE_BEGINS, /* a race */
	MESSAGE_SAMPLE, /* a race is done */
	MESSAGE_TRACED, /* @races are in the trace, and @err is what became of it */
	MESSAGE_END,	/* the last one: @err, and @text if it is neither 0 nor -EINTR */
};

struct message {
	enum message_kind kind;
	int err;
	size_t race, races;
	struct speed speed; /* with MESSAGE_END: what is left of it */
	union {
		struct sample sample;
		char text[512];
	};
};

/* A message of this size is written at once or not at all. */
_Static_assert(sizeof(struct message) <= PIPE_BUF, "a message must fit into a pipe");

#endif
