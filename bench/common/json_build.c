// SPDX-License-Identifier: GPL-2.0-only
#include "json_build.h"

#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *string)
{
	json_t *value = json_string(string);
	const char *high = string;
	char *copy, *c;

	while (*high && !(*high & 0x80))
		high++;
	if (value || !*high)
		return value;
	copy = strdup(string);
	if (!copy)
		return NULL;
	for (c = copy; *c; c++)
		if (*c & 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}
