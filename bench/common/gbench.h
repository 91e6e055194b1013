/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Google Benchmark for C. The benchmarks are C functions with a user pointer; gbench.cc is the
 * only C++ file of the project, and no exception leaves it.
 *
 *	static void lookup(struct gbench_state *state, void *user)
 *	{
 *		while (gbench_keep_running_batch(state, 1000))
 *			for (int i = 0; i < 1000; i++)
 *				use(mtree_load(user, i));
 *		gbench_set_items_processed(state, gbench_iterations(state));
 *	}
 *
 *	int main(int argc, char **argv)
 *	{
 *		gbench_init(&argc, argv);
 *		gbench_register("lookup/maple/vma/1000", lookup, &tree, NULL);
 *		return gbench_run(NULL) ? 1 : 0;
 *	}
 *
 * Benchmarks run in the order in which they were registered, one after the other: registering
 * A B A B is how two things are compared under the same conditions.
 *
 * Everything here is called from one thread, except the functions that take a gbench_state:
 * those belong to the thread the benchmark function was called on.
 */
#ifndef UMAPLE_GBENCH_H
#define UMAPLE_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; /* one thread of one running benchmark */

typedef void (*gbench_fn)(struct gbench_state *state, void *user);

enum gbench_unit { GBENCH_NS, GBENCH_US, GBENCH_MS, GBENCH_S };

/* Which time decides how many iterations are needed and what the report is sorted by. */
enum gbench_clock {
	GBENCH_CLOCK_CPU,    /* CPU time of the calling thread: the library's default */
	GBENCH_CLOCK_REAL,   /* wall time: right for anything with more than one thread */
	GBENCH_CLOCK_MANUAL, /* what the function says with gbench_set_iteration_time() */
};

/* How one benchmark runs. All zero is the library's default for each. */
struct gbench_options {
	enum gbench_clock clock;
	enum gbench_unit unit; /* of the times in a report */
	bool process_cpu;      /* count the CPU time of all threads, not of the calling one */
	int64_t iterations;    /* exactly this many; 0: as many as min_time takes */
	double min_time;       /* seconds; 0: --benchmark_min_time */
	int repetitions;       /* 0: --benchmark_repetitions */
	const int64_t *args;   /* one benchmark for each, "/ARG" added to the name */
	size_t nr_args;
	const int *threads; /* one benchmark for each thread count, "/threads:N" added */
	size_t nr_threads;
};

/* How a counter's number is reported. */
enum gbench_counter_kind {
	GBENCH_COUNTER_PLAIN,	 /* as it is; summed over threads */
	GBENCH_COUNTER_RATE,	 /* divided by the seconds the benchmark took */
	GBENCH_COUNTER_AVERAGE,	 /* divided by the number of threads */
	GBENCH_COUNTER_PER_ITER, /* divided by the number of iterations */
};

/**
 * gbench_init() - Read Google Benchmark's own flags.
 * @argc: count of @argv; on return, of what is left.
 * @argv: the program's arguments; flags that were understood are taken out.
 *
 * The library itself ends the program on --help and on a flag with a bad value. Call this at
 * most once, before gbench_run(); a program that never calls it runs with the defaults and with
 * what BENCHMARK_* environment variables say.
 *
 * Context: Before any other thread exists.
 * Return: 0; -EINVAL if an argument is left over (it has been named on stderr); -ENOMEM.
 */
int gbench_init(int *argc, char **argv);

/**
 * gbench_register() - Add a benchmark to those that gbench_run() runs.
 * @name: its name; copied. The library appends what the options imply ("/iterations:1",
 *	  "/manual_time", "/threads:2").
 * @fn: the function; called once for each run and thread.
 * @user: handed to it.
 * @options: how it runs, copied; NULL for the library's defaults.
 *
 * Context: Not while benchmarks run.
 * Return: 0; -EINVAL for a NULL or empty @name, a NULL @fn, or a negative number or an unknown
 * enumerator in @options, or @iterations together with @min_time; -ENOMEM. Nothing is
 * registered unless 0 is returned.
 */
int gbench_register(const char *name, gbench_fn fn, void *user,
		    const struct gbench_options *options);

/* How a run as a whole went. */
struct gbench_summary {
	size_t matched; /* benchmarks the filter let through */
	size_t failed;	/* runs that called gbench_skip_with_error() */
};

/**
 * gbench_run() - Run what is registered, reported as Google Benchmark does.
 * @summary: filled if not NULL.
 *
 * The program's flags decide: --benchmark_filter, --benchmark_format=json, --benchmark_out, ...
 *
 * Context: Not from a benchmark. May start threads, may sleep.
 * Return: 0; -ENOENT if the filter matches nothing; -ECANCELED if a run called
 * gbench_skip_with_error(); -ENOMEM; -EIO for any other failure of the library.
 */
int gbench_run(struct gbench_summary *summary);

/* One finished run, as gbench_run_quiet() reports it. Valid during the call only. */
struct gbench_report {
	const char *name;     /* in full, with what the library appended */
	const char *error;    /* what gbench_skip_with_error() said, or NULL */
	int64_t iterations;   /* over all threads */
	double real_seconds;  /* sum over the iterations: wall, or what was set by hand */
	double cpu_seconds;   /* sum over the iterations and threads */
	const void *internal; /* for gbench_report_counter() */
};

typedef void (*gbench_report_fn)(const struct gbench_report *report, void *user);

/**
 * gbench_run_quiet() - Run all that is registered and print nothing.
 * @report: called after each run, between benchmarks, on the calling thread; may be NULL.
 * @user: handed to it.
 * @summary: filled if not NULL.
 *
 * No flag and no BENCHMARK_* variable changes what runs, how often or in what order; a
 * gbench_run() after it has lost them too. Aggregates over repetitions are not reported.
 *
 * Context: Not from a benchmark. May start threads, may sleep.
 * Return: As gbench_run().
 */
