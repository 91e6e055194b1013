// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: who is interrupted by a TLB shootdown, in each mode. System calls are watched by
 * wrapping syscall() at link time; the exiting task runs on CPU 0, a reaper on CPU 1. Wrong looks
 * like an interrupt to a task that has left its address space or that flushes only itself, or
 * none to a task that still uses it.
 */
#include <linux/membarrier.h>
#include <sys/syscall.h>

#include "engines/reap_plan.h"
#include "mm_fixture.h"
#include "vma/tlb.h"

#define BASE	(1ul << 32)
#define NR_VMAS 40
#define EXITING 0
#define REAPER	1

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static unsigned int interrupts, registered;
static bool no_membarrier;

/* All callers in the layers under test pass three words after the number. */
long __wrap_syscall(long number, ...)
{
	long word[3];
	va_list args;

	va_start(args, number);
	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		word[i] = va_arg(args, long);
	va_end(args);
	if (number != __NR_membarrier)
		return __real_syscall(number, word[0], word[1], word[2]);
	interrupts += (int)word[0] == MEMBARRIER_CMD_PRIVATE_EXPEDITED;
	registered += (int)word[0] == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
	if (no_membarrier) {
		errno = ENOSYS;
		return -1;
	}
	/* Where the kernel has none, the count is all that the test wants. */
	__real_syscall(number, word[0], word[1], word[2]);
	return 0;
}

static void on_cpu(unsigned int cpu)
{
	this_task.cpu = cpu;
}

static void start_victim(struct machine *m, enum tlb_mode mode)
{
	memset(&this_task, 0, sizeof(this_task));
	no_membarrier = false;
	registered = 0;
	on_cpu(EXITING);
	machine_start(m, 4096, 0);
	assert_int_equal(tlb_set_mode(m->pgdat, mode), 0);
	for (unsigned long i = 0; i < NR_VMAS; i++) {
		map_vma(m, BASE + i * PMD_SIZE, BASE + i * PMD_SIZE + 2 * PAGE_SIZE);
		fill(m, BASE + i * PMD_SIZE, BASE + i * PMD_SIZE + 2 * PAGE_SIZE, POPULATE_ANON);
	}
	lru_add_drain_all(m->pgdat);
	interrupts = 0;
}

/* Interrupts that @order sends from the reaper's CPU. */
static unsigned int reap(struct machine *m, const char *order)
{
	unsigned int before = interrupts;
	struct reap_plan plan;

	assert_int_equal(reap_plan_parse(reap_orders, order, &plan), 0);
	on_cpu(REAPER);
	assert_true(mrelease_mm(m->mm, &plan));
	on_cpu(EXITING);
	assert_int_equal(pages_mapped(m), 0);
	return interrupts - before;
}

static unsigned int leave(struct machine *m)
{
	unsigned int before = interrupts;

	on_cpu(EXITING);
	exit_mm(m->mm);
	machine_verify(m);
	return interrupts - before;
}

static void lazy_interrupts_a_victim_that_still_has_its_address_space(void **state)
{
	struct machine m;

	start_victim(&m, TLB_LAZY);
	assert_int_equal(reap(&m, "reverse"), NR_VMAS); /* one gather for each VMA */
	assert_int_equal(leave(&m), 0);
}

static void lazy_leaves_a_victim_alone_that_has_left(void **state)
{
	struct machine m;

	start_victim(&m, TLB_LAZY);
	enter_lazy_tlb(m.mm);
	assert_int_equal(reap(&m, "reverse"), 0);
	assert_int_equal(leave(&m), 0);
}

/* The moment counts, not the race as a whole. */
static void lazy_stops_when_the_victim_leaves(void **state)
{
	struct machine m;

	start_victim(&m, TLB_LAZY);
	on_cpu(REAPER);
	for (unsigned int i = 0; i < NR_VMAS; i++) {
		mmap_read_lock(m.mm);
		zap_page_range_single(vma_lookup(m.mm, BASE + i * PMD_SIZE), BASE + i * PMD_SIZE,
				      PAGE_SIZE);
		mmap_read_unlock(m.mm);
		assert_int_equal(interrupts, i < 10 ? i + 1 : 10);
		if (i == 9) {
			on_cpu(EXITING);
			enter_lazy_tlb(m.mm);
			on_cpu(REAPER);
		}
	}
	assert_int_equal(m.mm->tlb_gen, NR_VMAS); /* no flush is forgotten, though */
	leave(&m);
}

static void lazy_does_not_interrupt_the_task_that_flushes(void **state)
{
	struct machine m;

	start_victim(&m, TLB_LAZY);
	zap(&m, BASE, BASE + PAGE_SIZE);
	unmap(&m, BASE, BASE + 3 * PMD_SIZE);
	assert_int_equal(interrupts, 0);
	assert_int_equal(leave(&m), 0);
}

static void another_cpu_in_lazy_mode_changes_nothing(void **state)
{
	struct machine m;

	start_victim(&m, TLB_LAZY);
	on_cpu(REAPER); /* never used the address space */
	enter_lazy_tlb(m.mm);
	assert_int_equal(reap(&m, "reverse"), NR_VMAS);
	leave(&m);
}

