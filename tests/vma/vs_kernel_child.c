// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side. The child fills all of its address space but the arena, so that a mapping
 * without an address has to go there too. From then on it must not need memory: no malloc, no
 * stdio.
 */
#include "vs_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vma/vm_flags.h"

#define FILL_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static char text[1 << 20];

struct child {
	int files[3]; /* by enum which_file */
	int smaps, pagemap;
};

static bool map_at(unsigned long start, unsigned long end, int flags, int fd)
{
	return mmap((void *)start, end - start, PROT_NONE, flags | MAP_FIXED_NOREPLACE, fd, 0) ==
	       (void *)start;
}

/* Guards of another file keep what fills the rest from merging with the arena. */
static bool fill_the_rest(void)
{
	int guard = memfd_create("guard", 0);

	if (guard < 0 || !map_at(PAGE_AT(-1), ARENA_START, MAP_SHARED, guard) ||
	    !map_at(ARENA_END, PAGE_AT(ARENA_PAGES + 1), MAP_SHARED, guard) ||
	    !map_at(ARENA_START, ARENA_END, FILL_FLAGS, -1))
		return false;
	for (unsigned long size = 1ul << 46; size >= 4096; size >>= 1) {
		while (mmap(NULL, size, PROT_NONE, FILL_FLAGS, -1, 0) != MAP_FAILED)
			;
	}
	return !munmap((void *)ARENA_START, ARENA_END - ARENA_START);
}

static bool move_heap(void)
{
	return !prctl(PR_SET_MM, PR_SET_MM_BRK, ARENA_START, 0, 0) &&
	       !prctl(PR_SET_MM, PR_SET_MM_START_BRK, ARENA_START, 0, 0);
}

bool kernel_can_brk(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(move_heap() ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

bool kernel_is_judge(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR));
}

/* These are of the process that opens them. */
static bool open_proc(struct child *child)
{
	child->smaps = open("/proc/self/smaps", O_RDONLY);
	child->pagemap = open("/proc/self/pagemap", O_RDONLY);
	return child->smaps >= 0 && child->pagemap >= 0;
}

/* A child goes on with the rest. This process keeps its memory until that is done. */
static long go_on_in_child(struct child *child)
{
	int status = 0;
	pid_t pid = fork();

	if (pid > 0) {
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD);
	}
	if (pid < 0)
		return -errno;
	close(child->smaps);
	close(child->pagemap);
	return open_proc(child) ? 0 : -errno;
}

static long do_call(struct child *child, const struct step *step)
{
	static const long numbers[] = {SYS_mmap,    SYS_munmap, SYS_mprotect, SYS_mremap,
				       SYS_madvise, SYS_mlock2, SYS_munlock,  SYS_brk};
	const unsigned long *arg = step->arg;
	long result;

	if (step->call == CALL_FORK)
		return go_on_in_child(child);
	if (step->call == CALL_MMAP)
		result = syscall(SYS_mmap, arg[0], arg[1], arg[2], arg[3], child->files[step->file],
				 arg[4]);
	else
		result = syscall(numbers[step->call], arg[0], arg[1], arg[2], arg[3], arg[4]);
	return result == -1 ? -errno : result;
}

static unsigned long flag_of(const char *name)
{
	static const struct {
		char name[3];
		unsigned long flag;
	} flags[] = {
		{"rd", VM_READ},       {"wr", VM_WRITE},       {"ex", VM_EXEC},
		{"sh", VM_SHARED},     {"mr", VM_MAYREAD},     {"mw", VM_MAYWRITE},
		{"me", VM_MAYEXEC},    {"ms", VM_MAYSHARE},    {"gd", VM_GROWSDOWN},
		{"lo", VM_LOCKED},     {"sr", VM_SEQ_READ},    {"rr", VM_RAND_READ},
		{"dc", VM_DONTCOPY},   {"ac", VM_ACCOUNT},     {"nr", VM_NORESERVE},
		{"wf", VM_WIPEONFORK}, {"dd", VM_DONTDUMP},    {"hg", VM_HUGEPAGE},
		{"nh", VM_NOHUGEPAGE}, {"lf", VM_LOCKONFAULT},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!memcmp(name, flags[i].name, 2))
			return flags[i].flag;
	}
	return 1ul << 63; /* none that we know, which is a difference */
}

