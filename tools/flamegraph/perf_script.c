// SPDX-License-Identifier: GPL-2.0-only
#include "perf_script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "perf_frame.h"
#include "perf_header.h"

#define MOST_EVENTS 4096 /* a kernel has some 2,000 tracepoints */
#define MOST_SEEN   (1 << 15)

/* Names for functions and threads without one. */
#define NO_COMM	    TEXT("[no name]")
#define NO_FUNCTION TEXT("[unknown]")

#define NOT_A_FRAME (-EBADMSG)

struct event {
	char *name;
	uint64_t samples;
	bool has_period;
};

/* How a frame in the text becomes frames of a stack. */
struct seen {
	uint32_t name, marked; /* the second as a function of the kernel */
	enum frame_kind kind;
	bool again; /* it is more than one frame, or none, and has to be read again */
};

/* Where a line stands. */
enum place {
	OUTSIDE,
	SAMPLE,
	RECORD,	 /* behind one of something other than a sample; it may have indented lines */
	SKIPPED, /* behind a line that was not understood */
};

struct parser {
	struct reader *r;
	struct stacks *s;
	const struct selection *sel;
	const struct perf_options *o;
	enum place place;
	bool banner; /* in what --header prints */

	/* The sample. */
	struct seen *frames; /* the innermost first */
	size_t nr_frames, frames_room;
	struct draft d;
	bool wanted;   /* of an event that counts */
	int64_t comm;  /* the name of its thread */
	bool hashed;   /* which begins with '#' */
	bool has_text; /* its event has text of its own */
	uint64_t weight, line;
	char *rest; /* what stands behind its event */
	size_t rest_len, rest_room;
	uint64_t taken; /* samples */

	/* Lines that were not understood. */
	uint64_t skipped, first_skipped;
	uint64_t lost; /* samples, as far as they can be counted */
	char why[256];

	char *scratch; /* a name that is not in the text as it is wanted */
	size_t scratch_room;
	struct names written; /* frames as they are written */
	struct seen *seen;
	size_t seen_room;
	struct event *events;
	size_t nr_events, events_room;
};

static int failed(const struct parser *p, int err)
{
	complain("%s: %s", p->r->name, strerror(-err));
	return err;
}

/* Skip a line and the sample that it is in; the first time, say why. */
__attribute__((format(printf, 3, 4))) static int skip_line(struct parser *p, uint64_t line,
							   const char *why, ...)
{
	va_list args;

	if (!p->skipped++) {
		p->first_skipped = line;
		va_start(args, why);
		vsnprintf(p->why, sizeof(p->why), why, args);
		va_end(args);
	}
	p->lost += p->place != SKIPPED;
	p->place = SKIPPED;
	return 0;
}

bool perf_script_begins(struct text line)
{
	struct perf_header h;

	if (perf_header_parse(line, &h))
		return !memchr(h.comm.at, ';', h.comm.len);
	/* perf leaves a blank behind the process where nothing follows. */
	return h.begins && !h.stranger.len && is_blank(line.at[line.len - 1]) &&
	       !memchr(line.at, ';', line.len);
}

static int scratch_put(struct parser *p, size_t *used, struct text t)
{
	if (grow(&p->scratch, &p->scratch_room, *used + t.len + 1, 1))
		return -ENOMEM;
	memcpy(p->scratch + *used, t.at, t.len);
	*used += t.len;
	return 0;
}

/* The name of a function that has none: that of its file, in brackets. */
static int name_unknown(struct parser *p, struct text file, size_t *used)
{
	const char *slash;

	if (!file.len)
		file = NO_FUNCTION;
	if (file.at[0] == '[')
		return scratch_put(p, used, file);
	slash = memrchr(file.at, '/', file.len);
	if (slash && slash + 1 < file.at + file.len)
		file = text_from(file, (size_t)(slash + 1 - file.at));
	if (scratch_put(p, used, TEXT("[")) || scratch_put(p, used, file))
		return -ENOMEM;
	return scratch_put(p, used, TEXT("]"));
}

