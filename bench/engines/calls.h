/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls on an address space, as a table row. This header knows no tree. */
#ifndef UMAPLE_CALLS_H
#define UMAPLE_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/* The names as strace prints them. */
#define VM_CALLS(X)           \
	X(MMAP, mmap)         \
	X(MUNMAP, munmap)     \
	X(MPROTECT, mprotect) \
	X(MREMAP, mremap)     \
	X(MADVISE, madvise)   \
	X(MLOCK, mlock)       \
	X(MUNLOCK, munlock)   \
	X(BRK, brk)

enum vm_call_kind {
#define VM_CALL_ENUM(NAME, name) VM_CALL_##NAME,
	VM_CALLS(VM_CALL_ENUM)
#undef VM_CALL_ENUM
		NR_VM_CALLS
};

struct vm_call {
	enum vm_call_kind kind;
	unsigned long arg[6]; /* as the system call takes them; of mmap, arg[4] is not looked at */
	int file;	      /* of mmap: a number that names the file; below 0: none */
};

/* One VMA; the ends are addresses, the end exclusive. */
struct vm_area_info {
	unsigned long start, end, vm_flags, offset; /* offset in bytes */
	bool file;
};

#endif
