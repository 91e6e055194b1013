// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: two threads add to one counter, each holding a stat_lock; with the argument
 * "two-locks" each holds a lock of its own, which is a data race. Under ThreadSanitizer the first
 * must be clean (the annotations say enough) and the second must be reported (they do not say
 * too much).
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "measure/stat_lock.h"

#define ADDITIONS 100000

static struct stat_lock locks[2];
static unsigned long counter;
static bool two_locks;
static enum lock_kind lock_kind;

static void *add(void *arg)
{
	struct stat_lock *lock = two_locks ? arg : &locks[0];

	this_task.lock_kind = lock_kind;
	this_task.timing = LOCK_TIMING_WAIT;
	for (int i = 0; i < ADDITIONS; i++) {
		stat_lock(lock);
		counter++;
		stat_unlock(lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	two_locks = argc > 1 && !strcmp(argv[1], "two-locks");
	clock_init();
	for (int kind = 0; kind < NR_LOCK_KINDS; kind++) {
		pthread_t thread[2];

		this_task.lock_kind = lock_kind = (enum lock_kind)kind;
		counter = 0;
		for (int i = 0; i < 2; i++) {
			stat_lock_init(&locks[i], LOCK_PTL);
			if (pthread_create(&thread[i], NULL, add, &locks[i]))
				return 1;
		}
		for (int i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		if (!two_locks && counter != 2 * ADDITIONS) {
			fprintf(stderr, "lock kind %d: %lu of %d additions\n", kind, counter,
				2 * ADDITIONS);
			return 1;
		}
	}
	return 0;
}