/*
 * The number of the name in @p->scratch. ';' is replaced, for that stands between frames, and so is
 * the blank before a number that ends a function's name, for that stands before a weight.
 */
static int64_t intern_scratch(struct parser *p, size_t used, bool function)
{
	struct text t = {p->scratch, used}, number;
	int64_t name;
	size_t i;

	for (i = 0; i < used; i++)
		if (p->scratch[i] == ';')
			p->scratch[i] = ':';
	if (function && split_number(t, &number).len)
		p->scratch[used - number.len - 1] = '_';
	name = names_intern(&p->s->names, t);
	return name < 0 ? failed(p, (int)name) : name;
}

static int64_t intern_name(struct parser *p, struct text t, bool function)
{
	size_t used = 0;

	if (scratch_put(p, &used, t))
		return failed(p, -ENOMEM);
	return intern_scratch(p, used, function);
}

/* The number of a frame's name, and of its marked name. */
static int name_frame(struct parser *p, const struct perf_frame *f, struct seen *seen)
{
	size_t used = 0;
	int64_t name;

	*seen = (struct seen){.kind = perf_frame_kind(f)};
	if (f->symbol.len ? scratch_put(p, &used, f->symbol) : name_unknown(p, f->file, &used))
		return failed(p, -ENOMEM);
	name = intern_scratch(p, used, true);
	if (name < 0)
		return (int)name;
	seen->name = (uint32_t)name;
	if (!p->o->mark_kernel || seen->kind == FRAME_USER)
		return 0;
	if (scratch_put(p, &used, TEXT("_[k]")))
		return failed(p, -ENOMEM);
	name = intern_scratch(p, used, true);
	if (name < 0)
		return (int)name;
	seen->marked = (uint32_t)name;
	return 0;
}

static inline int push_frame(struct parser *p, const struct seen *seen)
{
	if (p->nr_frames == p->frames_room &&
	    grow(&p->frames, &p->frames_room, p->nr_frames + 1, sizeof(*p->frames)))
		return failed(p, -ENOMEM);
	p->frames[p->nr_frames++] = *seen;
	return 0;
}

/* Java's compiler writes a method and what it inlined there as "caller->callee->callee". */
static bool is_chain(const struct perf_frame *f)
{
	return perf_frame_is_jitted(f) && memmem(f->symbol.at, f->symbol.len, "->", 2);
}

static int push_chain(struct parser *p, const struct perf_frame *f)
{
	struct text t = f->symbol;
	size_t before = p->nr_frames;
	struct perf_frame one = *f;
	struct seen seen;
	int err = 0;

	while (t.len && !err) {
		size_t at = t.len;

		while (at && !(at >= 2 && !memcmp(t.at + at - 2, "->", 2)))
			at--;
		one.symbol = text_trim(text_from(t, at));
		t.len = at ? at - 2 : 0;
		if (!one.symbol.len)
			continue;
		err = name_frame(p, &one, &seen);
		if (!err)
			err = push_frame(p, &seen);
	}
	if (err || p->nr_frames > before)
		return err;
	err = name_frame(p, f, &seen); /* nothing but arrows */
	return err ? err : push_frame(p, &seen);
}

static int push_parsed(struct parser *p, const struct perf_frame *f, struct seen *seen)
{
	int err;

	if (is_chain(f)) {
		*seen = (struct seen){.again = true};
		return push_chain(p, f);
	}
	err = name_frame(p, f, seen);
	return err ? err : push_frame(p, seen);
}

static int add_new_frame(struct parser *p, struct text t, struct seen *seen)
{
	struct perf_frame f;

	seen->again = true;
	return perf_frame_parse(t, &f) ? push_parsed(p, &f, seen) : NOT_A_FRAME;
}

/* Most frames were seen before, to the byte. */
static inline int add_frame(struct parser *p, struct text t)
{
	size_t before;
	int64_t number;

	if (p->written.nr == MOST_SEEN)
		names_free(&p->written);
	before = p->written.nr;
	number = names_intern(&p->written, t);
	if (number < 0)
		return failed(p, (int)number);
	if ((size_t)number < before && !p->seen[number].again)
		return push_frame(p, &p->seen[number]);
	if (grow(&p->seen, &p->seen_room, (size_t)number + 1, sizeof(*p->seen)))
		return failed(p, -ENOMEM);
	return add_new_frame(p, t, &p->seen[number]);
}

