// SPDX-License-Identifier: GPL-2.0-only
/* Finding a layout by its name. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout_internal.h"

static const struct {
	const char *name;
	struct layout *(*make)(struct layout_error *err);
} builtins[] = {
	{"one", builtin_one},
	{"grid", builtin_grid},
	{"many", builtin_many},
	{"android", builtin_android},
};

/* Names that stand for a file we bring along. */
static const char *const snapshots[] = {"java", "node", "chromium-renderer"};

/* Skip the byte-order mark of UTF-8; refuse formats that we cannot read. */
static int skip_signature(struct layout_text *t)
{
	static const struct {
		const char *bytes, *what; /* NULL to skip it */
	} signatures[] = {
		{"\xef\xbb\xbf", NULL},
		{"\xff\xfe", "text in UTF-16: convert it to UTF-8 or ASCII"},
		{"\xfe\xff", "text in UTF-16: convert it to UTF-8 or ASCII"},
		{"\x1f\x8b", "compressed with gzip: unpack it first"},
		{"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"},
		{"\xfd"
		 "7zXZ",
		 "compressed with xz: unpack it first"},
		{"BZh", "compressed with bzip2: unpack it first"},
		{"PK\x03\x04", "a zip archive: unpack it first"},
	};

	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		size_t len = strlen(signatures[i].bytes);

		if ((size_t)(t->end - t->next) < len || memcmp(t->next, signatures[i].bytes, len))
			continue;
		if (signatures[i].what)
			return text_fail(t, 1, "%s", signatures[i].what);
		t->next += len;
		return 0;
	}
	return 0;
}

struct layout *layout_from_text(const char *name, const char *file, const char *text, size_t len,
				struct layout_error *err)
{
	struct layout_text t = {.file = file, .next = text, .end = text + len, .err = err};

	if (skip_signature(&t))
		return NULL;
	text = t.next;
	len = t.end - t.next;
	return format_is_ours(text, len) ? format_read(name, &t) : smaps_read(name, &t);
}

static struct layout *open_file(const char *path, struct layout_error *err)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base), size;
	char name[256], *text;
	struct layout *layout;

	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : 255, base);
	text = layout_slurp(path, &size, err);
	if (!text)
		return NULL;
	layout = layout_from_text(name, path, text, size, err);
	layout_alloc(text, 0);
	return layout;
}

static struct layout *open_snapshot(const char *name, struct layout_error *err)
{
	const char *env = getenv("UMAPLE_LAYOUTS");
	const char *const dirs[] = {env, UMAPLE_LAYOUTS_SOURCE, UMAPLE_LAYOUTS_INSTALLED};
	char path[4096];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (!dirs[i])
			continue;
		if (snprintf(path, sizeof(path), "%s/%s.smaps", dirs[i], name) >=
		    (int)sizeof(path)) {
			layout_fail(err, 0, "%s: the folder's path is too long", name);
			return NULL;
		}
		/* If the user named a folder, look nowhere else. */
		if (i == 0 || !access(path, F_OK))
			return open_file(path, err);
	}
	layout_fail(err, 0,
		    "%s: no %s.smaps in " UMAPLE_LAYOUTS_INSTALLED
		    "; set UMAPLE_LAYOUTS to its folder",
		    name, name);
	return NULL;
}

static struct layout *open_unscaled(const char *name, struct layout_error *err)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (!strcmp(name, builtins[i].name))
			return builtins[i].make(err);
	for (size_t i = 0; i < sizeof(snapshots) / sizeof(*snapshots); i++)
		if (!strcmp(name, snapshots[i]))
			return open_snapshot(name, err);
	if (!strchr(name, '/') && access(name, F_OK)) {
		layout_fail(err, 0,
			    "%s: no such layout or file; the layouts are one, grid, many, android, "
			    "java, node, chromium-renderer",
			    name);
		return NULL;
	}
	return open_file(name, err);
}

struct layout *layout_open(const char *name, unsigned int scale, struct layout_error *err)
{
	struct layout *layout = open_unscaled(name, err);

	if (layout && layout_scale(layout, scale, err)) {
		layout_free(layout);
		return NULL;
	}
	return layout;
}
