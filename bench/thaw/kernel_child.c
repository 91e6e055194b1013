// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/stop.h"

#define STACK	    (256u << 10)
#define PAGE	    4096
#define PATIENCE_MS 60000

struct kernel_child_shared {
	char name[16];
	atomic_uint running;
	atomic_bool enough;
	pid_t tid[KERNEL_CHILD_THREADS];
};

/* What a thread is started with, in the child. */
struct thread {
	struct kernel_child_shared *shared;
	unsigned int number;
};

static void sign_in(const struct thread *me)
{
	char name[32];

	snprintf(name, sizeof(name), "%s-%u", me->shared->name, me->number);
	prctl(PR_SET_NAME, name);
	me->shared->tid[me->number] = gettid();
	atomic_fetch_add(&me->shared->running, 1);
}

static void *thread_main(void *arg)
{
	sign_in(arg);
	for (;;)
		pause();
	return NULL;
}

/* Return: 0 or errno. */
static int start_threads(struct kernel_child_shared *shared, unsigned int nr)
{
	static struct thread threads[KERNEL_CHILD_THREADS];
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attr) ?: pthread_attr_setstacksize(&attr, STACK);
	for (unsigned int i = 0; !err && i < nr; i++) {
		threads[i] = (struct thread){shared, i};
		if (i)
			err = pthread_create(&thread, &attr, thread_main, &threads[i]);
		else
			sign_in(&threads[i]);
	}
	while (!err && atomic_load(&shared->running) < nr)
		usleep(100);
	return err;
}

/* Return: 0 or errno. */
static int touch(uint64_t bytes, atomic_bool *enough)
{
	volatile char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return errno;
	/* A kernel without huge pages does not know the advice. */
	if (madvise((void *)memory, bytes, MADV_NOHUGEPAGE) && errno != EINVAL)
		return errno;
	for (uint64_t at = 0; at < bytes && !atomic_load(enough); at += PAGE)
		memory[at] = 1;
	return 0;
}

static void await_go(int fd)
{
	uint64_t steps;

	if (read(fd, &steps, sizeof(steps)) != sizeof(steps))
		_exit(1);
}

static void answer(int fd, int err)
{
	if (write(fd, &err, sizeof(err)) != sizeof(err) || err)
		_exit(1);
}

static void child_main(const struct kernel_child *child, pid_t parent, int to)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	await_go(child->go);
	answer(to, start_threads(child->shared, child->threads));
	await_go(child->go);
	answer(to, touch(child->bytes, &child->shared->enough));
	for (;;)
		pause();
}

static int fork_child(struct kernel_child *child, int to, struct error_text *error)
{
	const pid_t parent = getpid();

	child->pid = fork();
	if (!child->pid)
		child_main(child, parent, to);
	if (child->pid < 0) {
		child->pid = 0;
		return error_text_set(error, -errno, "starting a process: %s", strerror(errno));
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		return error_text_set(error, errno == ENOSYS ? -EOPNOTSUPP : -errno,
				      "pidfd_open: %s; Linux 5.3 has it", strerror(errno));
	return 0;
}

int kernel_child_start(struct kernel_child *child, const char *name, unsigned int threads,
		       uint64_t bytes, struct error_text *error)
{
	int to[2], err;
	void *shared;

	*child = (struct kernel_child){.pidfd = -1, .go = -1, .answer = -1};
	child->threads = threads;
	child->bytes = bytes;
	shared = mmap(NULL, sizeof(*child->shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return error_text_set(error, -errno, "shared memory: %s", strerror(errno));
	child->shared = shared;
	snprintf(child->shared->name, sizeof(child->shared->name), "%.10s", name);
	/* A pipe would answer with SIGPIPE once the child is dead. */
	child->go = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	if (child->go < 0 || pipe2(to, O_CLOEXEC)) {
		err = error_text_set(error, -errno, "a pipe: %s", strerror(errno));
	} else {
		child->answer = to[0];
		err = fork_child(child, to[1], error);
		close(to[1]);
	}
	if (err)
		kernel_child_end(child);
	return err;
}

int kernel_child_go(struct kernel_child *child, struct error_text *error)
{
	const uint64_t step = 1;

	if (write(child->go, &step, sizeof(step)) != sizeof(step))
		return error_text_set(error, -errno, "a process that should go on: %s",
				      strerror(errno));
	return 0;
}

void kernel_child_enough(struct kernel_child *child)
{
	atomic_store(&child->shared->enough, true);
}

int kernel_child_await(struct kernel_child *child, struct error_text *error)
{
	struct pollfd wait = {.fd = child->answer, .events = POLLIN};
	int err = 0, got;

	do {
		got = poll(&wait, 1, PATIENCE_MS);
		if (stop_signal)
			return -EINTR;
	} while (got < 0 && errno == EINTR);
	if (got <= 0)
		return error_text_set(error, got ? -errno : -ETIMEDOUT, "a process hangs");
	if (read(child->answer, &err, sizeof(err)) != sizeof(err))
		return error_text_set(error, -ECHILD,
				      "a process died before it was ready (out of memory?)");
	if (err)
		return error_text_set(error, -err,
				      "a process cannot start %u threads of %llu bytes: %s",
				      child->threads, (unsigned long long)child->bytes,
				      strerror(err));
	return 0;
}

pid_t kernel_child_tid(const struct kernel_child *child, unsigned int i)
{
	return child->shared->tid[i];
}

void kernel_child_end(struct kernel_child *child)
{
	const int fds[] = {child->pidfd, child->go, child->answer};

	if (child->pid) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (child->shared)
		munmap(child->shared, sizeof(*child->shared));
	*child = (struct kernel_child){.pidfd = -1, .go = -1, .answer = -1};
}