int gbench_run_quiet(gbench_report_fn report, void *user, struct gbench_summary *summary);

/**
 * gbench_run_recorded() - As gbench_run_quiet(), and make a JSON document of it.
 * @report: called after each run; may be NULL.
 * @user: handed to it.
 * @json: set to the document, which the caller frees, or to NULL without one. A run that gave up
 *	  is in it too, with its error.
 * @summary: filled if not NULL.
 *
 * The document is what --benchmark_out writes, but for two things. Names stand there as they were
 * registered, without what the library appends. Benchmarks of one name are repetitions of one
 * benchmark, in whatever order they ran, and stand together.
 *
 * Context: Not from a benchmark. May start threads, may sleep.
 * Return: As gbench_run(). There is a document if it is 0 or -ECANCELED.
 */
int gbench_run_recorded(gbench_report_fn report, void *user, char **json,
			struct gbench_summary *summary);

/**
 * gbench_matches() - Would --benchmark_filter let a name through?
 * @filter: a regular expression as that flag takes it; a leading '-' inverts it.
 * @name: the name.
 *
 * Context: Any.
 * Return: 1 if so, 0 if not; -EINVAL if @filter is no regular expression; -ENOMEM.
 */
int gbench_matches(const char *filter, const char *name);

/**
 * gbench_report_counter() - A counter of a finished run.
 * @report: from a gbench_report_fn.
 * @name: the counter.
 * @value: filled on success; rates and averages are already divided.
 *
 * Context: Inside the gbench_report_fn.
 * Return: true; false if the run set no such counter.
 */
bool gbench_report_counter(const struct gbench_report *report, const char *name, double *value);

/**
 * gbench_clear() - Forget all registered benchmarks.
 *
 * Context: Not while benchmarks run.
 */
void gbench_clear(void);

/**
 * gbench_keep_running() - The condition of the timed loop.
 * @state: this thread's.
 *
 * The clock runs from the first call to the one that returns false. Each call costs a call through
 * the C boundary, one or two nanoseconds: for a body shorter than about 100 ns use
 * gbench_keep_running_batch().
 *
 * Context: The benchmark's thread.
 * Return: true while there are iterations left to do.
 */
bool gbench_keep_running(struct gbench_state *state);

/**
 * gbench_keep_running_batch() - The same, @n iterations at a time.
 * @state: this thread's.
 * @n: how many iterations the loop body does; at least 1, the same at each call.
 *
 * The number of iterations done is rounded up to a multiple of @n.
 *
 * Context: The benchmark's thread.
 * Return: true while there are iterations left to do.
 */
bool gbench_keep_running_batch(struct gbench_state *state, int64_t n);

/**
 * gbench_set_iteration_time() - Say how long this iteration took.
 * @state: this thread's.
 * @seconds: its time.
 *
 * Context: The benchmark's thread, once in each iteration, GBENCH_CLOCK_MANUAL only.
 */
void gbench_set_iteration_time(struct gbench_state *state, double seconds);

/**
 * gbench_pause_timing() - Stop the clock inside the loop.
 * @state: this thread's.
 *
 * Pausing and resuming costs several hundred nanoseconds, and part of this time is counted.
 *
 * Context: The benchmark's thread, clock running.
 */
void gbench_pause_timing(struct gbench_state *state);

/**
 * gbench_resume_timing() - Let it run again.
 * @state: this thread's.
 *
 * Context: The benchmark's thread, after gbench_pause_timing().
 */
void gbench_resume_timing(struct gbench_state *state);

/**
 * gbench_counter() - Set a counter of the report.
 * @state: this thread's.
 * @name: its name; copied.
 * @value: its value, a finite number; the values of all threads are added up.
 * @kind: what it means.
 *
 * The library writes a number that is not finite as a bare word, which is not valid JSON.
 *
 * Context: The benchmark's thread, outside the timed loop.
 * Return: 0; -EINVAL for an unknown @kind; -EDOM if @value is not finite; -ENOMEM. The counter is
 * not set unless 0 is returned.
 */
int gbench_counter(struct gbench_state *state, const char *name, double value,
		   enum gbench_counter_kind kind) __attribute__((warn_unused_result));

/**
 * gbench_set_items_processed() - Have items_per_second reported.
 * @state: this thread's.
 * @items: how many items all iterations of this thread handled.
 *
 * Context: The benchmark's thread, outside the timed loop.
 * Return: 0; -ENOMEM.
 */
int gbench_set_items_processed(struct gbench_state *state, int64_t items);

/**
 * gbench_set_label() - A text beside the figures.
 * @state: this thread's.
 * @label: copied.
 *
 * Context: The benchmark's thread 0, outside the timed loop.
 * Return: 0; -ENOMEM.
 */
int gbench_set_label(struct gbench_state *state, const char *label);

/**
 * gbench_skip_with_error() - Give this run up.
 * @state: this thread's.
 * @message: why; copied.
 *
 * gbench_keep_running() returns false from then on; the function should return.
 *
 * Context: The benchmark's thread.
 */
void gbench_skip_with_error(struct gbench_state *state, const char *message);

/* The member of gbench_options.args that this run is about; 0 if there were none. */
int64_t gbench_arg(const struct gbench_state *state);

/* How many iterations this thread has done; call it after the loop. */
int64_t gbench_iterations(const struct gbench_state *state);

/* Which thread this is, from 0, and how many there are. */
int gbench_thread_index(const struct gbench_state *state);
int gbench_threads(const struct gbench_state *state);

#ifdef __cplusplus
}
#endif

#endif
