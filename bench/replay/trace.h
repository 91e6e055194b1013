/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls on an address space as text: one a line, as "strace -e trace=memory" prints them, with the
 * result behind "=". docs/vma.md describes the format.
 */
#ifndef UMAPLE_REPLAY_TRACE_H
#define UMAPLE_REPLAY_TRACE_H

#include "common/error_text.h"
#include "engines/calls.h"

/* No call: a range that was mapped when the trace began. arg: address, bytes. */
#define TRACE_BEFORE NR_VM_CALLS

struct traced_call {
	struct vm_call call;
	long result; /* an address, 0, or a negative error number */
	size_t line; /* of the file, from 1 */
};

struct call_trace {
	struct traced_call *calls;
	size_t nr;
	size_t skipped; /* lines of other calls, of signals and exits */
	char **lines;	/* the text of each call, without its end */
};

/**
 * call_trace_read() - Read a file.
 * @path: the file.
 * @trace: filled on success; give it to call_trace_free().
 * @error: filled on failure: file, line and reason.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL for a line that cannot be understood, or a file without a call; another -errno.
 */
int call_trace_read(const char *path, struct call_trace *trace, struct error_text *error);

/* Free what it filled in. */
void call_trace_free(struct call_trace *trace);

/**
 * call_trace_parse() - Understand one line.
 * @line: without its end; written to meanwhile.
 * @out: filled if it is a call.
 *
 * Context: Any.
 * Return: 1 for a call; 0 for a line that is none of ours; -EINVAL for a call that is not whole, or
 * a word that is unknown.
 */
int call_trace_parse(char *line, struct traced_call *out);

#endif
