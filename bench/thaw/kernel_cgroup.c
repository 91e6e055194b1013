// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "common/small_file.h"
#include "common/stop.h"

#define NAME	    "reapbench-thaw-"
#define MOST_TRIES  50
#define TRY_EACH_NS 20000000
#define LOOK_EACH   1000000 /* ns, while the cgroup freezes */
#define MS	    1000000u

/* A path of a file in a cgroup. */
typedef char file_path[KERNEL_CGROUP_PATH + 64];

const char *kernel_freezer_name(enum kernel_freezer freezer)
{
	return freezer == KERNEL_FREEZER_V1 ? "v1" : "v2";
}

static const char *file_in(file_path path, const char *folder, const char *file)
{
	snprintf(path, sizeof(file_path), "%s/%s", folder, file);
	return path;
}

/* What a container, a missing right or an old kernel answers is not a failure of ours. */
static int failed(struct error_text *error, int err, const char *path)
{
	const bool lacks = err == -EPERM || err == -EACCES || err == -EROFS || err == -ENOENT ||
			   err == -EOPNOTSUPP;

	return error_text_set(error, lacks ? -EOPNOTSUPP : err, "%s: %s", path, strerror(-err));
}

static int set(const char *folder, const char *file, const char *text, struct error_text *error)
{
	file_path path;
	int err = small_file_write(file_in(path, folder, file), text);

	return err ? failed(error, err, path) : 0;
}

/* The same for a file that not every kernel has. */
static int set_if_there(const char *folder, const char *file, const char *text,
			struct error_text *error)
{
	file_path path;
	int err = small_file_write(file_in(path, folder, file), text);

	return err && err != -ENOENT ? failed(error, err, path) : 0;
}

/* Does a file of words have this one? */
static bool lists(const char *folder, const char *file, const char *word)
{
	char text[1024], *at = text, *one;
	file_path path;

	small_file_read(file_in(path, folder, file), text, sizeof(text));
	while ((one = strsep(&at, " \n")))
		if (!strcmp(one, word))
			return true;
	return false;
}

/* Where is the memory controller? */
static int find_memory(struct kernel_cgroup *cg, struct error_text *error)
{
	int err = kernel_mount_get(&cg->unified, "cgroup2", NULL, error);

	if (err && cg->freezer == KERNEL_FREEZER_V2)
		return err;
	cg->memory_version = 2;
	if (!err && lists(cg->unified.path, "cgroup.controllers", "memory"))
		return 0;
	cg->memory_version = 1;
	return kernel_mount_get(&cg->memory, "cgroup", "memory", error);
}

/* Make a cgroup. Its path is there before the cgroup is: the keeper must know about it. */
static int make(char made[KERNEL_CGROUP_PATH], const char *parent, const char *name,
		struct error_text *error)
{
	int err = -ENAMETOOLONG;

	if (snprintf(made, KERNEL_CGROUP_PATH, "%s/%s", parent, name) < KERNEL_CGROUP_PATH)
		err = mkdir(made, 0755) ? -errno : 0;
	if (!err)
		return 0;
	err = failed(error, err, made);
	made[0] = '\0';
	return err;
}

/* Without processes of its own in it, a cgroup may pass a controller on; the true root always. */
static int enable_memory(struct kernel_cgroup *cg, struct error_text *error)
{
	const char *root = cg->unified.path;
	int err;

	if (lists(root, "cgroup.subtree_control", "memory"))
		return 0;
	cg->enabled = true;
	err = set(root, "cgroup.subtree_control", "+memory", error);
	cg->enabled = !err;
	/* The root that a container sees has its processes. */
	if (err == -EBUSY)
		return error_text_set(error, -EOPNOTSUPP,
				      "%s has processes and may not pass on the memory controller",
				      root);
	return err;
}

