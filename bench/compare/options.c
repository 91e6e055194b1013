// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/regression.h"
#include "common/result_file.h"
#include "race/race.h"

/* State of the parser. Defaults that depend on other options are set after the last one. */
struct parsing {
	struct compare_options *options;
	const struct option_words *own; /* NULL: of compare or race */
	bool quick, no_overhead, reps_given, processes_given, pin_given;
	int status;
};

enum {
	KEY_LAYOUT = 'l',
	KEY_ORDER = 'o',
	KEY_ENGINE = 'e',
	KEY_REPS = 'r',
	KEY_SCALE = 's',
	KEY_JSON = 'j',
	KEY_QUICK = 'q',
	KEY_VERBOSE = 'v',
	KEY_PROCESSES = 'p',
	KEY_LOCK = 256,
	KEY_TLB,
	KEY_FRAMES,
	KEY_NO_OVERHEAD,
	KEY_PIN,
	KEY_TRACE,
	KEY_REPORT,
	KEY_MAIL,
	KEY_FAIL_ABOVE,
	KEY_FORCE,
};

#define ORDER_HELP "how the reaper walks: see the list below"

/* Options of both commands. */
static const struct argp_option race_words[] = {
	{"layout", KEY_LAYOUT, "NAME|FILE", 0,
	 "an address space: a built-in one (see 'reapbench layouts'), /proc/PID/smaps text, or what "
	 "'reapbench capture' wrote",
	 0},
	{"lock", KEY_LOCK, "KIND", 0, "spinlock: see the list below (default: mcs)", 0},
	{"tlb", KEY_TLB, "MODE", 0,
	 "TLB shootdown: see the list below (default: that of this machine's architecture)", 0},
	{"frames", KEY_FRAMES, "RUNS", 0,
	 "the victim's page frames: measured (as a process gets them here, for root), by-size (as long "
	 "runs as a process of its size had elsewhere), consecutive, random, or in runs:N of N frames on "
	 "average (default: measured where that is possible, else by-size)",
	 0},
	{"pin", KEY_PIN, "CPU,CPU", 0,
	 "CPUs of the exiting task and of the reaper, or 'none' (default: the first two allowed)",
	 0},
	{"scale", KEY_SCALE, "K", 0, "multiply each layout by K (default: 1)", 0},
	{"force", KEY_FORCE, NULL, 0, "race although the two CPUs are busy", 0},
	{0},
};

/* Options of `compare` alone. */
static const struct argp_option compare_words[] = {
	{"order", KEY_ORDER, "LIST", 0, ORDER_HELP ", or several, separated by commas", 0},
	{"engine", KEY_ENGINE, "LIST", 0,
	 "the trees under the VMAs, one or more, separated by commas: maple, kernel, or as they were built (default: maple)",
	 0},
	{"processes", KEY_PROCESSES, "N", 0,
	 "run everything in N processes, one after the other (default: 8)", 0},
	{"no-overhead", KEY_NO_OVERHEAD, NULL, 0, "do not measure what the timing of locks costs",
	 0},
	{"reps", KEY_REPS, "N", 0, "repetitions of each row in each process (default: 3)", 0},
	{"json", KEY_JSON, "FILE", 0,
	 "write the figures to FILE; '-' is standard output, the text then goes to standard error",
	 0},
	{"trace", KEY_TRACE, NULL, 0,
	 "race 5 more rounds, in the first process, in which both tasks record where they are and what they wait for; "
	 "the trace goes beside the file of --json, as NAME.trace.gz",
	 0},
	{"report", KEY_REPORT, "DIR", 0,
	 "make a page with charts in DIR (see 'reapbench report'); implies --trace, and "
	 "--json DIR/result.json unless that is given",
	 0},
	{"quick", KEY_QUICK, NULL, 0,
	 "3 repetitions in each process, and the layouts android and one, unless other options say otherwise",
	 0},
	{"verbose", KEY_VERBOSE, NULL, 0, "all figures with their intervals too", 0},
	{"mail", KEY_MAIL, NULL, 0,
	 "instead of the tables, text of 72 columns for the cover letter of a patch", 0},
	{"fail-above", KEY_FAIL_ABOVE, "RATIO", 0,
	 "with several engines: exit with status 1 if wall or CPU time of one, over that of the "
	 "first, lies above RATIO with its whole interval",
	 0},
	{0},
};

