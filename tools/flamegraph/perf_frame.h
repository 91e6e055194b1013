/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames that `perf script` prints: "address symbol+offset (file)". */
#ifndef FLAMEGRAPH_PERF_FRAME_H
#define FLAMEGRAPH_PERF_FRAME_H

#include "text.h"

struct perf_frame {
	struct text address; /* hexadecimal */
	struct text symbol;  /* without the offset; empty if it is not known */
	struct text file;    /* empty if it is not printed */
	bool has_offset;
};

enum frame_kind {
	FRAME_USER,
	FRAME_KERNEL,
	FRAME_INLINED, /* of the kind of the next frame further out that is not inlined */
};

/**
 * perf_frame_parse() - Take a frame apart.
 * @t: the text, without blanks at its ends.
 * @f: filled.
 *
 * Other fields that perf prints behind an event (addr, data_src, weight, the target of a branch)
 * look like frames or stand before one. Each number among them has a column as wide as an address,
 * and a frame has one address.
 *
 * Context: Any.
 * Return: whether it is one.
 */
bool perf_frame_parse(struct text t, struct perf_frame *f);

/**
 * perf_frame_in_line() - Could the text behind an event be a frame?
 * @rest: the text, with the blanks before it.
 *
 * Context: Any.
 * Return: whether it begins with an address in its column.
 */
bool perf_frame_in_line(struct text rest);

/**
 * perf_frame_kind() - Whose code is it, as far as the frame alone says?
 * @f: the frame.
 *
 * Context: Any.
 * Return: the kind.
 */
enum frame_kind perf_frame_kind(const struct perf_frame *f);

/**
 * perf_frame_is_jitted() - Is the symbol from the map that a just-in-time compiler wrote?
 * @f: the frame.
 *
 * Context: Any.
 * Return: true if the file is perf-PID.map.
 */
bool perf_frame_is_jitted(const struct perf_frame *f);

/**
 * perf_source_line() - Is this the line that the field srcline adds behind a frame?
 * @line: the line.
 *
 * Context: Any.
 * Return: true for "  file.c:12", "  file[1f]" and "  symbol+12".
 */
bool perf_source_line(struct text line);

/**
 * perf_source_code() - Is this a line that the field srccode adds behind a sample?
 * @line: the line.
 *
 * Context: Any.
 * Return: true for "|12       x = y;".
 */
bool perf_source_code(struct text line);

#endif
