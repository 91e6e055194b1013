/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line that begins a sample in what `perf script` prints. Fields always stand in this order;
 * what is in brackets here need not be there, and the number of a guest's machine has blanks in
 * front of it or not:
 *
 *	[VM:machine [VCPU:n]] [thread] pid[/tid] [[cpu]] [mode] [date clock] [time:] [period] event:
 *
 * Behind the event stands text of it (a tracepoint's message, say), or a frame if samples have no
 * callers.
 */
#ifndef FLAMEGRAPH_PERF_HEADER_H
#define FLAMEGRAPH_PERF_HEADER_H

#include "text.h"

struct perf_header {
	struct text comm;   /* the thread's name; empty if there is none */
	struct text event;  /* empty: a record of something other than a sample */
	struct text period; /* digits; empty if there is none */
	struct text rest;   /* what stands behind the event, with the blanks before it */
	/*
	 * The period could be the process as well: nothing stands between the two numbers, and
	 * they are not in the columns in which perf prints them. Then @longer is the thread's name.
	 */
	bool doubtful;
	struct text longer;
	/* If this is no header but begins like one: where it goes wrong, empty for its end. */
	bool begins;
	struct text stranger;
};

/**
 * perf_header_parse() - Take a header apart.
 * @line: the line.
 * @h: filled; on failure only @h->begins and @h->stranger.
 *
 * A thread's name may have spaces and numbers in it. The process is a number behind which all else
 * reads as it should; of several the one before a time or CPU, then one in the column of a process,
 * then the first. No process stands behind a time, or behind a process and its CPU.
 *
 * Context: Any.
 * Return: whether it is one.
 */
bool perf_header_parse(struct text line, struct perf_header *h);

/**
 * perf_banner() - Is this part of what --header prints?
 * @line: the line; not empty.
 * @inside: whether the line before was; false at first. Updated.
 *
 * That stands between two lines "# ====", in lines that begin with '#' as well and may look like
 * samples.
 *
 * Context: Any.
 * Return: whether it is.
 */
bool perf_banner(struct text line, bool *inside);

/**
 * perf_event_has_text() - Does perf print text of its own behind this event?
 * @event: the name.
 *
 * Context: Any.
 * Return: true for a tracepoint, "sched:sched_switch", and for what BPF programs write.
 */
bool perf_event_has_text(struct text event);

#endif