/* A frame further out than a function of user space is never the kernel's. */
static void mark_kernel(struct parser *p)
{
	size_t i = 0, next;

	for (;;) {
		for (next = i; next < p->nr_frames && p->frames[next].kind == FRAME_INLINED;)
			next++;
		if (next == p->nr_frames || p->frames[next].kind != FRAME_KERNEL)
			return;
		for (; i <= next; i++)
			p->frames[i].name = p->frames[i].marked;
	}
}

static int count_sample(struct parser *p)
{
	size_t i;
	int err;

	p->taken++;
	if (!p->wanted)
		return 0;
	if (p->hashed && !p->nr_frames) {
		/* A line "#name 1" would be a comment. */
		struct seen seen = {0};
		int64_t name = intern_name(p, NO_FUNCTION, true);

		if (name < 0)
			return (int)name;
		seen.name = (uint32_t)name;
		err = push_frame(p, &seen);
		if (err)
			return err;
	}
	if (p->o->mark_kernel)
		mark_kernel(p);
	if (grow(&p->d.frames, &p->d.room, p->nr_frames + 1, sizeof(*p->d.frames)))
		return failed(p, -ENOMEM);
	p->d.depth = p->nr_frames + 1;
	p->d.frames[0] = (uint32_t)p->comm;
	for (i = 0; i < p->nr_frames; i++)
		p->d.frames[p->nr_frames - i] = p->frames[i].name;
	err = draft_add(&p->d, p->s, p->sel, 0, p->weight, p->r);
	return err < 0 ? err : 0;
}

/*
 * A sample without callers has its frame in the line of its event. With callers there may be other
 * fields, and nothing says more about them: frames follow then, or at least an empty line.
 */
static int take_rest(struct parser *p)
{
	struct text rest = {p->rest, p->rest_len};
	int err = NOT_A_FRAME;
	char shown[48];

	if (!rest.len || p->nr_frames || p->has_text)
		return 0;
	if (perf_frame_in_line(rest))
		err = add_frame(p, text_trim(rest));
	if (err != NOT_A_FRAME)
		return err;
	return skip_line(
		p, p->line,
		"'%s' behind the event is not one frame in its column (fields like addr, data_src, "
		"weight, flags or branches have to go)",
		text_shown(text_trim(rest), shown, sizeof(shown)));
}

static int end_sample(struct parser *p, bool by_empty_line)
{
	enum place before = p->place;
	int err;

	p->place = OUTSIDE;
	if (before != SAMPLE)
		return 0;
	if (!by_empty_line) {
		err = take_rest(p);
		if (err || p->place == SKIPPED)
			return err;
	}
	return count_sample(p);
}

static struct event *find_event(const struct parser *p, struct text name)
{
	size_t i;

	for (i = 0; i < p->nr_events; i++)
		if (text_is(name, (struct text){p->events[i].name, strlen(p->events[i].name)}))
			return &p->events[i];
	return NULL;
}

/* Count a sample of an event; 1 if it is wanted, 0 if not. */
static int count_event(struct parser *p, const struct perf_header *h)
{
	struct event *event = find_event(p, h->event);
	size_t i;

	if (!event) {
		if (p->nr_events == MOST_EVENTS)
			return reader_error(p->r, "more than %d events", MOST_EVENTS);
		if (grow(&p->events, &p->events_room, p->nr_events + 1, sizeof(*p->events)))
			return failed(p, -ENOMEM);
		event = &p->events[p->nr_events];
		*event = (struct event){.name = strndup(h->event.at, h->event.len),
					.has_period = h->period.len};
		if (!event->name)
			return failed(p, -ENOMEM);
		p->nr_events++;
	}
	event->samples++;
	for (i = 0; i < p->o->nr_events; i++)
		if (text_is(h->event, (struct text){p->o->events[i], strlen(p->o->events[i])}))
			return 1;
	return !p->o->nr_events;
}

