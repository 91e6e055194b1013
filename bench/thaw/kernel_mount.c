// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_TRIES  50
#define TRY_EACH_NS 20000000
#define SOURCE	    "reapbench" /* of our mounts, in /proc/self/mountinfo */

/* Is a word among words that commas separate? */
static bool has_option(const char *options, const char *word)
{
	const size_t length = strlen(word);

	while (*options) {
		size_t this = strcspn(options, ",");

		if (this == length && !strncmp(options, word, length))
			return true;
		options += this + (options[this] == ',');
	}
	return false;
}

/*
 * Fields of a line: number, parent, device, root, folder, options, others, "-", type, source,
 * options of the file system. Return: does the line describe what is wanted?
 */
static bool parse_line(char *line, struct kernel_mount *mount, const char *type,
		       const char *controller)
{
	char folder[sizeof(mount->path)], seen[32], source[64], options[512];
	const char *tail = strstr(line, " - ");

	if (!tail || sscanf(line, "%*s %*s %*s %*s %223s", folder) != 1 ||
	    sscanf(tail, " - %31s %63s %511s", seen, source, options) != 3)
		return false;
	/* Another run will unmount its own. */
	if (!strcmp(source, SOURCE))
		return false;
	/* White space in a name is written with a backslash; such a name is not looked at. */
	if (strcmp(seen, type) || strchr(folder, '\\'))
		return false;
	if (controller && !has_option(options, controller))
		return false;
	memcpy(mount->path, folder, sizeof(folder));
	return true;
}

static bool find(struct kernel_mount *mount, const char *type, const char *controller)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool found = false;
	char *line = NULL;
	size_t room = 0;

	while (file && !found && getline(&line, &room, file) > 0)
		found = parse_line(line, mount, type, controller);
	free(line);
	if (file)
		fclose(file);
	return found;
}

int kernel_mount_get(struct kernel_mount *m, const char *type, const char *controller,
		     struct error_text *error)
{
	const char *folder = getenv("TMPDIR");
	int err;

	*m = (struct kernel_mount){.path = ""};
	if (controller)
		snprintf(m->controller, sizeof(m->controller), "%s", controller);
	if (find(m, type, controller))
		return 0;
	snprintf(m->path, sizeof(m->path), "%.190s/reapbench-mount.XXXXXX",
		 folder && *folder ? folder : "/tmp");
	/* What is said to be there may not be there yet, but not the other way round. */
	m->own = true;
	if (!mkdtemp(m->path)) {
		err = error_text_set(error, -errno, "a folder to mount on: %s: %s", m->path,
				     strerror(errno));
		*m = (struct kernel_mount){.path = ""};
		return err;
	}
	if (!mount(SOURCE, m->path, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, controller))
		return 0;
	err = error_text_set(error, -EOPNOTSUPP, "%s%s%s is not mounted and cannot be: %s", type,
			     controller ? " with the controller " : "",
			     controller ? controller : "", strerror(errno));
	rmdir(m->path);
	*m = (struct kernel_mount){.path = ""};
	return err;
}

/* Are there cgroups besides the root in a hierarchy, of which some may be removed already? */
static bool has_cgroups(const char *controller)
{
	FILE *file = fopen("/proc/cgroups", "re");
	char line[128], name[32];
	unsigned int nr;
	bool has = false;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %*u %u", name, &nr) == 2 && !strcmp(name, controller))
			has = nr > 1;
	if (file)
		fclose(file);
	return has;
}

int kernel_mount_put(struct kernel_mount *mount, struct error_text *error)
{
	const struct timespec pause = {.tv_nsec = TRY_EACH_NS};
	int err = 0;

	for (int i = 0; mount->own && i < MOST_TRIES; i++) {
		if (!mount->controller[0] || !has_cgroups(mount->controller))
			break;
		nanosleep(&pause, NULL);
	}
	for (int i = 0; mount->own && i < MOST_TRIES; i++) {
		err = umount(mount->path) ? -errno : 0;
		if (err != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	/* It was not mounted. */
	if (err == -EINVAL || err == -ENOENT)
		err = 0;
	if (mount->own && !err && rmdir(mount->path) && errno != ENOENT)
		err = -errno;
	if (err)
		error_text_set(error, err, "%s stays mounted: %s; by hand: umount %s; rmdir %s",
			       mount->path, strerror(-err), mount->path, mount->path);
	*mount = (struct kernel_mount){.path = ""};
	return err;
}
