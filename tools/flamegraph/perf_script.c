// SPDX-License-Identifier: GPL-2.0-only
#include "perf_script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WORDS  16	 /* of a header; a thread's name has 15 characters, so 8 words at most */
#define MOST_EVENTS 4096 /* a kernel has some 2,000 tracepoints */
#define MOST_SEEN   (1 << 15)

/* A line that begins a sample. */
struct header {
	struct text comm, event;
	struct text rest; /* behind the event: a frame of a sample without its callers, or less */
	uint64_t period;
	bool has_period;
};

struct event {
	char *name;
	uint64_t samples;
};

struct parser {
	struct reader *r;
	struct stacks *s;
	const struct selection *sel;
	const struct perf_options *o;
	struct draft d; /* the sample's frames, the innermost first, its thread's name last */
	bool inside;	/* in a sample */
	bool wanted;	/* of an event that counts */
	int64_t comm;	/* the name of its thread */
	uint64_t weight;
	char *scratch; /* a name that is not in the text as it is wanted */
	size_t scratch_room;
	struct names seen; /* frames as they are written */
	uint32_t seen_names[MOST_SEEN];
	struct event events[MOST_EVENTS];
	size_t nr_events;
};

static int failed(const struct parser *p, int err)
{
	complain("%s: %s", p->r->name, strerror(-err));
	return err;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trim(struct text t)
{
	while (t.len && is_blank(t.at[0]))
		t = text_from(t, 1);
	while (t.len && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

/* Take the first word off @t, which does not begin with a blank afterwards. */
static struct text next_word(struct text *t)
{
	struct text word = *t;

	for (word.len = 0; word.len < t->len && !is_blank(t->at[word.len]);)
		word.len++;
	*t = trim(text_from(*t, word.len));
	return word;
}

/* Is @t made of decimal digits and of the characters of @more? */
static bool only_of(struct text t, const char *more)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if ((t.at[i] < '0' || t.at[i] > '9') && !strchr(more, t.at[i]))
			return false;
	return t.len > 0;
}

static bool begins_with(struct text t, struct text with)
{
	return t.len >= with.len && !memcmp(t.at, with.at, with.len);
}

static bool text_is(struct text t, struct text with)
{
	return t.len == with.len && begins_with(t, with);
}

/* "4712" or "4712/4713"; -1 is a task that is gone. */
static bool is_pid(struct text t)
{
	return only_of(t, "/-");
}

static bool is_cpu(struct text t)
{
	return t.len > 2 && t.at[0] == '[' && t.at[t.len - 1] == ']' &&
	       only_of((struct text){t.at + 1, t.len - 2}, "");
}

static bool is_time(struct text t)
{
	return t.len > 1 && t.at[t.len - 1] == ':' && only_of((struct text){t.at, t.len - 1}, ".");
}

/* What follows the process: "[cpu] time: period event:", each but the event if perf printed it.
 * Returns the number of the event's word, -1 if this is something else. */
static int parse_after_pid(const struct text *words, int at, int nr, struct header *h)
{
	struct text event;

	if (at < nr && is_cpu(words[at]))
		at++;
	if (at < nr && is_time(words[at]))
		at++;
	h->has_period = at < nr && !text_number(words[at], &h->period);
	at += h->has_period;
	if (at == nr)
		return -1;
	event = words[at];
	if (begins_with(event, TEXT("PERF_RECORD_"))) {
		h->event.len = 0;
		return at;
	}
	if (event.len < 2 || event.at[event.len - 1] != ':' || is_time(event))
		return -1;
	h->event = (struct text){event.at, event.len - 1};
	return at;
}

/* A thread's name may have spaces and numbers in it: the process is the first number behind which
 * everything else reads as it should. */
static bool parse_header(struct text line, struct header *h)
{
	struct text words[MOST_WORDS], t = trim(line), whole = t;
	int nr = 0, pid, event;

	*h = (struct header){0};
	while (t.len && nr < MOST_WORDS)
		words[nr++] = next_word(&t);
	for (pid = 1; pid < nr; pid++) {
		if (!is_pid(words[pid]))
			continue;
		event = parse_after_pid(words, pid + 1, nr, h);
		if (event < 0)
			continue;
		h->comm = trim((struct text){whole.at, (size_t)(words[pid].at - whole.at)});
		h->rest = trim(
			text_from(whole, (size_t)(words[event].at + words[event].len - whole.at)));
		return true;
	}
	return false;
}

bool perf_script_begins(struct text line)
{
	struct header h;

	return parse_header(line, &h) && !memchr(h.comm.at, ';', h.comm.len);
}

/* Take the " (file)" off the end of @t. The path may have brackets of its own. */
static struct text take_dso(struct text *t)
{
	struct text dso = {0};
	size_t at = t->len;
	int open = 0;

	if (!at || t->at[at - 1] != ')')
		return dso;
	do {
		at--;
		open += (t->at[at] == ')') - (t->at[at] == '(');
	} while (at && open);
	if (open || (at && t->at[at - 1] != ' '))
		return dso;
	dso = (struct text){t->at + at + 1, t->len - at - 2};
	*t = trim((struct text){t->at, at});
	return dso;
}

/* Take the "+0x1f" off the end of @t. */
static void drop_offset(struct text *t)
{
	size_t at = t->len;

	while (at && ((t->at[at - 1] >= '0' && t->at[at - 1] <= '9') ||
		      (t->at[at - 1] >= 'a' && t->at[at - 1] <= 'f')))
		at--;
	if (at > 3 && at < t->len && !memcmp(t->at + at - 3, "+0x", 3))
		t->len = at - 3;
}

static int scratch_put(struct parser *p, size_t *used, struct text t)
{
	if (grow(&p->scratch, &p->scratch_room, *used + t.len, 1))
		return -ENOMEM;
	memcpy(p->scratch + *used, t.at, t.len);
	*used += t.len;
	return 0;
}

/* The name of a function that has none: that of its file, in brackets. */
static int name_unknown(struct parser *p, struct text dso, size_t *used)
{
	const char *slash;

	if (!dso.len)
		dso = TEXT("[unknown]");
	if (dso.at[0] == '[')
		return scratch_put(p, used, dso);
	slash = memrchr(dso.at, '/', dso.len);
	if (slash && slash + 1 < dso.at + dso.len)
		dso = text_from(dso, (size_t)(slash + 1 - dso.at));
	if (scratch_put(p, used, TEXT("[")) || scratch_put(p, used, dso))
		return -ENOMEM;
	return scratch_put(p, used, TEXT("]"));
}

/* The number of a name, ';' replaced, for that stands between frames. */
static int64_t intern_name(struct parser *p, struct text t)
{
	size_t used = 0, i;
	int64_t name;

	if (memchr(t.at, ';', t.len)) {
		if (t.at != p->scratch && scratch_put(p, &used, t))
			return failed(p, -ENOMEM);
		for (i = 0; i < t.len; i++)
			if (p->scratch[i] == ';')
				p->scratch[i] = ':';
		t.at = p->scratch;
	}
	name = names_intern(&p->s->names, t);
	return name < 0 ? failed(p, (int)name) : name;
}

/* Addresses of a 64-bit kernel have their highest bit set. */
static bool is_kernel(struct text address, struct text dso)
{
	if (text_is(dso, TEXT("[vsyscall]")))
		return false;
	return (address.len == 16 && address.at[0] >= '8') ||
	       begins_with(dso, TEXT("[kernel.kallsyms]")) ||
	       begins_with(dso, TEXT("[guest.kernel.kallsyms]"));
}

/* The name of the function in "address symbol+offset (file)"; the file may be missing, and be
 * "inlined". */
static int64_t parse_frame(struct parser *p, struct text t)
{
	struct text address = next_word(&t), dso = take_dso(&t);
	size_t used = 0;
	int err = 0;

	if (!only_of(address, "abcdef"))
		return reader_error(p->r, "neither a frame, 'address symbol (file)', nor a sample");
	drop_offset(&t);
	if (!t.len || text_is(t, TEXT("[unknown]"))) {
		err = name_unknown(p, dso, &used);
		t = (struct text){p->scratch, used};
	}
	if (!err && p->o->mark_kernel && is_kernel(address, dso)) {
		if (!used)
			err = scratch_put(p, &used, t);
		if (!err)
			err = scratch_put(p, &used, TEXT("_[k]"));
		t = (struct text){p->scratch, used};
	}
	return err ? failed(p, err) : intern_name(p, t);
}

/* The same; most frames were seen before, to the byte. */
static int64_t recall_frame(struct parser *p, struct text t)
{
	size_t before;
	int64_t seen, name;

	if (p->seen.nr == MOST_SEEN)
		names_free(&p->seen);
	before = p->seen.nr;
	seen = names_intern(&p->seen, t);
	if (seen < 0)
		return failed(p, (int)seen);
	if ((size_t)seen < before)
		return p->seen_names[seen];
	name = parse_frame(p, t);
	if (name >= 0)
		p->seen_names[seen] = (uint32_t)name;
	return name;
}

static int push_frame(struct parser *p, int64_t name)
{
	if (name < 0)
		return (int)name;
	if (grow(&p->d.frames, &p->d.room, p->d.depth + 1, sizeof(*p->d.frames)))
		return failed(p, -ENOMEM);
	p->d.frames[p->d.depth++] = (uint32_t)name;
	return 0;
}

static int add_frame(struct parser *p, struct text t)
{
	return push_frame(p, recall_frame(p, t));
}

static int end_sample(struct parser *p)
{
	size_t i, j;
	int err;

	if (!p->inside)
		return 0;
	p->inside = false;
	if (!p->wanted)
		return 0;
	err = push_frame(p, p->comm);
	if (err)
		return err;
	for (i = 0, j = p->d.depth - 1; i < j; i++, j--) {
		uint32_t kept = p->d.frames[i];

		p->d.frames[i] = p->d.frames[j];
		p->d.frames[j] = kept;
	}
	err = draft_add(&p->d, p->s, p->sel, 0, p->weight, p->r);
	return err < 0 ? err : 0;
}

/* Count a sample of an event; 1 if it is wanted, 0 if not. */
static int count_event(struct parser *p, struct text event)
{
	size_t i;

	for (i = 0; i < p->nr_events; i++)
		if (text_is(event, (struct text){p->events[i].name, strlen(p->events[i].name)}))
			break;
	if (i == p->nr_events) {
		if (i == MOST_EVENTS)
			return reader_error(p->r, "more than %d events", MOST_EVENTS);
		p->events[i].name = strndup(event.at, event.len);
		if (!p->events[i].name)
			return failed(p, -ENOMEM);
		p->nr_events++;
	}
	p->events[i].samples++;
	for (i = 0; i < p->o->nr_events; i++)
		if (text_is(event, (struct text){p->o->events[i], strlen(p->o->events[i])}))
			return 1;
	return !p->o->nr_events;
}

static int begin_sample(struct parser *p, const struct header *h)
{
	struct text rest = h->rest;
	int wanted;

	if (!h->event.len) /* not a sample but a record of something else */
		return 0;
	wanted = count_event(p, h->event);
	if (wanted < 0)
		return wanted;
	if (wanted && p->o->by_period && !h->has_period)
		return reader_error(p->r, "this sample has no period");
	p->comm = intern_name(p, h->comm);
	if (p->comm < 0)
		return (int)p->comm;
	p->weight = p->o->by_period ? h->period : 1;
	p->wanted = wanted;
	p->inside = true;
	p->d.depth = 0;
	/* Without -g the only frame stands in the same line; text of a tracepoint is none. */
	if (rest.len && rest.at[rest.len - 1] == ')' && only_of(next_word(&rest), "abcdef")) {
		int err = add_frame(p, h->rest);

		return err ? err : end_sample(p);
	}
	return 0;
}

static int take_line(struct parser *p, struct text line)
{
	struct header h;
	int err;

	if (p->inside && line.len && line.at[0] == '\t')
		return add_frame(p, trim(line));
	if (!trim(line).len)
		return end_sample(p);
	if (parse_header(line, &h)) {
		err = end_sample(p);
		return err ? err : begin_sample(p, &h);
	}
	if (p->inside && line.at[0] == ' ')
		return add_frame(p, trim(line));
	return reader_error(p->r,
			    "neither perf script's 'thread pid [cpu] time: event:' nor folded "
			    "stacks");
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
		got = end_sample(&p);
	if (!got)
		got = check_events(&p);
	if (!got && !s->nr) {
		if (!p.nr_events) {
			complain("%s: there are no samples in it", r->name);
			got = -ENOENT;
		} else {
			got = selection_empty(r, sel);
		}
	}
	while (p.nr_events)
		free(p.events[--p.nr_events].name);
	names_free(&p.seen);
	free(p.scratch);
	free(p.d.frames);
	return got;
}