static int make_memory(struct kernel_cgroup *cg, const char *name, struct error_text *error)
{
	const bool v2 = cg->memory_version == 2;
	int err = v2 ? enable_memory(cg, error) : 0;

	if (!err)
		err = make(cg->top, v2 ? cg->unified.path : cg->memory.path, name, error);
	if (!err && v2)
		err = set(cg->top, "cgroup.subtree_control", "+memory", error) ?:
		      set_if_there(cg->top, "memory.oom.group", "0", error) ?:
		      set_if_there(cg->top, "memory.swap.max", "0", error);
	if (!err && !v2) {
		/* Before Linux 5.11 this is a choice; where it cannot be made, it is made. */
		set_if_there(cg->top, "memory.use_hierarchy", "1", &(struct error_text){""});
		err = set(cg->top, "memory.swappiness", "0", error)
			      ?: set(cg->top, "memory.oom_control", "0", error);
	}
	if (!err)
		err = make(cg->victim, cg->top, "victim", error)
			      ?: make(cg->hog, cg->top, "hog", error);
	if (!err && v2)
		err = set_if_there(cg->victim, "memory.oom.group", "0", error);
	return err;
}

static int make_freezer(struct kernel_cgroup *cg, const char *name, struct error_text *error)
{
	const bool v1 = cg->freezer == KERNEL_FREEZER_V1;
	const char *memory = cg->memory_version == 2 ? cg->unified.path : cg->memory.path;
	const char *freezer = cg->unified.path;
	file_path path;
	int err = 0;

	if (v1) {
		err = kernel_mount_get(&cg->frozen, "cgroup", "freezer", error);
		freezer = cg->frozen.path;
	}
	if (err)
		return err;
	if (strcmp(memory, freezer)) {
		cg->freeze_apart = true;
		err = make(cg->freeze, freezer, name, error);
	} else {
		memcpy(cg->freeze, cg->victim, sizeof(cg->freeze));
	}
	if (!err && access(file_in(path, cg->freeze, v1 ? "freezer.state" : "cgroup.freeze"), W_OK))
		err = failed(error, -errno, path);
	return err;
}

static int open_counter(const char *folder, const char *file, struct error_text *error)
{
	file_path path;
	int fd = open(file_in(path, folder, file), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? failed(error, -errno, path) : fd;
}

static int open_counters(struct kernel_cgroup *cg, struct error_text *error)
{
	const bool v2 = cg->memory_version == 2;
	int fd = open_counter(cg->victim, v2 ? "memory.current" : "memory.usage_in_bytes", error);

	if (fd < 0)
		return fd;
	cg->usage_fd = fd;
	fd = open_counter(cg->victim, v2 ? "memory.events" : "memory.oom_control", error);
	if (fd < 0)
		return fd;
	cg->kills_fd = fd;
	if (kernel_cgroup_kills(cg) < 0)
		return error_text_set(
			error, -EOPNOTSUPP,
			"this kernel does not count OOM kills by cgroup (Linux 4.13)");
	return 0;
}

int kernel_cgroup_create(struct kernel_cgroup *cg, enum kernel_freezer freezer,
			 struct error_text *error)
{
	struct error_text unsaid;
	char name[32];
	int err;

	*cg = (struct kernel_cgroup){.freezer = freezer, .usage_fd = -1, .kills_fd = -1};
	snprintf(name, sizeof(name), NAME "%d", (int)getpid());
	err = find_memory(cg, error) ?: make_memory(cg, name, error) ?:
	      make_freezer(cg, name, error) ?: open_counters(cg, error);
	if (err)
		kernel_cgroup_destroy(cg, &unsaid);
	return err;
}

int kernel_cgroup_add(struct kernel_cgroup *cg, pid_t pid, bool victim, struct error_text *error)
{
	char text[16];
	int err;

	snprintf(text, sizeof(text), "%d", (int)pid);
	err = set(victim ? cg->victim : cg->hog, "cgroup.procs", text, error);
	if (!err && victim && cg->freeze_apart)
		err = set(cg->freeze, "cgroup.procs", text, error);
	return err;
}

static bool is_frozen(const struct kernel_cgroup *cg)
{
	const bool v1 = cg->freezer == KERNEL_FREEZER_V1;
	char text[256];
	file_path path;

	small_file_read(file_in(path, cg->freeze, v1 ? "freezer.state" : "cgroup.events"), text,
			sizeof(text));
	return v1 ? !strcmp(text, "FROZEN\n") : !!strstr(text, "frozen 1\n");
}

int kernel_cgroup_freeze(struct kernel_cgroup *cg, unsigned int wait_ms, struct error_text *error)
{
	const uint64_t end = clock_monotonic_ns() + (uint64_t)wait_ms * MS;
	const struct timespec pause = {.tv_nsec = LOOK_EACH};
	int err;

	err = cg->freezer == KERNEL_FREEZER_V1 ? set(cg->freeze, "freezer.state", "FROZEN", error)
					       : set(cg->freeze, "cgroup.freeze", "1", error);
	while (!err && !is_frozen(cg)) {
		if (stop_signal)
			return -EINTR;
		if (clock_monotonic_ns() > end)
			return error_text_set(error, -ETIMEDOUT, "%s is not frozen after %u ms",
					      cg->freeze, wait_ms);
		nanosleep(&pause, NULL);
	}
	return err;
}

void kernel_cgroup_thaw(struct kernel_cgroup *cg)
{
	struct error_text unsaid;

	if (!cg->freeze[0])
		return;
	if (cg->freezer == KERNEL_FREEZER_V1)
		set(cg->freeze, "freezer.state", "THAWED", &unsaid);
	else
		set(cg->freeze, "cgroup.freeze", "0", &unsaid);
}

void kernel_cgroup_kill(const struct kernel_cgroup *cg)
{
	const char *const folders[] = {cg->victim, cg->hog};
	char text[256], *at, *one;
	file_path path;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		if (!folders[i][0])
			continue;
		small_file_read(file_in(path, folders[i], "cgroup.procs"), text, sizeof(text));
		/* 0 is a process of another PID namespace, and for kill() a group. */
		for (at = text; (one = strsep(&at, "\n"));)
			if (atoi(one) > 1)
				kill(atoi(one), SIGKILL);
	}
}

