// SPDX-License-Identifier: GPL-2.0-only
#include "replay.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/format.h"
#include "live_child.h"
#include "race/race_victim.h"
#include "trace.h"
#include "vma/vm_flags.h"

#define PAGE 4096UL

/* Addresses from start to end, exclusive. */
struct range {
	unsigned long start, end;
};

struct replay {
	const char *program, *path;
	const struct engine *engine;
	bool maps, with_child;

	struct call_trace trace;
	struct victim *victim;
	struct live_child child; /* with --live */
	struct range *touched;	 /* by calls so far: what is there is the trace's own doing */
	size_t nr_touched;
	bool base_known, brk_known;
	int fd, file;  /* the last descriptor, and the number of its file */
	size_t before; /* ranges that were mapped before the trace began */
	size_t same;
	size_t skipped_brk; /* by the real process, whose heap cannot be moved */
	int status;
	int err; /* of the real process */
};

static unsigned long round_up(unsigned long bytes)
{
	return (bytes + PAGE - 1) & ~(PAGE - 1);
}

static void put_area(const struct vm_area_info *a, void *arg)
{
	fprintf(arg, "  %012lx-%012lx %c%c%c%c %08lx%s\n", a->start, a->end,
		a->vm_flags & VM_READ ? 'r' : '-', a->vm_flags & VM_WRITE ? 'w' : '-',
		a->vm_flags & VM_EXEC ? 'x' : '-', a->vm_flags & VM_SHARED ? 's' : 'p',
		a->file ? a->offset : 0, a->file ? " file" : "");
}

/* The parts of a range that have no VMA. */
struct gaps {
	struct range all;
	unsigned long next; /* what is below has a VMA or is in the list */
	struct range list[64];
	size_t nr;
};

static void add_gap(struct gaps *g, unsigned long end)
{
	if (g->next < end && g->nr < 64)
		g->list[g->nr++] = (struct range){g->next, end};
}

static void find_gap(const struct vm_area_info *a, void *arg)
{
	struct gaps *g = arg;

	if (a->end <= g->next || a->start >= g->all.end)
		return;
	add_gap(g, a->start);
	g->next = a->end;
}

static bool was_touched(const struct replay *r, struct range range)
{
	for (size_t i = 0; i < r->nr_touched; i++)
		if (r->touched[i].start < range.end && range.start < r->touched[i].end)
			return true;
	return false;
}

static void touch(struct replay *r, unsigned long start, unsigned long bytes)
{
	r->touched[r->nr_touched++] = (struct range){start, start + round_up(bytes)};
}

/* The same in the real process, if there is one. Return: false if there is none to ask. */
static bool call_live(struct replay *r, const struct vm_call *call, long *result)
{
	if (!r->with_child || r->err)
		return false;
	if (call->kind == VM_CALL_BRK && !r->child.heap_movable) {
		r->skipped_brk++;
		return false;
	}
	r->err = live_child_call(&r->child, call, result);
	return !r->err;
}

static void set_limits(struct replay *r, unsigned long mmap_base, unsigned long brk)
{
	r->engine->set_limits(r->victim, mmap_base, brk, 0);
	if (r->with_child && !r->err)
		r->err = live_child_set_limits(&r->child, mmap_base, brk);
}

