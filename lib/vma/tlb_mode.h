/* SPDX-License-Identifier: GPL-2.0-only */
/* How a CPU makes the others forget translations, as a table. This header knows no address space. */
#ifndef UMAPLE_TLB_MODE_H
#define UMAPLE_TLB_MODE_H

/*
 * The modes, one entry each: name; what --tlb takes and a result's tlb key holds; help.
 */
#define TLB_MODES(X)                                                                   \
	X(LAZY, lazy,                                                                  \
	  "x86: an interrupt to each CPU that uses the address space; none to a task " \
	  "that has left it")                                                          \
	X(BROADCAST, broadcast,                                                        \
	  "arm64: the hardware tells all CPUs; the sender waits, no interrupt")        \
	X(IPI, ipi, "an interrupt for each flush, whoever uses the address space")     \
	X(OFF, off, "flushes cost nothing")

enum tlb_mode {
#define TLB_MODE_ENUM(NAME, name, help) TLB_##NAME,
	TLB_MODES(TLB_MODE_ENUM)
#undef TLB_MODE_ENUM
		NR_TLB_MODES,
};

/* The mode of the architecture that this program is built for. */
#if defined(__aarch64__)
#define TLB_MODE_DEFAULT TLB_BROADCAST
#else
#define TLB_MODE_DEFAULT TLB_LAZY
#endif

struct tlb_mode_info {
	const char *name, *help;
};

extern const struct tlb_mode_info tlb_mode_info[NR_TLB_MODES];

#endif