/* Options of `race` alone. */
static const struct argp_option single_words[] = {
	{"order", KEY_ORDER, "ORDER", 0, ORDER_HELP, 0},
	{"engine", KEY_ENGINE, "ENGINE", 0,
	 "the tree under the VMAs: maple, kernel, or as they were built (default: maple)", 0},
	{"reps", KEY_REPS, "N", 0, "races (default: 11)", 0},
	{0},
};

static const char compare_doc[] =
	"Race an exiting task against the OOM reaper over an address space, with the reaper walking "
	"in different orders, and report what each order cost and how long the tasks waited."
	"\v--layout may be given more than once; without it, java, android, grid and one are raced. "
	"Without --order, the orders are solo, forward, reverse and reverse-fine. They are "
	"interleaved in each process, each repetition with a fresh victim. Exit status: 0 done, 1 failed, "
	"2 wrong usage, 130 interrupted (what was finished is reported).";

static const char race_doc[] =
	"Race over one layout in one order again and again, so that a profile holds one order only. "
	"A warm-up race comes first."
	"\v--layout and --order must be given, one of each. Exit status: 0 done, 1 failed, 2 wrong "
	"usage, 130 interrupted.";

/* The lists at the end of --help. They come from the tables, so a new entry appears by itself. */
static char *help_lists(int key, const char *text, void *input)
{
	const char *const *orders = race_orders();
	char *lists = NULL;
	size_t size;
	FILE *out;
	int i;

	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)text;
	out = open_memstream(&lists, &size);
	if (!out)
		return NULL;
	fputs("Orders:\n", out);
	for (i = 0; orders[i]; i++)
		fprintf(out, "  %-13s %s\n", orders[i], race_order_what((unsigned int)i));
	fputs("  EXIT/REAPER[+REAPER]...\n"
	      "                the exiting task in the order EXIT, and several reapers; behind each,\n"
	      "                @US: it begins so many microseconds later; *N: N of it:\n"
	      "                reverse/forward, reverse*2, forward@500, forward/solo\n",
	      out);
	fputs("Locks:\n", out);
	for (i = 0; i < NR_LOCK_KINDS; i++)
		fprintf(out, "  %-13s %s\n", lock_kind_info[i].name, lock_kind_info[i].help);
	fputs("TLB shootdowns:\n", out);
	for (i = 0; i < NR_TLB_MODES; i++)
		fprintf(out, "  %-13s %s\n", tlb_mode_info[i].name, tlb_mode_info[i].help);
	if (!fclose(out))
		return lists;
	free(lists);
	return NULL;
}

static bool engine_valid(const char *name)
{
	const char *const *engine;

	for (engine = race_engines(); *engine; engine++)
		if (!strcmp(*engine, name))
			return true;
	return false;
}

static error_t parse_lock(struct argp_state *state, const char *word, enum lock_kind *kind)
{
	const char *names[NR_LOCK_KINDS + 1] = {NULL};
	char all[256];
	int i;

	for (i = 0; i < NR_LOCK_KINDS; i++) {
		names[i] = lock_kind_info[i].name;
		if (strcmp(word, lock_kind_info[i].name))
			continue;
		*kind = (enum lock_kind)i;
		return 0;
	}
	words_join(all, sizeof(all), names);
	return words_usage(state, "--lock: no lock is called '%s' (there are: %s)", word, all);
}