static const char *line_after(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* A file has an inode: the fifth word of an area's line. */
static bool has_inode(const char *line)
{
	for (int i = 0; i < 4; i++)
		line = strchr(line, ' ') + 1;
	return *line != '0';
}

/* One area: its first line, then lines of figures, of which the flags are the last. */
static const char *read_area(const char *line, struct area *area)
{
	char *at;

	memset(area, 0, sizeof(*area));
	area->start = strtoul(line, &at, 16);
	area->end = strtoul(at + 1, &at, 16);
	area->offset = strtoul(at + 6, NULL, 16);
	area->file = has_inode(line);
	for (line = line_after(line); *line; line = line_after(line)) {
		if (strncmp(line, "VmFlags:", 8))
			continue;
		for (line += 9; *line != '\n'; line += 3)
			area->flags |= flag_of(line);
		return line + 1;
	}
	return line;
}

static bool look(const struct child *child, struct outcome *outcome)
{
	uint64_t pages[ARENA_PAGES];
	size_t len = 0;
	ssize_t got;

	while ((got = pread(child->smaps, text + len, sizeof(text) - 1 - len, (off_t)len)) > 0)
		len += (size_t)got;
	if (got < 0 || len + 1 >= sizeof(text))
		return false;
	text[len] = '\0';
	outcome->nr_areas = 0;
	for (const char *line = text; *line;) {
		struct area area;

		line = read_area(line, &area);
		if (area.end > ARENA_START && area.start < ARENA_END)
			outcome->areas[outcome->nr_areas++] = area;
	}
	outcome->map_count = outcome->nr_areas;
	if (pread(child->pagemap, pages, sizeof(pages), ARENA_START / 4096 * 8) != sizeof(pages))
		return false;
	for (unsigned int i = 0; i < ARENA_PAGES; i++)
		outcome->present[i] = pages[i] >> 62; /* in memory, or in swap */
	return true;
}

/* Pages of files and of shared memory come and go in other ways: look at private memory alone. */
static void forget_pages_of_files(struct outcome *outcome)
{
	bool private[ARENA_PAGES] = {false};

	for (unsigned int i = 0; i < outcome->nr_areas; i++) {
		const struct area *area = &outcome->areas[i];

		if (area->file)
			continue;
		for (unsigned long at = area->start; at < area->end; at += 4096)
		private[(at - ARENA_START) / 4096] = true;
	}
	for (unsigned int i = 0; i < ARENA_PAGES; i++)
		outcome->present[i] &= private[i];
}

static bool child_run(const struct step *steps, unsigned int nr, struct outcome *outcomes)
{
	struct child child = {.files = {-1, memfd_create("a", 0), memfd_create("b", 0)}};

	if (child.files[FILE_A] < 0 || child.files[FILE_B] < 0 || !open_proc(&child) ||
	    ftruncate(child.files[FILE_A], FILE_PAGES_A * 4096) ||
	    ftruncate(child.files[FILE_B], FILE_PAGES_B * 4096) || !fill_the_rest())
		return false;
	move_heap();
	for (unsigned int i = 0; i < nr; i++) {
		outcomes[i].result = do_call(&child, &steps[i]);
		if (!look(&child, &outcomes[i]))
			return false;
		forget_pages_of_files(&outcomes[i]);
	}
	return true;
}

bool kernel_run(const struct step *steps, unsigned int nr, struct outcome *outcomes)
{
	size_t bytes = nr * sizeof(*outcomes);
	struct outcome *shared;
	int status = 0;
	pid_t pid;

	shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return false;
	pid = fork();
	if (!pid) {
		errno = 0;
		_exit(child_run(steps, nr, shared) ? 0 : errno ? errno : EIO);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
		memcpy(outcomes, shared, bytes);
	munmap(shared, bytes);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return pid > 0 && !status;
}
