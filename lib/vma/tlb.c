// SPDX-License-Identifier: GPL-2.0-only
#include "tlb.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/hooks.h"
#include "mm_types.h"

/* libc's syscall() has no frame; without this one a profile would not show who called it. */
static profiled long membarrier(int cmd)
{
	return syscall(__NR_membarrier, cmd, 0, 0);
}

profiled void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
				 unsigned int stride_shift, bool freed_tables)
{
	enum task_bucket outer;

	if (!mm->pgdat->tlb_membarrier)
		return;
	outer = measure_tlb_begin();
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	measure_tlb_end(outer);
}
