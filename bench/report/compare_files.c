// SPDX-License-Identifier: GPL-2.0-only
/* Two samples against each other, with how sure that is. */
#include <errno.h>

#include "compare_files.h"
#include "common/stats.h"

int compare_samples(const struct sample_set *above, const struct sample_set *below, bool paired,
		    struct comparison_of *out)
{
	int err;

	*out = (struct comparison_of){.p = 1};
	if (!above->nr || !below->nr)
		return 0;
	if (paired && above->nr == below->nr)
		err = stats_ratio(above->values, below->values, above->nr, &out->ratio);
	else
		err = stats_ratio_unpaired(above->values, above->nr, below->values, below->nr,
					   &out->ratio);
	if (err)
		return err == -EDOM ? 0 : err;
	err = stats_mann_whitney(above->values, above->nr, below->values, below->nr, &out->p);
	if (err)
		return err;
	out->known = true;
	out->significant = out->p < STATS_LEVEL && (out->ratio.hi < 1 || out->ratio.lo > 1);
	return 0;
}
