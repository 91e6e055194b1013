/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast is a CPU just now? Two threads of a core share it, and who runs on the other one may be
 * out of sight: another virtual machine. The CPU is then not taken away, so no switch and no stolen
 * time shows it, but everything takes up to twice as long.
 */
#ifndef UMAPLE_SPEED_H
#define UMAPLE_SPEED_H

#include <stdbool.h>
#include <stdint.h>

#define SPEED_CPUS 2
/* A CPU is slow if it takes this many times as long as it did at best: a shared core takes 1.8. */
#define SPEED_SLOW 1.15

struct speed {
	int cpu[SPEED_CPUS];	      /* below 0: not looked at */
	uint64_t best_ns[SPEED_CPUS]; /* the quickest look so far; 0: none */
	uint64_t patience_ns;	      /* that may still be spent on waiting and on repeating */
};

/**
 * speed_look() - Time a fixed piece of arithmetic on each CPU.
 * @speed: the CPUs; its best times are updated.
 * @ns: filled; 0 for a CPU that is not looked at.
 *
 * Takes a millisecond. The CPUs must have nothing else to do.
 *
 * Context: May sleep. Moves the calling thread to each CPU, and lets it run where it might before.
 */
void speed_look(struct speed *speed, uint64_t ns[SPEED_CPUS]);

/**
 * speed_wait() - Wait until both CPUs are fast, as long as there is patience.
 * @speed: the CPUs; the time that this takes is taken off its patience.
 * @ns: filled with the last look.
 *
 * Context: As speed_look().
 */
void speed_wait(struct speed *speed, uint64_t ns[SPEED_CPUS]);

/**
 * speed_lend() - Give a part of a measurement its part of the patience.
 * @all: whose; less patient afterwards.
 * @left: how many parts there are still to come, this one included; at least 1.
 *
 * Context: Any.
 * Return: The same CPUs and best times, with twice a fair share of the patience.
 */
struct speed speed_lend(struct speed *all, unsigned int left);

/* Take back the patience that @one, which @all lent, has left, and its best times. */
void speed_take_back(struct speed *all, const struct speed *one);

/**
 * speed_is_slow() - Did a CPU take too long?
 * @ns: a look.
 * @best_ns: the best times.
 *
 * Context: Any.
 * Return: true if one took more than SPEED_SLOW of its best time.
 */
bool speed_is_slow(const uint64_t ns[SPEED_CPUS], const uint64_t best_ns[SPEED_CPUS]);

#endif
