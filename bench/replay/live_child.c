// SPDX-License-Identifier: GPL-2.0-only
#include "live_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/user.h> has these for debuggers of old. */
#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK

#include "base/fault.h"
#include "vma/vm_flags.h"

#define PAGE	   4096UL
#define USER_END   0x7ffffffff000UL
#define CODE	   0x10000UL  /* the lowest address that a process may map */
#define FILE_BYTES (1L << 40) /* sparse; no trace maps beyond it */

#ifdef __x86_64__
/* syscall; int3: it stops behind each call. */
static const unsigned char instructions[] = {0x0f, 0x05, 0xcc};
#endif

int live_child_main(void)
{
#ifdef __x86_64__
	void *page;

	/* Whoever drives it has started it like this. */
	if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		fputs("reapbench replay: " LIVE_CHILD_WORD " is for replay --live to use\n",
		      stderr);
		return 2;
	}
	page = mmap((void *)CODE, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (page != (void *)CODE)
		return 1;
	memcpy(page, instructions, sizeof(instructions));
	if (mprotect(page, PAGE, PROT_READ | PROT_EXEC) || prctl(PR_SET_PDEATHSIG, SIGKILL) ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		return 1;
	raise(SIGSTOP);
#endif
	return 1;
}

#ifdef __x86_64__
/* One system call in the process. */
static int inject(const struct live_child *child, long number, const unsigned long arg[6],
		  long *result)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_GETREGS, child->pid, NULL, &regs))
		return -ECHILD;
	regs.rip = CODE;
	regs.rax = (unsigned long)number;
	/* Whatever stopped it last is no call that has to be begun again. */
	regs.orig_rax = (unsigned long)-1;
	regs.rdi = arg[0];
	regs.rsi = arg[1];
	regs.rdx = arg[2];
	regs.r10 = arg[3];
	regs.r8 = arg[4];
	regs.r9 = arg[5];
	if (ptrace(PTRACE_SETREGS, child->pid, NULL, &regs) ||
	    ptrace(PTRACE_CONT, child->pid, NULL, NULL) ||
	    waitpid(child->pid, &status, 0) != child->pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGTRAP || ptrace(PTRACE_GETREGS, child->pid, NULL, &regs))
		return -ECHILD;
	*result = (long)regs.rax;
	return 0;
}
#else
static int inject(const struct live_child *child, long number, const unsigned long arg[6],
		  long *result)
{
	return -ECHILD;
}
#endif

/* It wants a call of ours to succeed; one that does not is as bad as none. */
static int must(const struct live_child *child, long number, unsigned long a, unsigned long b,
		unsigned long c, unsigned long d, unsigned long e)
{
	const unsigned long arg[6] = {a, b, c, d, e, 0};
	long result;
	int err = inject(child, number, arg, &result);

	return err ? err : result < 0 && result > -4096 ? (int)result : 0;
}

int live_child_call(struct live_child *child, const struct vm_call *call, long *result)
{
	static const long numbers[NR_VM_CALLS] = {
		[VM_CALL_MMAP] = SYS_mmap,	   [VM_CALL_MUNMAP] = SYS_munmap,
		[VM_CALL_MPROTECT] = SYS_mprotect, [VM_CALL_MREMAP] = SYS_mremap,
		[VM_CALL_MADVISE] = SYS_madvise,   [VM_CALL_MLOCK] = SYS_mlock,
		[VM_CALL_MUNLOCK] = SYS_munlock,   [VM_CALL_BRK] = SYS_brk,
	};
	unsigned long arg[6];

	memcpy(arg, call->arg, sizeof(arg));
	if (call->kind == VM_CALL_MMAP)
		arg[4] = call->file > 0 ? (unsigned long)child->files[call->file - 1]
					: (unsigned long)-1;
	return inject(child, numbers[call->kind], arg, result);
}

/* Fill what is free from @base up. A mapping of a file of its own merges with nothing. */
struct filling {
	struct live_child *child;
	unsigned long next;
	int err;
};

static void fill(struct filling *f, unsigned long end)
{
	if (f->next < end && !f->err)
		f->err = must(f->child, SYS_mmap, f->next, end - f->next, PROT_NONE,
			      MAP_SHARED | MAP_FIXED_NOREPLACE, (unsigned long)f->child->guard);
}

static void fill_below(const struct vm_area_info *area, void *arg)
{
	struct filling *f = arg;

	if (area->end <= f->next)
		return;
	fill(f, area->start);
	f->next = area->end;
}

