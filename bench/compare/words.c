// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

error_t words_usage(struct argp_state *state, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	argp_error(state, "%s", text);
	return EINVAL;
}

error_t words_no_memory(struct argp_state *state)
{
	argp_failure(state, 1, ENOMEM, "reading the command line");
	return ENOMEM;
}

int name_list_add(struct name_list *list, const char *name, size_t len)
{
	char **grown = realloc(list->names, (list->nr + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->names = grown;
	grown[list->nr] = strndup(name, len);
	if (!grown[list->nr])
		return -ENOMEM;
	grown[++list->nr] = NULL;
	return 0;
}

void name_list_clear(struct name_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		free(list->names[i]);
	free(list->names);
	memset(list, 0, sizeof(*list));
}

bool name_list_has(const struct name_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (!strcmp(list->names[i], name))
			return true;
	return false;
}

void words_join(char *text, size_t size, const char *const *names)
{
	size_t used = 0;

	text[0] = '\0';
	for (; *names && used < size; names++)
		used += snprintf(text + used, size - used, "%s%s", used ? ", " : "", *names);
}

error_t words_list(struct argp_state *state, struct name_list *list, const char *words,
		   const char *what, bool (*valid)(const char *),
		   const char *const *(*offered)(void))
{
	const char *word = words, *end;
	char all[256];

	name_list_clear(list);
	for (;; word = end + 1) {
		struct name_list one = {0};
		bool fine, twice;

		end = strchrnul(word, ',');
		if (name_list_add(&one, word, end - word)) {
			name_list_clear(&one);
			return words_no_memory(state);
		}
		fine = valid(one.names[0]);
		twice = name_list_has(list, one.names[0]);
		name_list_clear(&one);
		if (!fine && offered == race_engines && end - word == 6 &&
		    !strncmp(word, "kernel", 6))
			return words_usage(state,
					   "--engine: this build is without the kernel's tree: no "
					   "kernel source was found when it was configured "
					   "(docs/kernel-engine.md)");
		if (!fine) {
			words_join(all, sizeof(all), offered());
			return words_usage(state, "--%s: no %s is called '%.*s' (there are: %s)",
					   what, what, (int)(end - word), word, all);
		}
		if (twice)
			return words_usage(state, "--%s: '%.*s' is named twice", what,
					   (int)(end - word), word);
		if (name_list_add(list, word, end - word))
			return words_no_memory(state);
		if (!*end)
			return 0;
	}
}

bool words_number(const char *word, unsigned long max, unsigned long *value)
{
	unsigned long v = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		v = v * 10 + (unsigned long)(*word - '0');
		if (v > max)
			return false;
	}
	*value = v;
	return true;
}

error_t words_count(struct argp_state *state, const char *name, const char *word, unsigned int max,
		    unsigned int *value)
{
	unsigned long v;

	if (!words_number(word, max, &v) || !v)
		return words_usage(state, "--%s: '%s' is not a whole number from 1 to %u", name,
				   word, max);
	*value = (unsigned int)v;
	return 0;
}

/* The set of CPUs this process may run on, on machines of any size. */
static cpu_set_t *allowed_cpus(size_t *size)
{
	int count;

	for (count = 1024; count <= 1 << 20; count *= 2) {
		cpu_set_t *set = CPU_ALLOC(count);

		if (!set)
			return NULL;
		*size = CPU_ALLOC_SIZE(count);
		if (!sched_getaffinity(0, *size, set))
			return set;
		CPU_FREE(set);
		if (errno != EINVAL)
			return NULL;
	}
	return NULL;
}

error_t words_pin(struct argp_state *state, char *words, int cpu[NR_ROLES])
{
	char *comma = strchr(words, ',');
	unsigned long v[NR_ROLES];
	cpu_set_t *set;
	size_t size;
	int i;

	cpu[ROLE_EXIT] = cpu[ROLE_REAPER] = -1;
	if (!strcmp(words, "none"))
		return 0;
	if (comma)
		*comma = '\0';
	if (!comma || !words_number(words, INT_MAX, &v[ROLE_EXIT]) ||
	    !words_number(comma + 1, INT_MAX, &v[ROLE_REAPER])) {
		if (comma)
			*comma = ',';
		return words_usage(state, "--pin: '%s' is not two CPU numbers, as in 0,1", words);
	}
	*comma = ',';
	if (v[ROLE_EXIT] == v[ROLE_REAPER])
		return words_usage(state, "--pin: the two tasks need two different CPUs");

	set = allowed_cpus(&size);
	if (!set)
		return words_no_memory(state);
	for (i = 0; i < NR_ROLES; i++) {
		if (!CPU_ISSET_S(v[i], size, set)) {
			CPU_FREE(set);
			return words_usage(state, "--pin: this process may not run on CPU %lu",
					   v[i]);
		}
		cpu[i] = (int)v[i];
	}
	CPU_FREE(set);
	return 0;
}

error_t words_default_pin(struct argp_state *state, int cpu[NR_ROLES], bool *one_cpu)
{
	cpu_set_t *set;
	size_t size, i;
	int found = 0;

	cpu[ROLE_EXIT] = cpu[ROLE_REAPER] = -1;
	set = allowed_cpus(&size);
	if (!set)
		return words_no_memory(state);
	if (CPU_COUNT_S(size, set) >= NR_ROLES) {
		for (i = 0; found < NR_ROLES; i++)
			if (CPU_ISSET_S(i, size, set))
				cpu[found++] = (int)i;
	}
	*one_cpu = !found;
	CPU_FREE(set);
	return 0;
}
