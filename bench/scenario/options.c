// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engines/engine.h"
#include "scenarios.h"

enum {
	KEY_POLICY = 1000,
	KEY_FREEZER,
	KEY_DELAY,
	KEY_AFTER,
	KEY_ORDER,
	KEY_ENGINE,
	KEY_SCALE,
	KEY_PIN,
	KEY_REPORT,
	KEY_LIVE,
	KEY_NO_LIVE,
	KEY_POOL,
	KEY_PROCESSES,
	KEY_BACKGROUND,
	KEY_SECONDS,
};

/* An option, and the bit of the commands that have it; 0: all. */
static const struct {
	unsigned int word;
	struct argp_option option;
} all_options[] = {
	{WORD_VICTIM, {"layout", 'l', "NAME|FILE", 0, "the victim's address space", 0}},
	{WORD_VICTIM, {"scale", KEY_SCALE, "N", 0, "multiply the layout (default: 1)", 0}},
	{WORD_VICTIM, {"threads", 't', "N", 0, "threads of the victim, from 1 to 256", 0}},
	{WORD_POLICY,
	 {"policy", KEY_POLICY, "LIST", 0, "ways to thaw a victim, with commas between", 0}},
	{WORD_FREEZER,
	 {"freezer", KEY_FREEZER, "WHO", 0,
	  "who has frozen the victim: 'cgroup' (version 1, the default) or 'suspend'", 0}},
	{WORD_DELAY,
	 {"delay", KEY_DELAY, "MS", 0,
	  "how long the oom_reaper waits after the kill (default: 2000, as in the kernel)", 0}},
	{WORD_AFTER,
	 {"mrelease-after", KEY_AFTER, "LIST", 0,
	  "when process_mrelease() is called, in microseconds after the kill, with commas between",
	  0}},
	{0, {"order", KEY_ORDER, "NAME", 0, "how the reapers walk (default: reverse)", 0}},
	{0, {"engine", KEY_ENGINE, "NAME", 0, "the tree (default: the first there is)", 0}},
	{WORD_VICTIM,
	 {"pin", KEY_PIN, "A,B", 0, "CPUs of the victim and of who kills it, or 'none'", 0}},
	{WORD_VICTIM, {"reps", 'r', "N", 0, "how often each is played", 0}},
	{WORD_LIVE,
	 {"live", KEY_LIVE, NULL, 0, "fail if the running kernel cannot be asked as well", 0}},
	{WORD_LIVE, {"no-live", KEY_NO_LIVE, NULL, 0, "do not ask the running kernel", 0}},
	{WORD_POOL, {"pool", KEY_POOL, "MIB", 0, "memory of the machine (default: 64)", 0}},
	{WORD_POOL,
	 {"processes", KEY_PROCESSES, "N", 0,
	  "processes that allocate for as long as they live (default: 3)", 0}},
	{WORD_POOL,
	 {"background", KEY_BACKGROUND, "N", 0,
	  "processes that get half of the memory together, and are frozen (default: 4)", 0}},
	{WORD_POOL, {"seconds", KEY_SECONDS, "N", 0, "how long each way goes on (default: 5)", 0}},
	{0, {"json", 'j', "FILE", 0, "write all outcomes to FILE; '-' is standard output", 0}},
	{WORD_VICTIM,
	 {"report", KEY_REPORT, "DIR", 0, "make a page in DIR, with a line for each thread", 0}},
};

#define NR_OPTIONS (sizeof(all_options) / sizeof(all_options[0]))

struct parsing {
	struct scenario_options *options;
	const struct scenario_words *words;
};

static bool is_among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool engine_exists(const char *name)
{
	return is_among(race_engines(), name);
}

/* Every engine has the same; words are read by one thread. */
static const char *const *policy_names(void)
{
	static const char *names[16];
	const struct operation_info *policy;

	for (unsigned int i = 0; i < 15 && (policy = engines[0]->policy(i)); i++)
		names[i] = policy->name;
	return names;
}