/* What the kernel believes of the program, with the heap where it is wanted; in the process's page. */
static bool move_heap(const struct live_child *child, unsigned long brk)
{
	const struct prctl_mm_map map = {
		.start_code = CODE,
		.end_code = CODE + PAGE,
		.start_data = CODE,
		.end_data = CODE,
		.start_brk = brk,
		.brk = brk,
		.start_stack = CODE,
		.arg_start = CODE,
		.arg_end = CODE,
		.env_start = CODE,
		.env_end = CODE,
		.exe_fd = (unsigned int)-1,
	};
	const unsigned long at = CODE + PAGE / 2;
	unsigned long words[sizeof(map) / sizeof(unsigned long)];

	memcpy(words, &map, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ptrace(PTRACE_POKEDATA, child->pid, (void *)(at + i * sizeof(words[0])),
			   (void *)words[i]))
			return false;
	return !must(child, SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, at, sizeof(map), 0);
}

int live_child_set_limits(struct live_child *child, unsigned long mmap_base, unsigned long brk)
{
	struct filling f = {.child = child, .next = mmap_base};
	int err = 0;

	if (mmap_base) {
		err = live_child_maps(child, fill_below, &f);
		fill(&f, USER_END);
		err = err ? err : f.err;
	}
	if (brk && !err)
		child->heap_movable = move_heap(child, brk);
	return err;
}

int live_child_maps(const struct live_child *child,
		    void (*fn)(const struct vm_area_info *area, void *arg), void *arg)
{
	char path[64], line[4600], perms[5];
	struct stat guard;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", child->pid);
	maps = fopen(path, "re");
	if (!maps || fstat(child->guard, &guard)) {
		const int err = -errno;

		if (maps)
			fclose(maps);
		return err;
	}
	while (fgets(line, sizeof(line), maps)) {
		struct vm_area_info area = {0};
		unsigned long inode;

		if (sscanf(line, "%lx-%lx %4s %lx %*x:%*x %lu", &area.start, &area.end, perms,
			   &area.offset, &inode) != 5 ||
		    area.start == CODE || area.end > USER_END || inode == guard.st_ino)
			continue;
		area.vm_flags = (perms[0] == 'r' ? VM_READ : 0) | (perms[1] == 'w' ? VM_WRITE : 0) |
				(perms[2] == 'x' ? VM_EXEC : 0) | (perms[3] == 's' ? VM_SHARED : 0);
		area.file = inode;
		fn(&area, arg);
	}
	fclose(maps);
	return 0;
}

/* A file without a name. Its file system decides where huge pages fit. */
static int unnamed_file(void)
{
	const char *folder = getenv("TMPDIR");
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%.200s/umaple-replay-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (ftruncate(fd, FILE_BYTES)) {
		const int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int open_files(struct live_child *child, int nr)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	child->files = fault_should_fail() ? NULL : calloc((size_t)nr + 1, sizeof(int));
	if (!child->files)
		return -ENOMEM;
	child->guard = memfd_create("guard", 0);
	if (child->guard < 0)
		return -errno;
	for (; child->nr_files < nr; child->nr_files++) {
		const int fd = unnamed_file();

		if (fd < 0)
			return fd;
		child->files[child->nr_files] = fd;
	}
	return 0;
}

/* Without random addresses, mappings begin as high as they can: above those of any trace. */
static void exec_child(void)
{
	char *const argv[] = {"reapbench", "replay", LIVE_CHILD_WORD, NULL};

	personality(ADDR_NO_RANDOMIZE);
	/* The kernel writes to what the C library registered for rseq(2), and that will be unmapped. */
	setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int start(struct live_child *child)
{
	int status;

	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (!child->pid)
		exec_child();
	/* It stops twice: at the exec, if the tracer is there already, and of its own accord. */
	if (waitpid(child->pid, &status, WUNTRACED) != child->pid)
		return -errno;
	if (!WIFSTOPPED(status)) {
		child->pid = 0;
		return -ECHILD;
	}
	ptrace(PTRACE_SETOPTIONS, child->pid, NULL, (void *)(uintptr_t)PTRACE_O_EXITKILL);
	return must(child, SYS_munmap, CODE + PAGE, USER_END - CODE - PAGE, 0, 0, 0);
}

int live_child_start(struct live_child *child, int nr_files, struct error_text *error)
{
	int err;

	*child = (struct live_child){.guard = -1};
#ifndef __x86_64__
	return error_text_set(error, -EOPNOTSUPP, "--live: only on x86-64");
#endif
	err = open_files(child, nr_files);
	if (err) {
		error_text_set(error, err, "--live: cannot make %d files: %s", nr_files,
			       strerror(-err));
	} else {
		err = start(child);
		if (err)
			error_text_set(error, err, "--live: cannot drive a process: %s",
				       strerror(-err));
	}
	if (err)
		live_child_end(child);
	return err;
}

void live_child_end(struct live_child *child)
{
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	for (int i = 0; i < child->nr_files; i++)
		close(child->files[i]);
	if (child->guard >= 0)
		close(child->guard);
	free(child->files);
	*child = (struct live_child){.guard = -1};
}