/* perf prints the same fields for each sample of an event. */
static bool settle_doubt(const struct parser *p, struct perf_header *h)
{
	const struct event *event = find_event(p, h->event);

	if (!event)
		return false;
	if (!event->has_period) {
		h->comm = h->longer;
		h->period.len = 0;
	}
	return true;
}

static int weigh_sample(struct parser *p, const struct perf_header *h)
{
	p->weight = 1;
	if (!p->wanted || !p->o->by_period)
		return 0;
	if (!h->period.len)
		return reader_error(p->r, "this sample has no period");
	if (text_number(h->period, &p->weight))
		return reader_error(p->r, "the period does not fit: it is more than 2^63");
	return 0;
}

static int begin_sample(struct parser *p, struct perf_header *h)
{
	struct text rest = text_trim(h->rest);
	int wanted, err;

	if (!h->event.len) {
		p->place = RECORD;
		return 0;
	}
	if (h->doubtful && !settle_doubt(p, h))
		return skip_line(p, p->r->line,
				 "'%.*s' may be the process or the period: print the time, too "
				 "(perf script -F +time)",
				 (int)h->period.len, h->period.at);
	wanted = count_event(p, h);
	if (wanted < 0)
		return wanted;
	p->wanted = wanted;
	err = weigh_sample(p, h);
	if (err)
		return err;
	p->hashed = text_begins(h->comm, TEXT("#"));
	p->comm = intern_name(p, h->comm.len ? h->comm : NO_COMM, false);
	if (p->comm < 0)
		return (int)p->comm;
	p->place = SAMPLE;
	p->line = p->r->line;
	p->nr_frames = 0;
	p->has_text = rest.len && perf_event_has_text(h->event);
	p->rest_len = 0;
	if (!rest.len || p->has_text)
		return 0;
	if (grow(&p->rest, &p->rest_room, h->rest.len, 1))
		return failed(p, -ENOMEM);
	memcpy(p->rest, h->rest.at, h->rest.len);
	p->rest_len = h->rest.len;
	return 0;
}

/* A line that is not understood: what it would be, and what is wrong with it. */
static int take_stranger(struct parser *p, struct text line, const struct perf_header *h)
{
	bool indented = is_blank(line.at[0]);
	char shown[48];
	int err;

	if (p->place == SKIPPED && indented) { /* a frame of what is skipped */
		p->skipped++;
		return 0;
	}
	if (p->place == SAMPLE && indented && (p->nr_frames || !p->rest_len))
		return skip_line(p, p->r->line,
				 "'%s' is neither a frame, 'address symbol (file)', nor a sample "
				 "(fields behind the frames, like phys_addr, insn or brstack, have "
				 "to go)",
				 text_shown(text_trim(line), shown, sizeof(shown)));
	if (p->place == SAMPLE && !p->nr_frames) { /* that had a line of its own */
		err = end_sample(p, false);
		if (err)
			return err;
	}
	if (h->begins && h->stranger.len)
		return skip_line(p, p->r->line,
				 "'%s' is no field of perf script that stands here or that fold "
				 "knows",
				 text_shown(h->stranger, shown, sizeof(shown)));
	if (h->begins)
		return skip_line(p, p->r->line, "this sample has no event (perf script -F +event)");
	return skip_line(p, p->r->line,
			 "'%s' is neither perf script's 'thread pid [cpu] time: event:' nor folded "
			 "stacks",
			 text_shown(text_trim(line), shown, sizeof(shown)));
}

/* Frames stand behind a tab; where that was lost, the file or the offset has to be there. */
static int take_bare_frame(struct parser *p, struct text line)
{
	struct text t = text_trim(line);
	struct perf_frame f;

	if (!perf_frame_parse(t, &f) || !(f.file.len || f.has_offset))
		return NOT_A_FRAME;
	return add_frame(p, t);
}

