// SPDX-License-Identifier: GPL-2.0-only
#include "reap_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int reap_plan_parse(const struct reap_order *orders, const char *text, struct reap_plan *plan)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	unsigned long step = 1;

	for (const struct reap_order *order = orders; order->name; order++) {
		char *end;

		if (strlen(order->name) != len || memcmp(order->name, text, len))
			continue;
		if (colon) {
			if (!order->takes_step || colon[1] < '0' || colon[1] > '9')
				return -EINVAL;
			step = strtoul(colon + 1, &end, 10);
			if (*end || step < 1 || step > REAP_STEP_MAX)
				return -EINVAL;
		}
		if (plan)
			*plan = (struct reap_plan){order, step};
		return 0;
	}
	return -EINVAL;
}
