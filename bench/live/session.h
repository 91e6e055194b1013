/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All kills of one layout. A warm-up kill of each kind comes first; it fills the page cache. Each
 * repetition is then a round over all kinds (rep 0: A B C, rep 1: A B C, ...), each with a fresh
 * victim.
 */
#ifndef UMAPLE_LIVE_SESSION_H
#define UMAPLE_LIVE_SESSION_H

#include "compare/options.h"
#include "figures.h"
#include "victim_process.h"

/* How often one repetition is tried again because a task lost its CPU, or the reaper was late. */
#define SESSION_MAX_REPEATS 10

struct live_session {
	const struct layout *layout; /* as it is rebuilt */
	const struct compare_options *options;
	struct live_probe *probe;		    /* or NULL */
	struct live_plan *plan[NR_LIVE_KILLS];	    /* NULL for a kind that is not asked for */
	struct live_sample *samples[NR_LIVE_KILLS]; /* options->reps each; likewise */
	/*
	 * How victims differed from the plan at most, over all kills but the warm-up: VMAs that are
	 * missing, pages that are missing or too many, and what the victim's program has itself.
	 */
	uint64_t vmas_off, pages_off[LAYOUT_NR_KINDS], own_vmas, own_pages;
	struct speed speed; /* of both CPUs, and the patience left; set the patience before the run */
	struct error_text error;
};

/* Called before each kill with the number of kills done and the name of this one. */
typedef void (*session_progress_fn)(size_t done, const char *name, void *user);

/**
 * live_session_create() - Plan the kills of a layout.
 * @layout: must live as long as the session.
 * @options: likewise; the repetitions and the CPUs are used.
 * @forward: with kills of the spanning VMA.
 * @probe: an open probe, or NULL.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: The session, to be given to live_session_destroy(); NULL with @error set.
 */
struct live_session *live_session_create(const struct layout *layout,
					 const struct compare_options *options, bool forward,
					 struct live_probe *probe, struct error_text *error);

/* How many kills a session has, those that will be repeated counted once. */
size_t live_session_kills(const struct compare_options *options, bool forward);

/**
 * live_session_run() - Build and kill all victims.
 * @session: from live_session_create(); run it once.
 * @progress: called before each kill; may be NULL.
 * @user: handed to it.
 *
 * Context: Main thread, which is pinned to the reaper's CPU meanwhile. One at a time.
 * Return: 0; -EINTR after a signal that stop_catch() takes: what is done is good; another -errno
 * with session->error set.
 */
int live_session_run(struct live_session *session, session_progress_fn progress, void *user);

/**
 * live_session_destroy() - Free a session; the victims' files go.
 * @session: the session, or NULL.
 *
 * Context: May sleep.
 */
void live_session_destroy(struct live_session *session);

#endif
