/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The output of `perf script`: for each sample a header line (perf_header.h), then its frames, the
 * innermost first (perf_frame.h), then an empty line.
 *
 *	oom_reaper 4712/4713 [001]  8115.250: 200040 cpu-clock:
 *		    7f0a2c4e1d3b __pte_offset_map_lock+0x5b (/usr/bin/reapbench)
 *		    7f0a2c4e2e10 zap_pte_range+0x90 (/usr/bin/reapbench)
 */
#ifndef FLAMEGRAPH_PERF_SCRIPT_H
#define FLAMEGRAPH_PERF_SCRIPT_H

#include "folded.h"

struct perf_options {
	const char **events; /* which events count; none: all, and then there may be only one */
	size_t nr_events, room;
	bool by_period;	  /* the weight of a sample is its period, not 1 */
	bool mark_kernel; /* frames of the kernel end in "_[k]" */
};

/**
 * perf_script_begins() - Is this how perf script begins a sample?
 * @line: the line. A folded stack may look like that too; with a ';' in its name the line is one.
 *
 * Context: Any.
 * Return: true if it is.
 */
bool perf_script_begins(struct text line);

/**
 * perf_script_read() - Read what perf script printed, to its end.
 * @r: an open reader.
 * @s: the set to which the samples are added, as side 0; the first frame is the thread's name.
 * @sel: what is selected.
 * @o: the rest of what is wanted.
 *
 * A function without a name is called as its file is, in brackets; offsets are dropped; ';' in a
 * name becomes ':'. Samples of several events do not add up: without @o->events they are an error
 * that names them.
 *
 * A line that is none of perf's costs itself and the sample that it stands in, and no more: one
 * process with an odd name must not take a recording with it. It is an error if more samples were
 * lost than taken.
 *
 * Context: May sleep. Says on standard error what went wrong, or what was skipped.
 * Return: 0; 1 if lines were skipped; -errno.
 */
int perf_script_read(struct reader *r, struct stacks *s, const struct selection *sel,
		     const struct perf_options *o);

#endif
