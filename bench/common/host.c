// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "version.h"

#ifndef UMAPLE_C_FLAGS
#define UMAPLE_C_FLAGS "unknown"
#endif

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void cpu_model(char *model, size_t size)
{
	FILE *info = fopen("/proc/cpuinfo", "re");
	char *line = NULL, *colon;
	size_t room = 0;

	while (info && getline(&line, &room, info) > 0) {
		if (strncmp(line, "model name", strlen("model name")))
			continue;
		colon = strchr(line, ':');
		if (!colon)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		if (*colon) {
			snprintf(model, size, "%s", colon);
			break;
		}
	}
	free(line);
	if (info)
		fclose(info);
}

void host_describe(struct host *host, time_t now)
{
	struct utsname name;
	struct tm utc;

	snprintf(host->cpu, sizeof(host->cpu), "unknown");
	snprintf(host->kernel, sizeof(host->kernel), "unknown");
	snprintf(host->date, sizeof(host->date), "unknown");
	if (!uname(&name)) {
		snprintf(host->cpu, sizeof(host->cpu), "%s", name.machine);
		snprintf(host->kernel, sizeof(host->kernel), "%s %s", name.sysname, name.release);
	}
	cpu_model(host->cpu, sizeof(host->cpu));
	host->cores = sysconf(_SC_NPROCESSORS_ONLN);
	host->compiler = COMPILER;
	host->flags = UMAPLE_C_FLAGS;
	host->version = UMAPLE_VERSION;
	host->commit = UMAPLE_COMMIT;
	if (gmtime_r(&now, &utc))
		strftime(host->date, sizeof(host->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
}