/* A line that begins with no tab or does so outside a sample, and is not empty. */
static int take_other(struct parser *p, struct text line)
{
	struct perf_header h;
	int err = 0;

	if (perf_banner(line, &p->banner) || perf_source_code(line))
		return end_sample(p, false);
	if (perf_header_parse(line, &h)) {
		err = end_sample(p, false);
		return err ? err : begin_sample(p, &h);
	}
	if (line.at[0] == '#')
		return end_sample(p, false);
	if (text_begins(line, TEXT("PERF_RECORD_"))) {
		err = end_sample(p, false);
		p->place = RECORD;
		return err;
	}
	if (p->place == RECORD && is_blank(line.at[0]))
		return 0;
	if (p->place == SAMPLE) {
		if ((p->nr_frames || p->rest_len) && perf_source_line(line))
			return 0;
		err = take_bare_frame(p, line);
		if (err != NOT_A_FRAME)
			return err;
	}
	return take_stranger(p, line, &h);
}

static int take_line(struct parser *p, struct text line)
{
	static const struct perf_header none;
	struct text t;
	int err;

	if (p->place == SAMPLE && line.len && line.at[0] == '\t') {
		t = text_trim(line);
		if (!t.len)
			return end_sample(p, true);
		err = add_frame(p, t);
		return err == NOT_A_FRAME ? take_stranger(p, line, &none) : err;
	}
	if (!text_trim(line).len)
		return end_sample(p, true);
	return take_other(p, line);
}

/* "cycles (12), page-faults (3)", as much of it as there is room for. */
static void list_events(const struct parser *p, char *to, size_t size)
{
	size_t used = 0, i;
	char name[48];

	to[0] = '\0';
	for (i = 0; i < p->nr_events && used < size; i++)
		used += (size_t)snprintf(
			to + used, size - used, "%s%s (%" PRIu64 ")", i ? ", " : "",
			text_shown((struct text){p->events[i].name, strlen(p->events[i].name)},
				   name, sizeof(name)),
			p->events[i].samples);
}

static int check_events(const struct parser *p)
{
	char list[512];
	size_t i, j;

	list_events(p, list, sizeof(list));
	if (!p->o->nr_events && p->nr_events > 1) {
		complain("%s: samples of several events do not add up; choose with --event: %s",
			 p->r->name, list);
		return -EINVAL;
	}
	for (i = 0; i < p->o->nr_events; i++) {
		for (j = 0; j < p->nr_events && strcmp(p->events[j].name, p->o->events[i]);)
			j++;
		if (j == p->nr_events && j) {
			complain("%s: no sample is of event '%s'; there are: %s", p->r->name,
				 p->o->events[i], list);
			return -ENOENT;
		}
	}
	return 0;
}

/* Not all was understood. Less than half of the samples would be no picture of anything. */
static int check_skipped(const struct parser *p)
{
	struct reader at = *p->r;

	if (!p->skipped)
		return 0;
	at.line = p->first_skipped;
	if (p->lost > p->taken)
		return reader_error(&at, "%s", p->why);
	reader_error(&at, "%s: skipped, in all %" PRIu64 " line%s", p->why, p->skipped,
		     p->skipped == 1 ? "" : "s");
	return 1;
}

static int check_samples(const struct parser *p)
{
	int err;

	if (p->lost > p->taken)
		return check_skipped(p);
	err = check_events(p);
	if (err)
		return err;
	if (!p->nr_events) {
		complain("%s: there are no samples in it", p->r->name);
		return -ENOENT;
	}
	if (!p->s->nr)
		return selection_empty(p->r, p->sel);
	return check_skipped(p);
}

int perf_script_read(struct reader *r, struct stacks *s, const struct selection *sel,
		     const struct perf_options *o)
{
	struct parser p = {.r = r, .s = s, .sel = sel, .o = o};
	struct text line;
	int got;

	while ((got = reader_line(r, &line)) > 0) {
		got = take_line(&p, line);
		if (got < 0)
			break;
	}
	if (!got)
		got = end_sample(&p, false);
	if (!got)
		got = check_samples(&p);
	while (p.nr_events)
		free(p.events[--p.nr_events].name);
	free(p.events);
	names_free(&p.written);
	free(p.seen);
	free(p.frames);
	free(p.rest);
	free(p.scratch);
	free(p.d.frames);
	return got;
}
