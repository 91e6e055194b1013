// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

volatile sig_atomic_t stop_signal;

static void on_signal(int signal)
{
	stop_signal = signal;
}

static void catch_signals(int flags)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void stop_catch(void)
{
	catch_signals(SA_RESTART | SA_RESETHAND);
}

void stop_catch_always(void)
{
	catch_signals(SA_RESTART);
}

void stop_catch_for_undo(int flags)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags}, before;

	catch_signals(flags);
	sigemptyset(&action.sa_mask);
	/* nohup has it ignored. */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}