static error_t parse_tlb(struct argp_state *state, const char *word, enum tlb_mode *mode)
{
	const char *names[NR_TLB_MODES + 1] = {NULL};
	char all[256];
	int i;

	for (i = 0; i < NR_TLB_MODES; i++) {
		names[i] = tlb_mode_info[i].name;
		if (strcmp(word, tlb_mode_info[i].name))
			continue;
		*mode = (enum tlb_mode)i;
		return 0;
	}
	words_join(all, sizeof(all), names);
	return words_usage(state, "--tlb: no mode is called '%s' (there are: %s)", word, all);
}

static error_t parse_frames(struct argp_state *state, const char *word, double *frames)
{
	const char *number = word + strlen("runs:");
	char *end;

	if (!strcmp(word, "consecutive")) {
		*frames = FRAMES_CONSECUTIVE;
		return 0;
	}
	if (!strcmp(word, "random")) {
		*frames = 1;
		return 0;
	}
	if (!strcmp(word, "measured")) {
		*frames = FRAMES_MEASURED;
		return 0;
	}
	if (!strcmp(word, "by-size")) {
		*frames = FRAMES_BY_SIZE;
		return 0;
	}
	/* strtod() also takes signs, exponents, hexadecimal numbers and words. */
	if (!strncmp(word, "runs:", strlen("runs:")) && !number[strspn(number, "0123456789.")]) {
		*frames = strtod(number, &end);
		if (!*end && *frames >= 1 && *frames <= FRAMES_RUN_MAX)
			return 0;
	}
	return words_usage(
		state,
		"--frames: '%s' is neither measured, by-size, consecutive, random, nor runs:N with N "
		"from 1 to %.0f",
		word, FRAMES_RUN_MAX);
}

static error_t add_defaults(struct argp_state *state, struct name_list *list,
			    const char *const *names, size_t nr)
{
	size_t i;

	if (list->nr)
		return 0;
	for (i = 0; i < nr; i++)
		if (name_list_add(list, names[i], strlen(names[i])))
			return words_no_memory(state);
	return 0;
}

/* Without --engine: the first there is. */
static error_t add_engine(struct argp_state *state, struct compare_options *o)
{
	if (!race_engines()[0]) {
		argp_failure(state, 1, 0, "this build contains no tree engine");
		return EINVAL;
	}
	return add_defaults(state, &o->engines, race_engines(), 1);
}

/* The orders that another command compares with. */
static error_t add_own_orders(struct argp_state *state, struct parsing *p)
{
	const char *const *orders = p->own->orders(p->own->input);
	size_t nr = 0;

	while (orders[nr])
		nr++;
	return add_defaults(state, &p->options->orders, orders, nr);
}

static error_t finish(struct argp_state *state, struct parsing *p)
{
	static const char *const layouts[] = {"java", "android", "grid", "one"};
	static const char *const quick_layouts[] = {"android", "one"};
	static const char *const orders[] = {"solo", "forward", "reverse", "reverse-fine"};
	struct compare_options *o = p->options;
	error_t err;

	if (o->report) {
		o->trace = true;
		if (!o->json && asprintf(&o->json, "%s/result.json", o->report) < 0) {
			o->json = NULL;
			return words_no_memory(state);
		}
		if (!strcmp(o->json, "-"))
			return words_usage(state,
					   "--report needs a result file: name one with --json");
	}
	if (o->trace && (!o->json || !strcmp(o->json, "-")))
		return words_usage(state,
				   "--trace: name a file with --json; the trace stands beside it");
	if (p->quick)
		err = add_defaults(state, &o->layouts, quick_layouts, 2);
	else
		err = add_defaults(state, &o->layouts, layouts, 4);
	if (!err && p->own)
		err = add_own_orders(state, p);
	if (!err)
		err = add_defaults(state, &o->orders, orders, 4);
	if (!err)
		err = add_engine(state, o);
	if (!err && o->fail_above > 0 && o->engines.nr < 2)
		return words_usage(state, "--fail-above: name at least two engines with --engine");
	if (!err && o->mail && o->verbose)
		return words_usage(state, "--mail and --verbose do not go together");
	if (!err && !p->pin_given)
		err = words_default_pin(state, o->cpu, &o->one_cpu);
	if (p->quick) {
		o->hold_reps = o->overhead_reps = o->trace_reps = COMPARE_QUICK_REPS;
		if (!p->reps_given)
			o->reps = COMPARE_QUICK_REPS;
		if (!p->processes_given)
			o->processes = COMPARE_QUICK_REPS;
	}
	if (p->no_overhead)
		o->overhead_reps = 0;
	/* Another command has other limits for what is not a race. */
	if (!err && !p->own && o->processes * o->reps > RESULT_MOST_REPS)
		return words_usage(state, "--processes %u with --reps %u: more than %d repetitions",
				   o->processes, o->reps, RESULT_MOST_REPS);
	return err;
}

