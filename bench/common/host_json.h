/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UMAPLE_HOST_JSON_H
#define UMAPLE_HOST_JSON_H

#include <jansson.h>

#include "host.h"

/**
 * host_json() - The object "host" of a result.
 * @host: what host_describe() filled in.
 *
 * Context: Any.
 * Return: The object, or NULL if memory ran out.
 */
json_t *host_json(const struct host *host);

#endif
