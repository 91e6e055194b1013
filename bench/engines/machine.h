/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of an engine's table; engine.h says what each does. */
#ifndef UMAPLE_MACHINE_H
#define UMAPLE_MACHINE_H

#include "engine.h"

struct pglist_data *machine_create(const struct machine_size *size);
void machine_destroy(struct pglist_data *pgdat);
int machine_prepare(struct pglist_data *pgdat, const struct machine_state *state);
bool machine_check(struct pglist_data *pgdat, char *err, size_t errlen);

#endif
