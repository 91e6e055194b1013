// SPDX-License-Identifier: GPL-2.0-only
#include "perf_frame.h"

#define CODE_COLUMNS	10 /* a bar, 8 digits or blanks, and a blank */
#define ADDRESS_COLUMNS 17 /* 16 digits or blanks, and a blank before them */

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_hex(struct text t)
{
	size_t i;

	for (i = 0; i < t.len && is_hex_digit(t.at[i]); i++)
		;
	return t.len && i == t.len;
}

/* Take the first word off @t, which does not begin with a blank. */
static struct text take_word(struct text *t)
{
	struct text word = *t;

	for (word.len = 0; word.len < t->len && !is_blank(t->at[word.len]);)
		word.len++;
	*t = text_from(*t, word.len);
	return word;
}

/* Take the " (file)" off the end of @t. The path may have brackets of its own. */
static struct text take_file(struct text *t)
{
	struct text file = {0};
	size_t at = t->len;
	int open = 0;

	if (!at || t->at[at - 1] != ')')
		return file;
	do {
		at--;
		open += (t->at[at] == ')') - (t->at[at] == '(');
	} while (at && open);
	if (open || (at && t->at[at - 1] != ' '))
		return file;
	file = (struct text){t->at + at + 1, t->len - at - 2};
	*t = text_trim((struct text){t->at, at});
	return file;
}

/* Take the "+0x1f" off the end of @t. */
static bool drop_offset(struct text *t)
{
	size_t at = t->len;

	while (at && is_hex_digit(t->at[at - 1]))
		at--;
	if (at <= 3 || at == t->len || memcmp(t->at + at - 3, "+0x", 3) != 0)
		return false;
	t->len = at - 3;
	return true;
}

/* Is there another address in @t, or the target of a branch? */
static bool has_more(struct text t)
{
	while (t.len) {
		struct text word;
		size_t blanks = 0;

		while (blanks < t.len && is_blank(t.at[blanks]))
			blanks++;
		t = text_from(t, blanks);
		word = take_word(&t);
		if ((blanks + word.len >= ADDRESS_COLUMNS && is_hex(word)) ||
		    text_is(word, TEXT("=>")))
			return true;
	}
	return false;
}

bool perf_frame_parse(struct text t, struct perf_frame *f)
{
	f->address = take_word(&t);
	if (!is_hex(f->address) || has_more(t))
		return false;
	t = text_trim(t);
	f->file = text_trim(take_file(&t));
	drop_offset(&f->file);
	f->has_offset = drop_offset(&t);
	f->symbol = text_trim(t);
	if (text_is(f->symbol, TEXT("[unknown]")))
		f->symbol.len = 0;
	return true;
}

bool perf_frame_in_line(struct text rest)
{
	size_t at = 0;

	while (at < rest.len && is_blank(rest.at[at]))
		at++;
	while (at < rest.len && is_hex_digit(rest.at[at]))
		at++;
	return at >= ADDRESS_COLUMNS && (at == rest.len || is_blank(rest.at[at]));
}

static struct text last_part(struct text path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;

	return slash ? text_from(path, (size_t)(slash + 1 - path.at)) : path;
}

static bool is_word_character(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* "[nf_tables]", but not what the kernel calls parts of a process. */
static bool is_module(struct text file)
{
	static const char *const user[] = {"unknown", "vdso",	"vsyscall",    "heap",	  "stack",
					   "anon",    "vvar",	"vvar_vclock", "vectors", "sigpage",
					   "uprobes", "vdso32", "vdsox32"};
	size_t i;

	if (file.len < 3 || file.at[0] != '[' || file.at[file.len - 1] != ']')
		return false;
	file = (struct text){file.at + 1, file.len - 2};
	for (i = 0; i < sizeof(user) / sizeof(*user); i++)
		if (text_is(file, (struct text){user[i], strlen(user[i])}))
			return false;
	for (i = 0; i < file.len; i++)
		if (!is_word_character(file.at[i]) && file.at[i] != '-')
			return false;
	return true;
}

static bool is_kernel_file(struct text file)
{
	static const char *const ends[] = {".ko",    ".ko.xz",	  ".ko.zst",
					   ".ko.gz", ".ko.debug", "/proc/kcore"};
	struct text name = last_part(file);
	size_t i;

	if (text_begins(file, TEXT("[kernel.")) || text_begins(file, TEXT("[guest.kernel.")) ||
	    is_module(file))
		return true;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (text_ends(file, (struct text){ends[i], strlen(ends[i])}))
			return true;
	return text_begins(name, TEXT("vmlinux")) &&
	       (name.len == 7 || !is_word_character(name.at[7]));
}

/* Addresses of a 64-bit kernel have their highest bit set; those in a file of it may be short. */
enum frame_kind perf_frame_kind(const struct perf_frame *f)
{
	if (text_is(f->file, TEXT("[vsyscall]")))
		return FRAME_USER;
	if (f->address.len == 16 && f->address.at[0] >= '8')
		return FRAME_KERNEL;
	if (text_is(f->file, TEXT("inlined")))
		return FRAME_INLINED;
	return is_kernel_file(f->file) ? FRAME_KERNEL : FRAME_USER;
}

bool perf_frame_is_jitted(const struct perf_frame *f)
{
	struct text name = last_part(f->file);
	size_t i;

	if (!text_begins(name, TEXT("perf-")) || !text_ends(name, TEXT(".map")))
		return false;
	for (i = 5; i + 4 < name.len; i++)
		if (!is_digit(name.at[i]))
			return false;
	return name.len > 9;
}

bool perf_source_line(struct text line)
{
	size_t digits = 0, at;

	if (line.len < 4 || !text_begins(line, TEXT("  ")) || is_blank(line.at[2]))
		return false;
	line = text_from(line, 2);
	if (line.at[line.len - 1] == ')') { /* "file.c:12 (discriminator 3)" */
		const char *more = memmem(line.at, line.len, " (discriminator ", 16);

		if (more)
			line.len = (size_t)(more - line.at);
	}
	if (line.len && line.at[line.len - 1] == ']') {
		for (at = line.len - 1; at && is_hex_digit(line.at[at - 1]); at--)
			digits++;
		return digits && at > 1 && line.at[at - 1] == '[';
	}
	for (at = line.len; at && is_digit(line.at[at - 1]); at--)
		digits++;
	return digits && at && (line.at[at - 1] == ':' || line.at[at - 1] == '+');
}

bool perf_source_code(struct text line)
{
	size_t digits = 1, at;

	if (!text_begins(line, TEXT("|")))
		return false;
	while (digits < line.len && is_digit(line.at[digits]))
		digits++;
	for (at = digits; at < line.len && line.at[at] == ' ';)
		at++;
	return digits > 1 && at > digits && at >= CODE_COLUMNS;
}