/* Options that both commands read in the same way. */
static error_t parse_race_word(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	struct compare_options *o = p->options;

	switch (key) {
	case KEY_LAYOUT:
		if (!*arg)
			return words_usage(state, "--layout: an empty name");
		return name_list_add(&o->layouts, arg, strlen(arg)) ? words_no_memory(state) : 0;
	case KEY_ORDER:
		return words_list(state, &o->orders, arg, "order", race_order_valid, race_orders);
	case KEY_ENGINE:
		return words_list(state, &o->engines, arg, "engine", engine_valid, race_engines);
	case KEY_REPS:
		p->reps_given = true;
		return words_count(state, "reps", arg, COMPARE_MAX_REPS, &o->reps);
	case KEY_SCALE:
		return words_count(state, "scale", arg, COMPARE_MAX_SCALE, &o->scale);
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_LOCK:
		return parse_lock(state, arg, &o->lock);
	case KEY_TLB:
		return parse_tlb(state, arg, &o->tlb);
	case KEY_FRAMES:
		return parse_frames(state, arg, &o->frames);
	case KEY_PIN:
		p->pin_given = true;
		return words_pin(state, arg, o->cpu);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_compare_word(int key, char *arg, struct argp_state *state);

/* A command of somebody else: its own words first. */
static error_t parse_own_word(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	error_t err = p->own->parse(key, arg, state, p->own->input);

	return err == ARGP_ERR_UNKNOWN ? parse_compare_word(key, arg, state) : err;
}

static const struct argp race_word_argp = {.options = race_words, .parser = parse_race_word};
static const struct argp_child with_race_words[] = {{.argp = &race_word_argp}, {0}};

static error_t parse_compare_word(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	struct compare_options *o = p->options;

	switch (key) {
	case KEY_JSON:
		if (!*arg)
			return words_usage(state, "--json: an empty name");
		free(o->json);
		o->json = strdup(arg);
		return o->json ? 0 : words_no_memory(state);
	case KEY_TRACE:
		o->trace = true;
		return 0;
	case KEY_REPORT:
		if (!*arg)
			return words_usage(state, "--report: an empty name");
		free(o->report);
		o->report = strdup(arg);
		return o->report ? 0 : words_no_memory(state);
	case KEY_QUICK:
		p->quick = true;
		return 0;
	case KEY_VERBOSE:
		o->verbose = true;
		return 0;
	case KEY_PROCESSES:
		p->processes_given = true;
		return words_count(state, "processes", arg, COMPARE_MAX_PROCESSES, &o->processes);
	case KEY_NO_OVERHEAD:
		p->no_overhead = true;
		return 0;
	case KEY_MAIL:
		o->mail = true;
		return 0;
	case KEY_FAIL_ABOVE:
		if (!regression_limit(arg, &o->fail_above))
			return words_usage(state, "--fail-above: '%s' is not a ratio from 1 to 100",
					   arg);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = p;
		return 0;
	case ARGP_KEY_ARG:
		return words_usage(state, "'%s' is not an option", arg);
	case ARGP_KEY_END:
		return finish(state, p);
	default:
		return parse_race_word(key, arg, state);
	}
}

static error_t finish_single(struct argp_state *state, struct parsing *p)
{
	struct compare_options *o = p->options;
	error_t err = add_engine(state, o);

	if (err)
		return err;
	if (o->layouts.nr != 1)
		return words_usage(state, "--layout: %s", o->layouts.nr ? "only one" : "name one");
	if (o->orders.nr != 1)
		return words_usage(state, "--order: %s", o->orders.nr ? "only one" : "name one");
	if (o->engines.nr != 1)
		return words_usage(state, "--engine: only one");
	return p->pin_given ? 0 : words_default_pin(state, o->cpu, &o->one_cpu);
}

static error_t parse_single_word(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		return words_usage(state, "'%s' is not an option", arg);
	case ARGP_KEY_END:
		return finish_single(state, state->input);
	default:
		return parse_race_word(key, arg, state);
	}
}

/* The command line as it was given, for the JSON file. */
static char *join_command_line(int argc, char **argv)
{
	size_t size = 1, used = 0;
	char *line;
	int i;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = malloc(size);
	if (!line)
		return NULL;
	line[0] = '\0';
	for (i = 0; i < argc; i++)
		used += (size_t)sprintf(line + used, "%s%s", i ? " " : "", argv[i]);
	return line;
}

static int parse(struct compare_options *options, const struct option_words *own, unsigned int reps,
		 const struct argp *argp, int argc, char **argv)
{
	struct parsing p = {.options = options, .own = own};
	error_t err;

	memset(options, 0, sizeof(*options));
	options->processes = COMPARE_PROCESSES;
	options->reps = reps;
	options->hold_reps = COMPARE_HOLD_REPS;
	options->overhead_reps = COMPARE_OVERHEAD_REPS;
	options->trace_reps = COMPARE_TRACE_REPS;
	options->scale = 1;
	options->lock = LOCK_KIND_MCS;
	options->tlb = TLB_MODE_DEFAULT;
	options->frames = FRAMES_AUTO;
	options->cpu[ROLE_EXIT] = options->cpu[ROLE_REAPER] = -1;
	options->command_line = join_command_line(argc, argv);
	if (!options->command_line) {
		fprintf(stderr, "%s: out of memory\n", argv[0]);
		return 1;
	}

	argp_err_exit_status = 2;
	err = argp_parse(argp, argc, argv, 0, NULL, &p);
	if (!err)
		return 0;
	compare_options_free(options);
	return err == ENOMEM ? 1 : 2;
}

int compare_options_parse(struct compare_options *options, int argc, char **argv)
{
	const struct argp argp = {.options = compare_words,
				  .parser = parse_compare_word,
				  .doc = compare_doc,
				  .children = with_race_words,
				  .help_filter = help_lists};

	return parse(options, NULL, COMPARE_REPS, &argp, argc, argv);
}

int compare_options_parse_own(struct compare_options *options, const struct option_words *own,
			      int argc, char **argv)
{
	const struct argp argp = {.options = own->words,
				  .parser = parse_own_word,
				  .doc = own->doc,
				  .children = with_race_words,
				  .help_filter = help_lists};

	return parse(options, own, own->reps, &argp, argc, argv);
}

int race_command_options_parse(struct compare_options *options, int argc, char **argv)
{
	const struct argp argp = {.options = single_words,
				  .parser = parse_single_word,
				  .doc = race_doc,
				  .children = with_race_words,
				  .help_filter = help_lists};

	return parse(options, NULL, RACE_REPS, &argp, argc, argv);
}

static void put_word(struct compare_words *words, size_t *nr, size_t *used, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static void put_word(struct compare_words *words, size_t *nr, size_t *used, const char *format, ...)
{
	const size_t room = *used < sizeof(words->text) ? sizeof(words->text) - *used : 0;
	char *word = words->text + (room ? *used : 0);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(word, room, format, args);
	va_end(args);
	*used += (size_t)n + 1;
	if (*nr + 1 < sizeof(words->argv) / sizeof(words->argv[0]))
		words->argv[(*nr)++] = word;
	words->argv[*nr] = NULL;
}

static void put_list(struct compare_words *words, size_t *nr, size_t *used, const char *option,
		     const struct name_list *list)
{
	char all[256] = "";
	size_t length = 0;

	for (size_t i = 0; i < list->nr && length < sizeof(all); i++)
		length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%s", i ? "," : "",
					   list->names[i]);
	/* A list that is cut off is too long for the words as well. */
	put_word(words, nr, used, "--%s=%s", option, all);
	if (length >= sizeof(all))
		*used += sizeof(words->text);
}

int compare_options_words(const struct compare_options *o, struct compare_words *words)
{
	size_t nr = 0, used = 0;

	put_word(words, &nr, &used, "reapbench compare");
	put_list(words, &nr, &used, "order", &o->orders);
	put_list(words, &nr, &used, "engine", &o->engines);
	if (o->hold_reps == COMPARE_QUICK_REPS)
		put_word(words, &nr, &used, "--quick");
	if (!o->overhead_reps)
		put_word(words, &nr, &used, "--no-overhead");
	put_word(words, &nr, &used, "--reps=%u", o->reps);
	put_word(words, &nr, &used, "--processes=%u", o->processes);
	put_word(words, &nr, &used, "--lock=%s", lock_kind_info[o->lock].name);
	put_word(words, &nr, &used, "--tlb=%s", tlb_mode_info[o->tlb].name);
	if (o->frames == FRAMES_CONSECUTIVE)
		put_word(words, &nr, &used, "--frames=consecutive");
	else if (o->frames == FRAMES_MEASURED)
		put_word(words, &nr, &used, "--frames=measured");
	else if (o->frames == FRAMES_BY_SIZE)
		put_word(words, &nr, &used, "--frames=by-size");
	else if (o->frames != FRAMES_AUTO)
		put_word(words, &nr, &used, "--frames=runs:%.17g", o->frames);
	if (o->cpu[ROLE_EXIT] >= 0)
		put_word(words, &nr, &used, "--pin=%d,%d", o->cpu[ROLE_EXIT], o->cpu[ROLE_REAPER]);
	else if (!o->one_cpu)
		put_word(words, &nr, &used, "--pin=none");
	if (o->force)
		put_word(words, &nr, &used, "--force");
	return used > sizeof(words->text) ? -ENAMETOOLONG : 0;
}

void compare_options_warn(const struct compare_options *options, const char *program)
{
	if (options->one_cpu)
		fprintf(stderr,
			"%s: warning: only one CPU may be used here: the two tasks cannot run at the "
			"same time, and their waits say nothing\n",
			program);
	for (size_t i = 0; !options->one_cpu && i < options->orders.nr; i++) {
		struct race_actor_info infos[RACE_ACTORS_MAX];
		const unsigned int nr = race_actors(options->orders.names[i], options->cpu, infos);

		if (nr && options->cpu[ROLE_EXIT] >= 0 && infos[nr - 1].cpu < 0)
			fprintf(stderr,
				"%s: warning: order %s has %u tasks, and there are fewer CPUs: they "
				"take turns, and their waits say little\n",
				program, options->orders.names[i], nr);
	}
}

void compare_options_free(struct compare_options *options)
{
	name_list_clear(&options->layouts);
	name_list_clear(&options->orders);
	name_list_clear(&options->engines);
	free(options->report);
	free(options->json);
	free(options->command_line);
	memset(options, 0, sizeof(*options));
}
