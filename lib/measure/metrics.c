// SPDX-License-Identifier: GPL-2.0-only
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#define METRIC_ROW(name, key, unit, scope, where, better, label, help, value)                      \
	[METRIC_##                                                                                 \
		name] = {key,  UNIT_##unit,  SCOPE_##scope,	    where, BETTER_##better, label, \
			 help, VALUE_##name, SCOPE_##scope##_VALUES},

const struct metric_info metric_info[NR_METRICS] = {METRICS(METRIC_ROW)};

const char *role_name(enum role role)
{
	return role == ROLE_EXIT ? "exit" : "reaper";
}

const char *free_mark_name(unsigned int mark)
{
	static const char *const names[NR_FREE_MARKS] = {"50", "90", "99", "100"};

	return names[mark];
}

const char *metric_key(char *text, size_t size, enum metric metric, enum role role)
{
	const char *key = metric_info[metric].key, *star = strchr(key, '*');

	if (star)
		snprintf(text, size, "%.*s%s%s", (int)(star - key), key, role_name(role), star + 1);
	else
		snprintf(text, size, "%s", key);
	return text;
}

const char *metric_value_key(char *text, size_t size, enum metric metric, unsigned int i)
{
	const struct metric_info *m = &metric_info[metric];
	const char *const role = role_name((enum role)(i % NR_ROLES));

	switch (m->scope) {
	case SCOPE_RUN:
		snprintf(text, size, "%s", m->key);
		break;
	case SCOPE_ROLE:
		if (strchr(m->key, '*'))
			metric_key(text, size, metric, (enum role)i);
		else
			snprintf(text, size, "%s.%s", m->key, role);
		break;
	case SCOPE_MARK:
		snprintf(text, size, "%s.%s", m->key, free_mark_name(i));
		break;
	case SCOPE_CLASS:
		snprintf(text, size, "%s.%s", m->key, lock_class_name((enum lock_class)i));
		break;
	case SCOPE_CLASS_ROLE:
		snprintf(text, size, "%s.%s.%s", m->key,
			 lock_class_name((enum lock_class)(i / NR_ROLES)), role);
		break;
	}
	return text;
}

const char *metric_value_label(char *text, size_t size, enum metric metric, unsigned int i)
{
	const struct metric_info *m = &metric_info[metric];
	const char *const role = role_name((enum role)(i % NR_ROLES));

	switch (m->scope) {
	case SCOPE_RUN:
		snprintf(text, size, "%s", m->label);
		break;
	case SCOPE_ROLE:
		snprintf(text, size, "%s, %s", m->label, role);
		break;
	case SCOPE_MARK:
		snprintf(text, size, "%s, %s %%", m->label, free_mark_name(i));
		break;
	case SCOPE_CLASS:
		snprintf(text, size, "%s, %s, both", m->label, lock_class_name((enum lock_class)i));
		break;
	case SCOPE_CLASS_ROLE:
		snprintf(text, size, "%s, %s, %s", m->label,
			 lock_class_name((enum lock_class)(i / NR_ROLES)), role);
		break;
	}
	return text;
}
