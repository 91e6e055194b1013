/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A race without threads and memory, for the tests of the code around race_run(): results
 * are computed from the order and the number of the call, so the same calls give the same
 * figures. Unit tests set `fake_race` directly; a program that is started takes the same from
 * the environment: FAKE_RACE_FAIL_AT=N, FAKE_RACE_DISTURB_FROM=N, FAKE_RACE_DISTURB_TO=N,
 * FAKE_RACE_SIGNAL_AT=N, FAKE_RACE_SIGNAL_ARENA=1, FAKE_RACE_REFUSE=1, FAKE_RACE_BUSY=1,
 * FAKE_RACE_KILL_AT=N, FAKE_RACE_EXIT_AT=N, FAKE_RACE_HANG_AT=N. With FAKE_RACE_PROCESS=N they hold in that process of
 * `reapbench compare` alone. FAKE_RACE_ADDRESSES=FILE appends the address of a function to a file,
 * once in each process.
 */
#ifndef UMAPLE_FAKE_RACE_H
#define UMAPLE_FAKE_RACE_H

#include "race/race_trace.h"

#define FAKE_RACE_CALLS 4096

struct fake_call {
	char engine[16], order[32];
	enum lock_kind lock;
	enum lock_timing timing;
	enum tlb_mode tlb;
	double frames;
	int cpu[NR_ROLES];
	bool disturbed;
	uint64_t involuntary;
};

/* Calls of race_run() count from 0; a negative number means never. */
struct fake_race {
	long fail_at;
	long disturb_from, disturb_to; /* [from, to) */
	long slow_from, slow_to;       /* [from, to): a CPU takes 200 ns instead of 100 */
	long signal_at;		       /* raise SIGINT in this call, as a terminal does */
	long kill_at, exit_at;	       /* end in this call: by SIGKILL; with status 3 */
	long hang_at;		       /* say so on stderr in this call, and never return */
	bool signal_arena;	       /* raise SIGINT when an arena is made */
	bool refuse;		       /* no arena can be made */
	bool busy;		       /* race_probe() finds a CPU busy */
	void (*on_call)(long call);
	bool started; /* by `reapbench compare`, which gets signals of the terminal too */
	long nr_calls;
	int nr_arenas; /* alive */
	struct fake_call calls[FAKE_RACE_CALLS];
};

extern struct fake_race fake_race;

/* Start over: no faults, no calls so far. */
void fake_race_reset(void);

#endif
