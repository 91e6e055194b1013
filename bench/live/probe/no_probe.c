// SPDX-License-Identifier: GPL-2.0-only
/* In the place of live_probe.c where this build has no BPF program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "live/probe/live_probe.h"

int live_probe_open(struct live_probe **probe, char *err, size_t errlen)
{
	*probe = NULL;
	snprintf(err, errlen,
		 "this build has no BPF probe: install clang, libbpf-dev and bpftool, and "
		 "configure anew");
	return -EOPNOTSUPP;
}

int live_probe_arm(struct live_probe *probe, pid_t victim, pid_t reaper)
{
	return -EOPNOTSUPP;
}

int live_probe_read(struct live_probe *probe, struct live_figures *figures)
{
	memset(figures, 0, sizeof(*figures));
	return -EOPNOTSUPP;
}

int live_probe_sees_spins(struct live_probe *probe)
{
	return -EOPNOTSUPP;
}

void live_probe_close(struct live_probe *probe)
{
}
