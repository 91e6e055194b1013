// SPDX-License-Identifier: GPL-2.0-only
#include "perf_header.h"

/* A thread's name has 8 words at most; all else is 12. */
#define MOST_WORDS 24

#define MOST_COMM 15 /* bytes of a thread's name */

/* The narrowest columns of a number with the blank before it, as perf prints them. */
#define PID_COLUMNS    6
#define PERIOD_COLUMNS 11

/* The words of a line, as far as they were asked for. */
struct words {
	struct text at[MOST_WORDS];
	int nr;
	const char *begin, *end, *rest;
};

static bool next_word(struct words *w)
{
	const char *at = w->rest, *word;

	while (at < w->end && is_blank(*at))
		at++;
	w->rest = at;
	if (at == w->end || w->nr == MOST_WORDS)
		return false;
	for (word = at; at < w->end && !is_blank(*at);)
		at++;
	w->at[w->nr++] = (struct text){word, (size_t)(at - word)};
	w->rest = at;
	return true;
}

/* Is there a word with this number? */
static inline bool has_word(struct words *w, int number)
{
	return number < w->nr || next_word(w);
}

/* From the end of the word before to the end of this one. */
static size_t columns(const struct words *w, int word)
{
	const char *end = w->at[word].at + w->at[word].len;

	if (!word)
		return (size_t)(end - w->begin) + 1;
	return (size_t)(end - w->at[word - 1].at) - w->at[word - 1].len;
}

/* Take digits off @t; how many. */
static size_t take_digits(struct text *t)
{
	size_t nr = 0;

	while (nr < t->len && is_digit(t->at[nr]))
		nr++;
	*t = text_from(*t, nr);
	return nr;
}

static bool take(struct text *t, struct text what)
{
	if (!text_begins(*t, what))
		return false;
	*t = text_from(*t, what.len);
	return true;
}

static bool is_number(struct text t)
{
	return take_digits(&t) && !t.len;
}

/* "4712" or "4712/4713"; -1 is a task that is gone. */
static bool is_pid(struct text t)
{
	take(&t, TEXT("-"));
	if (!take_digits(&t))
		return false;
	if (take(&t, TEXT("/"))) {
		take(&t, TEXT("-"));
		if (!take_digits(&t))
			return false;
	}
	return !t.len;
}

/* "[003]"; "[-01]" if it is not known. */
static bool is_cpu(struct text t)
{
	if (!take(&t, TEXT("[")))
		return false;
	take(&t, TEXT("-"));
	return take_digits(&t) && text_is(t, TEXT("]"));
}

/* One letter for the mode, and what else perf knows of the record. */
static bool is_mode(struct text t)
{
	bool any;

	if (t.len > 3)
		return false;
	any = t.len && strchr("KUHGg", t.at[0]);
	if (any)
		t = text_from(t, 1);
	if (take(&t, TEXT("M")) || take(&t, TEXT("E")))
		any = true;
	else if (take(&t, TEXT("S"))) {
		any = true;
		take(&t, TEXT("p"));
	}
	return any && !t.len;
}

static bool is_date(struct text t)
{
	return t.len == 10 && take_digits(&t) == 4 && take(&t, TEXT("-")) && take_digits(&t) == 2 &&
	       take(&t, TEXT("-")) && take_digits(&t) == 2 && !t.len;
}

static bool is_clock(struct text t)
{
	return take_digits(&t) == 2 && take(&t, TEXT(":")) && take_digits(&t) == 2 &&
	       take(&t, TEXT(":")) && take_digits(&t) == 2 && take(&t, TEXT(".")) &&
	       take_digits(&t) && !t.len;
}

static bool is_time(struct text t)
{
	return t.len && t.at[t.len - 1] == ':' && take_digits(&t) && take(&t, TEXT(".")) &&
	       take_digits(&t) && t.len == 1;
}

/* A name with a colon behind it, and not only a number. */
static bool is_event(struct text t)
{
	size_t i;

	if (t.len < 2 || t.at[t.len - 1] != ':')
		return false;
	for (i = 0; i < t.len; i++)
		if (!is_digit(t.at[i]) && t.at[i] != '.' && t.at[i] != ':')
			return true;
	return false;
}

/* How sure it is that a number is the process. */
enum {
	IN_COLUMN = 1,
	BEFORE_TIME = 2,
};

/*
 * Read what follows the process, and say how sure the process is. Returns the number of the event's
 * word; -1 if something else stands there.
 */
