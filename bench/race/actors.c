// SPDX-License-Identifier: GPL-2.0-only
#include "actors.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/engine.h"

/* A number behind a sign, up to the end of the text; 0 if there is none. */
static unsigned long number_behind(const char *sign, unsigned long max)
{
	unsigned long number;
	char *end;

	if (sign[1] < '0' || sign[1] > '9')
		return 0;
	number = strtoul(sign + 1, &end, 10);
	return *end || number > max ? 0 : number;
}

/* "reverse-fine:4@200*3": order with its step, delay, how many. @word is cut into pieces. */
static int parse_actor(const struct reap_order *orders, char *word, struct race_actor *actor,
		       unsigned int *times)
{
	char *star = strchr(word, '*'), *at;
	unsigned long number;

	*times = 1;
	if (star) {
		number = number_behind(star, RACE_ACTORS_MAX - 1);
		if (!number)
			return -EINVAL;
		*times = (unsigned int)number;
		*star = '\0';
	}
	at = strchr(word, '@');
	if (at) {
		number = number_behind(at, RACE_DELAY_MAX_US);
		if (!number)
			return -EINVAL;
		actor->delay_us = (unsigned int)number;
		*at = '\0';
	}
	return reap_plan_parse(orders, word, &actor->plan);
}

static int add_reapers(const struct reap_order *orders, char *words, struct race_cast *cast)
{
	char *plus;

	for (; words; words = plus) {
		struct race_actor actor = {.role = ROLE_REAPER};
		unsigned int times;

		plus = strchr(words, '+');
		if (plus)
			*plus++ = '\0';
		if (parse_actor(orders, words, &actor, &times))
			return -EINVAL;
		/* "solo" is the word for no reaper at all. */
		if (!actor.plan.order->walk)
			return plus || cast->nr > 1 || times > 1 || actor.delay_us ? -EINVAL : 0;
		if (cast->nr + times > RACE_ACTORS_MAX)
			return -EINVAL;
		while (times--)
			cast->actors[cast->nr++] = actor;
	}
	return 0;
}

int race_cast_parse(const struct reap_order *orders, const char *text, struct race_cast *cast)
{
	char words[RACE_ORDER_MAX + 1], *reapers = words, *slash;
	struct race_actor *exit = &cast->actors[0];
	unsigned int times;

	if (strlen(text) > RACE_ORDER_MAX)
		return -EINVAL;
	strcpy(words, text);
	*exit = (struct race_actor){.role = ROLE_EXIT, .walks_by_itself = true};
	cast->nr = 1;
	slash = strchr(words, '/');
	if (slash) {
		*slash = '\0';
		reapers = slash + 1;
		if (parse_actor(orders, words, exit, &times) || times > 1 ||
		    !exit->plan.order->walk)
			return -EINVAL;
		exit->walks_by_itself = false;
	}
	return add_reapers(orders, reapers, cast);
}

int race_actor_cpu(const int cpu[NR_ROLES], unsigned int actor)
{
	unsigned int further = actor - NR_ROLES;
	cpu_set_t allowed;

	if (actor < NR_ROLES)
		return cpu[actor];
	if (cpu[ROLE_EXIT] < 0 || sched_getaffinity(0, sizeof(allowed), &allowed))
		return -1;
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &allowed) || i == cpu[ROLE_EXIT] || i == cpu[ROLE_REAPER])
			continue;
		if (!further--)
			return i;
	}
	return -1;
}

bool race_order_valid(const char *name)
{
	struct race_cast cast;

	return !race_cast_parse(engines[0]->orders, name, &cast);
}

bool race_order_traceable(const char *name)
{
	struct race_cast cast;

	return !race_cast_parse(engines[0]->orders, name, &cast) && cast.nr <= NR_ROLES;
}

bool race_walk_valid(const char *name)
{
	struct reap_plan plan;

	return !reap_plan_parse(engines[0]->orders, name, &plan) && plan.order->walk;
}

unsigned int race_actors(const char *order, const int cpu[NR_ROLES],
			 struct race_actor_info infos[RACE_ACTORS_MAX])
{
	struct race_cast cast;

	if (race_cast_parse(engines[0]->orders, order, &cast))
		return 0;
	for (unsigned int i = 0; i < cast.nr; i++) {
		const struct race_actor *actor = &cast.actors[i];
		const struct reap_order *walk = actor->plan.order;
		struct race_actor_info *info = &infos[i];

		*info = (struct race_actor_info){.role = actor->role,
						 .delay_us = actor->delay_us,
						 .cpu = race_actor_cpu(cpu, i)};
		if (actor->walks_by_itself)
			snprintf(info->order, sizeof(info->order), "forward");
		else if (walk->takes_step)
			snprintf(info->order, sizeof(info->order), "%.40s:%lu", walk->name,
				 actor->plan.step);
		else
			snprintf(info->order, sizeof(info->order), "%.40s", walk->name);
	}
	return cast.nr;
}

const char *race_task_name(enum role role)
{
	/* What a profiler shows; so the kernel's tasks look. */
	return role == ROLE_EXIT ? "exit" : "oom_reaper";
}

const char *race_operation_name(enum role role)
{
	return role == ROLE_EXIT ? "exit_mm" : "oom_reap_task";
}