static void ipi_interrupts_always(void **state)
{
	struct machine m;

	start_victim(&m, TLB_IPI);
	enter_lazy_tlb(m.mm);
	assert_int_equal(reap(&m, "reverse"), NR_VMAS);
	assert_int_equal(leave(&m), 1); /* the tables */
	start_victim(&m, TLB_IPI);
	assert_int_equal(leave(&m), 1);
	start_victim(&m, TLB_IPI);
	assert_int_equal(reap(&m, "forward"), NR_VMAS);
	zap(&m, BASE, BASE + PAGE_SIZE); /* nothing is there to flush */
	assert_int_equal(interrupts, NR_VMAS);
	leave(&m);
}

static void broadcast_and_off_interrupt_nobody(void **state)
{
	static const enum tlb_mode modes[] = {TLB_BROADCAST, TLB_OFF};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct machine m;

		start_victim(&m, modes[i]);
		assert_int_equal(registered, 0);
		assert_int_equal(reap(&m, "reverse"), 0);
		assert_int_equal(leave(&m), 0);
	}
}

static void a_kernel_without_membarrier_is_reported(void **state)
{
	struct pglist_data *node = pgdat_create(1024);

	assert_non_null(node);
	assert_int_equal(node->tlb_mode, TLB_OFF);
	for (int mode = 0; mode < NR_TLB_MODES; mode++) {
		bool needed = mode == TLB_LAZY || mode == TLB_IPI;

		no_membarrier = false;
		assert_int_equal(tlb_set_mode(node, (enum tlb_mode)mode), 0);
		assert_int_equal(node->tlb_mode, mode);
		no_membarrier = true;
		assert_int_equal(tlb_set_mode(node, (enum tlb_mode)mode), needed ? -ENOSYS : 0);
		assert_int_equal(node->tlb_mode, needed ? (int)TLB_OFF : mode);
	}
	pgdat_destroy(node);
}

static void modes_have_names_of_their_own(void **state)
{
	for (int mode = 0; mode < NR_TLB_MODES; mode++) {
		assert_non_null(tlb_mode_info[mode].help);
		for (int other = 0; other < mode; other++)
			assert_string_not_equal(tlb_mode_info[mode].name,
						tlb_mode_info[other].name);
	}
	assert_string_equal(tlb_mode_info[TLB_LAZY].name, "lazy");
	assert_string_equal(tlb_mode_info[TLB_OFF].name, "off");
}

static void shoot_down(struct machine *m)
{
	on_cpu(REAPER);
	flush_tlb_mm_range(m->mm, BASE, BASE + PAGE_SIZE, PAGE_SHIFT, false);
	on_cpu(EXITING);
}

static void a_shootdown_has_its_bucket_only_if_there_is_one(void **state)
{
	struct task_trace trace = {0};
	struct machine m;

	start_victim(&m, TLB_OFF);
	task_trace_begin(&trace, clock_ticks());
	shoot_down(&m);
	assert_int_equal(trace.bucket_ticks[BUCKET_TLB], 0);
	task_trace_end(clock_ticks());
	for (int mode = 0; mode < NR_TLB_MODES; mode++) {
		if (mode == TLB_OFF)
			continue;
		assert_int_equal(tlb_set_mode(m.pgdat, (enum tlb_mode)mode), 0);
		trace = (struct task_trace){0};
		task_trace_begin(&trace, clock_ticks());
		task_trace_switch(&trace, BUCKET_UNDER_PTL, clock_ticks());
		shoot_down(&m);
		assert_int_equal(trace.bucket, BUCKET_UNDER_PTL);
		assert_true(trace.bucket_ticks[BUCKET_TLB] > 0);
		task_trace_end(clock_ticks());
	}
	leave(&m);
}

static void each_machine_has_a_mode_of_its_own(void **state)
{
	struct machine m, other;

	start_victim(&m, TLB_IPI);
	start_victim(&other, TLB_OFF);
	shoot_down(&other);
	assert_int_equal(interrupts, 0);
	shoot_down(&m);
	assert_int_equal(interrupts, 1);
	assert_int_equal(tlb_set_mode(other.pgdat, TLB_LAZY), 0);
	assert_int_equal(m.pgdat->tlb_mode, TLB_IPI);
	exit_mm(other.mm);
	exit_mm(m.mm);
	/* Both share the slabs that the check counts, so one is destroyed without it. */
	assert_true(mm_destroy(other.mm, NULL, (char[128]){""}, 128));
	pgdat_destroy(other.pgdat);
	machine_verify(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lazy_interrupts_a_victim_that_still_has_its_address_space),
		cmocka_unit_test(lazy_leaves_a_victim_alone_that_has_left),
		cmocka_unit_test(lazy_stops_when_the_victim_leaves),
		cmocka_unit_test(lazy_does_not_interrupt_the_task_that_flushes),
		cmocka_unit_test(another_cpu_in_lazy_mode_changes_nothing),
		cmocka_unit_test(ipi_interrupts_always),
		cmocka_unit_test(broadcast_and_off_interrupt_nobody),
		cmocka_unit_test(a_kernel_without_membarrier_is_reported),
		cmocka_unit_test(modes_have_names_of_their_own),
		cmocka_unit_test(a_shootdown_has_its_bucket_only_if_there_is_one),
		cmocka_unit_test(each_machine_has_a_mode_of_its_own),
	};

	return mm_run_group(tests);
}
