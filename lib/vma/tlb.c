// SPDX-License-Identifier: GPL-2.0-only
#include "tlb.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/port.h"
#include "measure/task_trace.h"

static bool use_membarrier;

/* libc's syscall() has no frame, so a profile does not show who called it: that is this one. */
static profiled long membarrier(int cmd)
{
	return syscall(__NR_membarrier, cmd, 0, 0);
}

int tlb_set_membarrier(bool on)
{
	use_membarrier = false;
	if (!on)
		return 0;
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		return -ENOSYS;
	use_membarrier = true;
	return 0;
}

profiled void flush_tlb_mm_range(void)
{
	enum task_bucket outer;

	if (!use_membarrier)
		return;
	outer = task_bucket_enter(BUCKET_TLB);
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	task_bucket_enter(outer);
}
