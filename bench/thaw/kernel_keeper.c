// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Take everything back in place of the parent. Processes that are not frozen died with it. */
static void clean_up(struct kernel_kept *kept)
{
	struct error_text unsaid;

	/* The descriptors were the parent's. */
	kept->cgroup.usage_fd = kept->cgroup.kills_fd = -1;
	kernel_cgroup_kill(&kept->cgroup);
	kernel_cgroup_thaw(&kept->cgroup);
	kernel_trace_close(&kept->trace, &unsaid);
	kernel_cgroup_destroy(&kept->cgroup, &unsaid);
}

static void keeper_main(struct kernel_kept *kept, pid_t parent)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	sigset_t death;
	int which;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&death);
	sigaddset(&death, SIGUSR1);
	sigprocmask(SIG_BLOCK, &death, NULL);
	prctl(PR_SET_NAME, "reapbench-keep");
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	while (getppid() == parent)
		sigwait(&death, &which);
	clean_up(kept);
	_exit(0);
}

struct kernel_kept *kernel_keeper_start(struct error_text *error)
{
	const pid_t parent = getpid();
	struct kernel_kept *kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t keeper;

	if (kept == MAP_FAILED) {
		error_text_set(error, -errno, "shared memory: %s", strerror(errno));
		return NULL;
	}
	kept->cgroup.usage_fd = kept->cgroup.kills_fd = -1;
	/* Only the parent writes where both can see it. */
	keeper = fork();
	if (!keeper)
		keeper_main(kept, parent);
	if (keeper < 0) {
		error_text_set(error, -errno, "starting a process: %s", strerror(errno));
		munmap(kept, sizeof(*kept));
		return NULL;
	}
	kept->keeper = keeper;
	return kept;
}

void kernel_keeper_end(struct kernel_kept *kept)
{
	if (!kept)
		return;
	kill(kept->keeper, SIGKILL);
	while (waitpid(kept->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(kept, sizeof(*kept));
}
