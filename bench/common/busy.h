/* SPDX-License-Identifier: GPL-2.0-only */
/* Are CPUs free for a measurement? */
#ifndef UMAPLE_BUSY_H
#define UMAPLE_BUSY_H

#include <stddef.h>

#define BUSY_PROBE_MS 200
#define BUSY_SHARE    0.1 /* of its time that a CPU may spend on others */
#define BUSY_MOST_CPU 8

/* The advice at the end of a message. */
#define BUSY_ADVICE "free them, choose others with --pin, or go on with --force"

/**
 * busy_shares() - How much of some CPUs do others take?
 * @cpus: the CPUs; each one that this process may run on.
 * @nr: how many, at most BUSY_MOST_CPU.
 * @ms: how long to look.
 * @shares: for each, the share of the time, from 0 to 1, that a thread asked for and did not get,
 * because of other tasks, interrupts, or the hypervisor where the kernel knows of it.
 *
 * A thread spins on each of them, all at the same time.
 *
 * Context: May sleep; starts threads and waits for their end.
 * Return: 0; -errno if a thread could not be started or pinned.
 */
int busy_shares(const int *cpus, size_t nr, unsigned int ms, double *shares);

/**
 * busy_probe() - Are some CPUs too busy to measure on?
 * @cpus: the CPUs.
 * @nr: how many, at most BUSY_MOST_CPU.
 * @text: if so, filled with one line: the CPU, its load, the busiest process, and BUSY_ADVICE.
 * @size: of @text.
 *
 * A CPU is busy if others take more than BUSY_SHARE of it, twice in a row. This takes
 * BUSY_PROBE_MS if it is not, and three times as long if it is.
 *
 * Context: As busy_shares().
 * Return: 0; -EBUSY with @text filled; what busy_shares() returns, with @text filled.
 */
int busy_probe(const int *cpus, size_t nr, char *text, size_t size);

#endif
