// SPDX-License-Identifier: GPL-2.0-only
#include "host_json.h"

#include "json_build.h"

json_t *host_json(const struct host *host)
{
	return json_pack("{s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "cpu", json_text(host->cpu),
			 "cores", (json_int_t)host->cores, "kernel", host->kernel, "compiler",
			 host->compiler, "flags", host->flags, "date", host->date, "version",
			 host->version, "commit", host->commit);
}