int kernel_cgroup_limit(struct kernel_cgroup *cg, uint64_t room, struct error_text *error)
{
	const bool v2 = cg->memory_version == 2;
	char text[32];
	file_path path;
	ssize_t got;

	file_in(path, cg->top, v2 ? "memory.current" : "memory.usage_in_bytes");
	got = small_file_read(path, text, sizeof(text));
	if (got < 0)
		return failed(error, (int)got, path);
	snprintf(text, sizeof(text), "%llu", strtoull(text, NULL, 10) + (unsigned long long)room);
	if (v2)
		return set(cg->top, "memory.max", text, error);
	return set(cg->top, "memory.limit_in_bytes", text, error)
		       ?: set_if_there(cg->top, "memory.memsw.limit_in_bytes", text, error);
}

uint64_t kernel_cgroup_usage(const struct kernel_cgroup *cg)
{
	char text[32];
	ssize_t got = pread(cg->usage_fd, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	return strtoull(text, NULL, 10);
}

long kernel_cgroup_kills(const struct kernel_cgroup *cg)
{
	char text[256], *at;
	ssize_t got = pread(cg->kills_fd, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	at = strstr(text, "oom_kill ");
	return at ? strtol(at + strlen("oom_kill "), NULL, 10) : -1;
}

/* A cgroup can be busy for a moment after its last process was collected. */
static int remove_cgroup(const char *path, struct error_text *error)
{
	const struct timespec pause = {.tv_nsec = TRY_EACH_NS};
	int err = 0;

	for (int i = 0; path[0] && i < MOST_TRIES; i++) {
		err = rmdir(path) ? -errno : 0;
		if (err != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	if (!err || err == -ENOENT)
		return 0;
	return error_text_set(error, err, "%s stays: %s; by hand: rmdir %s", path, strerror(-err),
			      path);
}

static void keep_first(int *err, struct error_text *error, int now, const struct error_text *why)
{
	if (*err || !now)
		return;
	*err = now;
	*error = *why;
}

int kernel_cgroup_destroy(struct kernel_cgroup *cg, struct error_text *error)
{
	struct kernel_mount *const mounts[] = {&cg->frozen, &cg->memory, &cg->unified};
	const char *const folders[] = {cg->freeze_apart ? cg->freeze : "", cg->victim, cg->hog,
				       cg->top};
	struct error_text why;
	int err = 0;

	if (cg->usage_fd >= 0)
		close(cg->usage_fd);
	if (cg->kills_fd >= 0)
		close(cg->kills_fd);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		keep_first(&err, error, remove_cgroup(folders[i], &why), &why);
	/* Somebody else may use it by now; then it stays on. */
	if (cg->enabled)
		set(cg->unified.path, "cgroup.subtree_control", "-memory", &why);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++)
		keep_first(&err, error, kernel_mount_put(mounts[i], &why), &why);
	*cg = (struct kernel_cgroup){.usage_fd = -1, .kills_fd = -1};
	return err;
}