static bool policy_exists(const char *name)
{
	return is_among(policy_names(), name);
}

static error_t set_text(struct argp_state *state, const char *option, char **to, const char *arg)
{
	if (!*arg)
		return words_usage(state, "--%s: an empty name", option);
	free(*to);
	*to = strdup(arg);
	return *to ? 0 : words_no_memory(state);
}

/* A whole number from 0 to @most. */
static error_t set_number(struct argp_state *state, const char *option, const char *arg,
			  unsigned int most, unsigned int *to)
{
	unsigned long value;

	if (!words_number(arg, most, &value))
		return words_usage(state, "--%s: '%s' is not a whole number from 0 to %u", option,
				   arg, most);
	*to = (unsigned int)value;
	return 0;
}

static error_t set_afters(struct argp_state *state, struct scenario_options *o, char *arg)
{
	char *rest = arg, *word;
	error_t err = 0;

	o->nr_afters = 0;
	while (!err && (word = strsep(&rest, ","))) {
		if (o->nr_afters == SCENARIO_AFTERS_MAX)
			return words_usage(state, "--mrelease-after: more than %d numbers",
					   SCENARIO_AFTERS_MAX);
		err = set_number(state, "mrelease-after", word, SCENARIO_AFTER_MAX,
				 &o->after_us[o->nr_afters]);
		o->nr_afters += !err;
	}
	return err;
}

static error_t set_freezer(struct argp_state *state, struct scenario_options *o, const char *arg)
{
	o->suspend = !strcmp(arg, "suspend");
	if (o->suspend || !strcmp(arg, "cgroup"))
		return 0;
	return words_usage(state, "--freezer: '%s' is neither cgroup nor suspend", arg);
}

static error_t set_order(struct argp_state *state, struct scenario_options *o, const char *arg)
{
	char all[256];

	if (!race_walk_valid(arg)) {
		words_join(all, sizeof(all), race_orders() + 1);
		return words_usage(state, "--order: no order is called '%s' (there are: %s)", arg,
				   all);
	}
	return set_text(state, "order", &o->order, arg);
}

static error_t set_engine(struct argp_state *state, struct scenario_options *o, const char *arg)
{
	error_t err = words_list(state, &o->engines, arg, "engine", engine_exists, race_engines);

	if (!err && o->engines.nr > 1)
		return words_usage(state, "--engine: one at a time");
	return err;
}

static error_t set_name(struct argp_state *state, struct parsing *p, const char *arg)
{
	struct scenario_options *o = p->options;

	if (!(p->words->words & WORD_NAME))
		return words_usage(state, "'%s' is not an option", arg);
	if (o->name)
		return words_usage(state, "one scenario at a time: '%s' is too many", arg);
	o->name = strdup(arg);
	return o->name ? 0 : words_no_memory(state);
}

