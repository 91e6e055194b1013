/* SPDX-License-Identifier: GPL-2.0-only */
/* Stopping between two races when the user asks for it. */
#ifndef UMAPLE_STOP_H
#define UMAPLE_STOP_H

#include <signal.h>

/* The signal that came; 0 if none did. */
extern volatile sig_atomic_t stop_signal;

/**
 * stop_catch() - Take SIGINT and SIGTERM as a request to stop.
 *
 * The first signal sets stop_signal; a second one ends the program as usual.
 *
 * Context: Main thread.
 */
void stop_catch(void);

/**
 * stop_catch_always() - The same, but every signal only sets stop_signal.
 *
 * For a process whose parent ends it when it has to: a terminal sends a signal to both, and the
 * parent passes it on as well.
 *
 * Context: Main thread.
 */
void stop_catch_always(void);

/**
 * stop_catch_for_undo() - Take SIGINT, SIGTERM and SIGHUP as requests to stop, each time.
 *
 * @flags: SA_RESTART; 0: a signal also ends a system call that waits.
 *
 * For a program that must not end before it has taken something back: later signals change nothing.
 * SIGHUP stays ignored where it is.
 *
 * Context: Main thread.
 */
void stop_catch_for_undo(int flags);

#endif
