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

void enter_lazy_tlb(struct mm_struct *mm)
{
	__atomic_fetch_and(&mm->cpu_bitmap, ~(1UL << smp_processor_id()), __ATOMIC_SEQ_CST);
}

/* Interrupt the CPUs that use the address space, if there is one beside this CPU. */
static void flush_tlb_multi(struct mm_struct *mm)
{
	unsigned long others = __atomic_load_n(&mm->cpu_bitmap, __ATOMIC_SEQ_CST);

	if (others & ~(1UL << smp_processor_id()))
		membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

/*
 * Tell the hardware of all CPUs and wait for their answer, as TLBI and DSB ISH do. No instruction for
 * user programs invalidates a TLB; these go to all CPUs by the same way: on arm64 the invalidation of an
 * instruction cache line, which is the same kind of message (DVM), on x86 that of a cache line.
 */
static profiled void broadcast(struct mm_struct *mm)
{
	char *line = (char *)&mm->tlb_gen;

#ifdef __x86_64__
	__builtin_ia32_clflush(line);
	__builtin_ia32_mfence();
#else
	__builtin___clear_cache(line, line + sizeof(mm->tlb_gen));
#endif
}

profiled void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
				 unsigned int stride_shift, bool freed_tables)
{
	enum tlb_mode mode = mm->pgdat->tlb_mode;
	enum task_bucket outer;

	if (mode == TLB_OFF)
		return;
	outer = measure_tlb_begin();
	switch (mode) {
	case TLB_LAZY:
		/* A CPU that comes back from lazy mode sees by this number that it missed a flush. */
		__atomic_fetch_add(&mm->tlb_gen, 1, __ATOMIC_SEQ_CST);
		flush_tlb_multi(mm);
		break;
	case TLB_BROADCAST:
		broadcast(mm);
		break;
	default:
		membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	}
	measure_tlb_end(outer);
}
