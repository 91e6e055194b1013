// SPDX-License-Identifier: GPL-2.0-only
#include "values.h"

/* Functions that the last column of the table of metrics calls. */
static uint64_t race_cpu_ns(const struct race_result *r)
{
	return r->role[ROLE_EXIT].cpu_ns + r->role[ROLE_REAPER].cpu_ns;
}

static uint64_t race_pages(const struct race_result *r)
{
	return r->role[ROLE_EXIT].count.unmapped + r->role[ROLE_REAPER].count.unmapped;
}

static uint64_t race_wait_ns(const struct race_result *r, enum lock_class class)
{
	return r->role[ROLE_EXIT].lock[class].wait_ns + r->role[ROLE_REAPER].lock[class].wait_ns;
}

static uint64_t race_contended(const struct race_result *r, enum lock_class class)
{
	return r->role[ROLE_EXIT].lock[class].contended +
	       r->role[ROLE_REAPER].lock[class].contended;
}

static uint64_t race_other_wait_ns(const struct race_result *r)
{
	uint64_t ns = 0;

	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		if (!(lock_class_info[class].flags & LOCK_IS_PTL))
			ns += race_wait_ns(r, (enum lock_class) class);
	return ns;
}

static double race_ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* The index of a value in its scope, from its number among the values of the metric. */
static enum role role_of(enum metric_scope scope, unsigned int i)
{
	return scope == SCOPE_ROLE || scope == SCOPE_CLASS_ROLE ? (enum role)(i % NR_ROLES)
								: ROLE_EXIT;
}

static enum lock_class class_of(enum metric_scope scope, unsigned int i)
{
	if (scope == SCOPE_CLASS)
		return (enum lock_class)i;
	return scope == SCOPE_CLASS_ROLE ? (enum lock_class)(i / NR_ROLES) : LOCK_PTL;
}

void race_values(const struct race_result *r, double value[NR_VALUES])
{
#define READ_METRIC(name, key, unit, scope, where, better, label, help, read)  \
	for (unsigned int i = 0; i < SCOPE_##scope##_VALUES; i++) {            \
		const enum role role = role_of(SCOPE_##scope, i);              \
		const enum lock_class class = class_of(SCOPE_##scope, i);      \
		const unsigned int mark = SCOPE_##scope == SCOPE_MARK ? i : 0; \
                                                                               \
		(void)role, (void)class, (void)mark;                           \
		value[VALUE_##name + i] = (double)(read);                      \
	}
	METRICS(READ_METRIC)
#undef READ_METRIC
}