/* What the program and its loader had when the trace began is not in the trace. */
static void map_what_was_there(struct replay *r, unsigned long start, unsigned long bytes)
{
	struct gaps g = {.all = {start & ~(PAGE - 1), (start & ~(PAGE - 1)) + round_up(bytes)}};
	struct vm_call call = {.kind = VM_CALL_MMAP, .file = -1};
	long ignored;

	g.next = g.all.start;
	r->engine->areas(r->victim, find_gap, &g);
	add_gap(&g, g.all.end);
	for (size_t i = 0; i < g.nr; i++) {
		if (was_touched(r, g.list[i]))
			continue;
		call.arg[0] = g.list[i].start;
		call.arg[1] = g.list[i].end - g.list[i].start;
		call.arg[2] = PROT_READ | PROT_WRITE | PROT_EXEC;
		call.arg[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
		r->before += r->engine->call(r->victim, &call) >= 0;
		/* What fills the real process may be in the way. */
		call.arg[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
		call_live(r, &call, &ignored);
	}
}

/* Give ours what the process knew already: where it maps, where its heap is, what was mapped. */
static void prepare(struct replay *r, const struct traced_call *t)
{
	const unsigned long *arg = t->call.arg;

	switch (t->call.kind) {
	case VM_CALL_MMAP:
		if (!r->base_known && !arg[0] && t->result > 0) {
			set_limits(r, (unsigned long)t->result + round_up(arg[1]), 0);
			r->base_known = true;
		}
		break;
	case VM_CALL_BRK:
		if (!r->brk_known)
			set_limits(r, 0, (unsigned long)t->result);
		r->brk_known = true;
		break;
	case VM_CALL_MUNMAP:
		break;
	default:
		if (t->result >= 0)
			map_what_was_there(r, arg[0], arg[1]);
	}
}

static void remember(struct replay *r, const struct traced_call *t)
{
	const unsigned long *arg = t->call.arg;

	if (t->result < 0)
		return;
	if (t->call.kind == VM_CALL_MMAP)
		touch(r, (unsigned long)t->result, arg[1]);
	else if (t->call.kind == VM_CALL_MREMAP)
		touch(r, (unsigned long)t->result, arg[2]);
	else if (t->call.kind == VM_CALL_MUNMAP)
		touch(r, arg[0], arg[1]);
}

static struct vm_call with_file(struct replay *r, struct vm_call call)
{
	if (call.kind != VM_CALL_MMAP || call.file < 0 || call.arg[3] & MAP_ANONYMOUS) {
		call.file = -1;
		return call;
	}
	/* A descriptor at its offset 0 is a file that was opened anew. */
	if (call.file != r->fd || !call.arg[5])
		r->file++;
	r->fd = call.file;
	call.file = r->file;
	return call;
}

static const char *result_text(char text[48], long result)
{
	if (result < 0 && result > -4096)
		snprintf(text, 48, "-1 %s", strerrorname_np((int)-result));
	else
		snprintf(text, 48, result ? "0x%lx" : "%lx", (unsigned long)result);
	return text;
}

/* @live: what the real process says; that of the trace if there is none. */
static void put_difference(const struct replay *r, size_t i, long ours, long live)
{
	const struct traced_call *t = &r->trace.calls[i];
	char text[3][48];

	printf("%s:%zu: after %zu calls that returned the same:\n  ", r->path, t->line, r->same);
	put_plain(stdout, r->trace.lines[i]);
	printf("\nreturned %s there, and %s here", result_text(text[0], t->result),
	       result_text(text[1], ours));
	if (r->with_child)
		printf("; on the running kernel %s", result_text(text[2], live));
	puts(".");
}

static void put_maps(struct replay *r)
{
	printf("%s:\n", r->with_child ? "Our address space" : "The address space");
	r->engine->areas(r->victim, put_area, stdout);
	if (!r->with_child || r->err)
		return;
	puts("That of the real process:");
	r->err = live_child_maps(&r->child, put_area, stdout);
}

/* Both lists of areas, as text. */
static bool maps_differ(struct replay *r)
{
	char *text[2] = {NULL, NULL};
	size_t size;
	bool differ;

	for (int i = 0; i < 2; i++) {
		FILE *out = open_memstream(&text[i], &size);

		if (!out)
			r->err = -ENOMEM;
		else if (!i)
			r->engine->areas(r->victim, put_area, out);
		else
			r->err = live_child_maps(&r->child, put_area, out);
		if (out)
			fclose(out);
	}
	differ = !r->err && text[0] && text[1] && strcmp(text[0], text[1]) != 0;
	free(text[0]);
	free(text[1]);
	return differ;
}

/* How many files the calls map, as with_file() counts them. */
static int count_files(const struct replay *r)
{
	struct replay copy = {.fd = -1};

	for (size_t i = 0; i < r->trace.nr; i++)
		with_file(&copy, r->trace.calls[i].call);
	return copy.file;
}

static void replay_calls(struct replay *r)
{
	for (size_t i = 0; i < r->trace.nr; i++) {
		const struct traced_call *t = &r->trace.calls[i];
		struct vm_call call;
		long ours, live = t->result;

		prepare(r, t);
		if (t->call.kind == TRACE_BEFORE)
			continue;
		call = with_file(r, t->call);
		ours = r->engine->call(r->victim, &call);
		call_live(r, &call, &live);
		if (r->err)
			break;
		if (ours != t->result || live != t->result) {
			put_difference(r, i, ours, live);
			r->status = 1;
			break;
		}
		r->same++;
		remember(r, t);
	}
	if (!r->err && !r->status && r->with_child && maps_differ(r)) {
		printf("%s: %zu calls return the same, but the areas at the end differ\n", r->path,
		       r->same);
		r->status = 1;
	}
	if (!r->err && (r->maps || r->status))
		put_maps(r);
	if (r->err || r->status)
		return;
	printf("%s: %zu calls, all return the same%s; %zu other lines, %zu ranges were mapped "
	       "before it began\n",
	       r->path, r->same,
	       r->with_child ? ", also on the running kernel, and the areas are the same" : "",
	       r->trace.skipped, r->before);
	if (r->skipped_brk)
		printf("%zu calls of brk() were not made there: its heap cannot be moved\n",
		       r->skipped_brk);
}

/* A process without a VMA, on a machine with some memory for what calls fault in. */
static int replay_registered(void *arg, char *err, size_t errlen)
{
	const struct machine_size size = {.pages = 1 << 18, .map_pages = 1 << 18, .cpus = 1};
	const struct layout empty = {.name = "empty"};
	struct replay *r = arg;
	struct pglist_data *pgdat = NULL;
	int ret = r->engine->init();

	if (!ret)
		pgdat = r->engine->machine_create(&size);
	if (pgdat)
		r->victim = r->engine->build(pgdat, &empty, &ret, err, errlen);
	if (!r->victim) {
		snprintf(err, errlen, "out of memory");
		r->engine->machine_destroy(pgdat);
		return -ENOMEM;
	}
	replay_calls(r);
	if (r->err)
		fprintf(stderr, "%s: the real process: %s\n", r->program, strerror(-r->err));
	r->status |= r->err != 0;
	/* It dies, and everything has to come back. */
	r->engine->exit_task(r->victim, NULL);
	ret = r->engine->destroy(r->victim, NULL, err, errlen) &&
			      r->engine->machine_check(pgdat, err, errlen)
		      ? 0
		      : -EUCLEAN;
	r->engine->machine_destroy(pgdat);
	return ret;
}

static int run(struct replay *r)
{
	struct error_text error;
	char err[256] = "";

	if (call_trace_read(r->path, &r->trace, &error)) {
		fprintf(stderr, "%s: %s\n", r->program, error.text);
		return 1;
	}
	r->touched = calloc(r->trace.nr, sizeof(*r->touched));
	if (r->with_child && live_child_start(&r->child, count_files(r), &error)) {
		fprintf(stderr, "%s: %s\n", r->program, error.text);
		free(r->touched);
		call_trace_free(&r->trace);
		return 1;
	}
	if (!r->touched)
		snprintf(err, sizeof(err), "out of memory");
	else if (!race_registered(LOCK_KIND_MCS, replay_registered, r, err, sizeof(err)))
		err[0] = '\0';
	if (*err) {
		fprintf(stderr, "%s: %s\n", r->program, err);
		r->status = 1;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: writing: %s\n", r->program, strerror(errno));
		r->status = 1;
	}
	if (r->with_child)
		live_child_end(&r->child);
	free(r->touched);
	call_trace_free(&r->trace);
	return r->status;
}

enum { KEY_ENGINE = 1000, KEY_MAPS, KEY_LIVE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay *r = state->input;

	switch (key) {
	case KEY_ENGINE:
		r->engine = race_engine_find(arg);
		if (!r->engine)
			argp_error(state, "--engine: no engine is called '%s'", arg);
		return 0;
	case KEY_MAPS:
		r->maps = true;
		return 0;
	case KEY_LIVE:
		r->with_child = true;
		return 0;
	case ARGP_KEY_ARG:
		if (r->path)
			argp_error(state, "one file at a time: '%s' is too many", arg);
		r->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a file with calls");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int replay_main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"engine", KEY_ENGINE, "NAME", 0, "the tree (default: the first there is)", 0},
		{"live", KEY_LIVE, NULL, 0, "also do the calls in a real process, and compare that",
		 0},
		{"maps", KEY_MAPS, NULL, 0, "print the address space at the end", 0},
		{0},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Do the mmap(), munmap(), mprotect(), mremap(), madvise(), mlock() and brk() "
		       "calls of a file on an address space of ours, and compare what they return."
		       "\vFILE has a call on each line, as 'strace -e trace=memory' prints them. "
		       "Exit status: 0 every call returned the same, 1 one did not or something "
		       "failed, 2 wrong usage.",
	};
	struct replay r = {.program = argv[0], .engine = engines[0], .fd = -1};

	if (argc == 2 && !strcmp(argv[1], LIVE_CHILD_WORD))
		return live_child_main();
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &r))
		return 1;
	return run(&r);
}
