// SPDX-License-Identifier: GPL-2.0-only
#include "figure_text.h"

#include <stdio.h>

#include "common/format.h"

const char *live_figure_text(char *text, const struct live_value *v, enum metric_unit unit)
{
	const struct time_unit *time;
	char number[3][16];

	if (!v->known)
		return "-";
	switch (unit) {
	case UNIT_NS:
		time = time_unit_for(v->i.median > 0 ? v->i.median : v->i.hi);
		snprintf(text, LIVE_FIGURE_TEXT, "%s %s %s-%s",
			 format_number(number[0], v->i.median / time->ns), time->name,
			 format_number(number[1], v->i.lo / time->ns),
			 format_number(number[2], v->i.hi / time->ns));
		break;
	case UNIT_SHARE:
		snprintf(text, LIVE_FIGURE_TEXT, "%s %% %s-%s",
			 format_number(number[0], 100 * v->i.median),
			 format_number(number[1], 100 * v->i.lo),
			 format_number(number[2], 100 * v->i.hi));
		break;
	default:
		snprintf(text, LIVE_FIGURE_TEXT, "%s %s-%s", format_number(number[0], v->i.median),
			 format_number(number[1], v->i.lo), format_number(number[2], v->i.hi));
	}
	return text;
}