/* What was not said, after the last word. */
static error_t set_defaults(struct argp_state *state, struct parsing *p)
{
	struct scenario_options *o = p->options;
	error_t err = 0;

	if (!race_engines()[0]) {
		argp_failure(state, 1, 0, "this build contains no tree engine");
		return EINVAL;
	}
	if (o->live && o->no_live)
		return words_usage(state, "--live and --no-live contradict each other");
	if (o->report && o->json && !strcmp(o->json, "-"))
		return words_usage(state, "--report needs standard output for its line: name a "
					  "file with --json");
	if (p->words->words & WORD_VICTIM && !o->layout)
		err = set_text(state, "layout", &o->layout, p->words->layout);
	if (!err && !o->order)
		err = set_text(state, "order", &o->order, "reverse");
	if (!err && !o->engines.nr &&
	    name_list_add(&o->engines, race_engines()[0], strlen(race_engines()[0])))
		err = words_no_memory(state);
	if (!err && !o->policies.nr)
		err = words_list(state, &o->policies, p->words->policies, "policy", policy_exists,
				 policy_names);
	return err;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;
	struct scenario_options *o = p->options;

	switch (key) {
	case 'l':
		return set_text(state, "layout", &o->layout, arg);
	case 't':
		return words_count(state, "threads", arg, SCENARIO_THREADS_MAX, &o->threads);
	case 'r':
		return words_count(state, "reps", arg, SCENARIO_REPS_MAX, &o->reps);
	case 'j':
		return set_text(state, "json", &o->json, arg);
	case KEY_REPORT:
		return set_text(state, "report", &o->report, arg);
	case KEY_SCALE:
		return words_count(state, "scale", arg, 1000000, &o->scale);
	case KEY_POLICY:
		return words_list(state, &o->policies, arg, "policy", policy_exists, policy_names);
	case KEY_FREEZER:
		return set_freezer(state, o, arg);
	case KEY_DELAY:
		o->delay_given = true;
		return set_number(state, "delay", arg, SCENARIO_DELAY_MAX, &o->delay_ms);
	case KEY_AFTER:
		return set_afters(state, o, arg);
	case KEY_ORDER:
		return set_order(state, o, arg);
	case KEY_ENGINE:
		return set_engine(state, o, arg);
	case KEY_PIN:
		return words_pin(state, arg, o->cpu);
	case KEY_POOL:
		return words_count(state, "pool", arg, PRESSURE_POOL_MAX, &o->pool_mib);
	case KEY_PROCESSES:
		return words_count(state, "processes", arg, PRESSURE_PROCESSES_MAX, &o->processes);
	case KEY_BACKGROUND:
		return set_number(state, "background", arg, PRESSURE_PROCESSES_MAX, &o->background);
	case KEY_SECONDS:
		return words_count(state, "seconds", arg, PRESSURE_SECONDS_MAX, &o->seconds);
	case KEY_LIVE:
		o->live = true;
		return 0;
	case KEY_NO_LIVE:
		o->no_live = true;
		return 0;
	case ARGP_KEY_ARG:
		return set_name(state, p, arg);
	case ARGP_KEY_INIT:
		return words_default_pin(state, o->cpu, &o->one_cpu);
	case ARGP_KEY_SUCCESS:
		return set_defaults(state, p);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "reapbench thaw --threads 8 ..." */
static char *join_words(int argc, char **argv)
{
	size_t size = 1, used = 0;
	char *text;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = calloc(size, 1);
	for (int i = 0; text && i < argc; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", argv[i]);
	return text;
}

int scenario_options_parse(struct scenario_options *options, const struct scenario_words *words,
			   int argc, char **argv)
{
	struct argp_option list[NR_OPTIONS + 1] = {0};
	struct parsing parsing = {options, words};
	const struct argp argp = {
		.options = list,
		.parser = parse,
		.args_doc = words->words & WORD_NAME ? "[SCENARIO]" : NULL,
		.doc = words->doc,
	};
	size_t nr = 0;
	error_t err;

	*options = (struct scenario_options){.scale = 1,
					     .delay_ms = 2000,
					     .threads = words->threads,
					     .reps = words->reps,
					     .pool_mib = 64,
					     .processes = 3,
					     .background = 4,
					     .seconds = 5};
	for (size_t i = 0; i < NR_OPTIONS; i++)
		if (!all_options[i].word || all_options[i].word & words->words)
			list[nr++] = all_options[i].option;
	argp_err_exit_status = 2;
	options->command_line = join_words(argc, argv);
	err = argp_parse(&argp, argc, argv, 0, NULL, &parsing);
	if (!err && options->command_line)
		return 0;
	scenario_options_free(options);
	return 1;
}

void scenario_options_free(struct scenario_options *options)
{
	name_list_clear(&options->policies);
	name_list_clear(&options->engines);
	free(options->layout);
	free(options->order);
	free(options->name);
	free(options->json);
	free(options->report);
	free(options->command_line);
	*options = (struct scenario_options){0};
}