static int parse_after_pid(struct words *w, int pid, struct perf_header *h, int *sure)
{
	bool timed = false;
	int at = pid + 1;

	if (has_word(w, at) && is_cpu(w->at[at])) {
		timed = true;
		at++;
	}
	if (has_word(w, at) && is_mode(w->at[at]))
		at++;
	if (has_word(w, at) && is_date(w->at[at]) && has_word(w, at + 1) &&
	    is_clock(w->at[at + 1])) {
		timed = true;
		at += 2;
	}
	if (has_word(w, at) && is_time(w->at[at])) {
		timed = true;
		at++;
	}
	*sure = (columns(w, pid) >= PID_COLUMNS ? IN_COLUMN : 0) | (timed ? BEFORE_TIME : 0);
	h->period = (struct text){0};
	h->doubtful = false;
	if (has_word(w, at) && is_number(w->at[at])) {
		bool placed = columns(w, at) >= PERIOD_COLUMNS;

		h->period = w->at[at];
		/* Two numbers and nothing else: their columns say which they are. */
		if (!timed && !placed && columns(w, at) >= PID_COLUMNS)
			return -1;
		h->doubtful = !timed && (!placed || !(*sure & IN_COLUMN));
		at++;
	}
	if (has_word(w, at) &&
	    (is_event(w->at[at]) || text_begins(w->at[at], TEXT("PERF_RECORD_"))))
		return at;
	/* The attempt that gets further is more of a header. */
	if (!h->begins || (has_word(w, at) && w->at[at].at > h->stranger.at))
		h->stranger = has_word(w, at) ? w->at[at] : (struct text){0};
	h->begins = true;
	return -1;
}

static struct text between(const char *begin, const char *end)
{
	return text_trim((struct text){begin, (size_t)(end - begin)});
}

/* The words of a guest's machine before the thread's name. */
static int guest_words(struct words *w)
{
	struct text vm;
	int nr = 0;

	if (!has_word(w, 0))
		return 0;
	vm = w->at[0];
	if (!take(&vm, TEXT("VM:")))
		return 0;
	if (is_number(vm))
		nr = 1;
	else if (!vm.len && has_word(w, 1) && is_number(w->at[1]))
		nr = 2;
	if (nr && has_word(w, nr)) {
		vm = w->at[nr];
		nr += take(&vm, TEXT("VCPU:")) && is_number(vm);
	}
	return nr;
}

/* Fill in the header when the words of the process and of the event are known. */
static void fill_in(struct text line, const struct words *w, int first, int pid, int event,
		    struct perf_header *h)
{
	const char *begin = w->at[first].at, *behind = w->at[event].at + w->at[event].len;

	h->comm = between(begin, w->at[pid].at);
	if (h->doubtful)
		h->longer = between(begin, h->period.at);
	h->event = (struct text){w->at[event].at, w->at[event].len - 1};
	if (text_begins(h->event, TEXT("PERF_RECORD_")))
		h->event.len = 0;
	h->rest = text_from(line, (size_t)(behind - line.at));
}

/* The same where the thread's name begins at a word. */
static bool parse_from(struct text line, struct words *w, int first, struct perf_header *h)
{
	int pid, event, sure, surest = -1;
	struct perf_header best;

	for (pid = first; has_word(w, pid); pid++) {
		if (is_time(w->at[pid]) ||
		    (pid > first && is_cpu(w->at[pid]) && is_pid(w->at[pid - 1])))
			break;
		if (surest >= 0 && between(w->at[first].at, w->at[pid].at).len > MOST_COMM)
			break;
		if (!is_pid(w->at[pid]))
			continue;
		event = parse_after_pid(w, pid, h, &sure);
		if (event < 0 || sure <= surest)
			continue;
		fill_in(line, w, first, pid, event, h);
		if (sure == (IN_COLUMN | BEFORE_TIME))
			return true;
		surest = sure;
		best = *h;
	}
	if (surest >= 0)
		*h = best;
	return surest >= 0;
}

bool perf_header_parse(struct text line, struct perf_header *h)
{
	struct words w;
	int guest;

	*h = (struct perf_header){0};
	w.nr = 0;
	w.begin = line.at;
	w.rest = line.at;
	w.end = line.at + line.len;
	guest = guest_words(&w);
	/* A thread of the host may also be called VM:; a guest's thread has another name. */
	if (guest && parse_from(line, &w, guest, h) && h->comm.len)
		return true;
	return parse_from(line, &w, 0, h);
}

bool perf_banner(struct text line, bool *inside)
{
	bool ends = text_begins(line, TEXT("# ====="));

	*inside = line.at[0] == '#' && *inside != ends;
	return ends || *inside;
}

bool perf_event_has_text(struct text event)
{
	const char *colon = memchr(event.at, ':', event.len);
	struct text name;
	size_t i;

	if (text_is(event, TEXT("bpf-output")))
		return true;
	if (!colon || memchr(event.at, '/', event.len))
		return false;
	name = text_from(event, (size_t)(colon + 1 - event.at));
	if (!name.len || is_digit(name.at[0])) /* an address, of a breakpoint */
		return false;
	/* Behind the colon of any other event stand letters that modify it. */
	for (i = 0; i < name.len; i++)
		if (!strchr("ukhGHpPSDWeIbR", name.at[i]))
			return true;
	return false;
}
