// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: thousands of fixed mutations of real files, and of our own format: bytes
 * flipped, cut out, doubled, the end cut off, lines swapped.
 * Right: each one reads as a layout that layout_check() accepts, or fails with an error text
 * that begins with the file's name.
 * Wrong: a crash, a sanitizer's report, an empty error, a layout that breaks a promise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout/layout_internal.h"

#define ROUNDS 1500

static uint64_t seed;

static size_t below(size_t n)
{
	return layout_hash(seed++) % n;
}

static char *text_of(const char *name, size_t *len)
{
	struct layout_error err = {""};
	char path[4096], *text = NULL;

	if (strchr(name, '.')) {
		snprintf(path, sizeof(path), "%s/%s", LAYOUT_DATA, name);
		text = layout_slurp(path, len, &err);
	} else {
		struct layout *l = layout_open(name, 1, &err);
		FILE *file = open_memstream(&text, len);

		assert_non_null(l);
		assert_int_equal(layout_write(l, file), 0);
		fclose(file);
		layout_free(l);
	}
	assert_non_null(text);
	return text;
}

/* Change @text, which has room for @len + 64 bytes. Return: its new length. */
static size_t mutate(char *text, size_t len)
{
	static const char spice[] = "\0\n\xff -:0123456789abcdefkBrwxp[]";
	size_t at = below(len), n = 1 + below(60);

	if (n > len - at)
		n = len - at;
	switch (below(7)) {
	case 0:
		text[at] ^= 1 << below(8);
		return len;
	case 1:
		text[at] = spice[below(sizeof(spice) - 1)];
		return len;
	case 2:
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	case 3:
		memmove(text + at + n, text + at, len - at);
		return len + n;
	case 4:
		return at;
	case 5:
		memset(text + at, spice[below(sizeof(spice) - 1)], n);
		return len;
	default:
		memmove(text + at, text + below(len - n + 1), n);
		return len;
	}
}

static void try(const char *text, size_t len, const char *what, size_t counts[2])
{
	struct layout_error err = {""};
	/* An exact copy on the heap, so that a byte read behind it shows under ASan. */
	char *copy = malloc(len ? len : 1);
	struct layout *l;

	assert_non_null(copy);
	memcpy(copy, text, len);
	l = layout_from_text("m", "m", copy, len, &err);
	free(copy);
	counts[!!l]++;
	if (!l) {
		if (err.text[0] != 'm' || err.text[1] != ':')
			fail_msg("%s, seed %llu: error '%s'", what, (unsigned long long)seed,
				 err.text);
		return;
	}
	if (layout_check(l, &err))
		fail_msg("%s, seed %llu: %s", what, (unsigned long long)seed, err.text);
	layout_free(l);
}

static void mutations_read_well_or_fail_well(void **state)
{
	const char *name = *state;
	size_t len, counts[2] = {0, 0};
	char *text = text_of(name, &len), *work;
	/* Short pieces, so that thousands of rounds stay quick and hits stay dense. */
	size_t piece = len < 12000 ? len : 12000;

	work = malloc(piece + 64 * 8);
	assert_non_null(work);
	seed = 1000;
	for (int round = 0; round < ROUNDS; round++) {
		size_t now = piece, times = 1 + below(4);

		memcpy(work, text, piece);
		for (size_t i = 0; i < times && now; i++)
			now = mutate(work, now);
		try(work, now, name, counts);
	}
	/* Both must happen, or this test proves nothing. */
	assert_true(counts[0] > ROUNDS / 10);
	free(work);
	if (strchr(name, '.'))
		layout_alloc(text, 0);
	else
		free(text);
}

static void whole_files_read_well_or_fail_well(void **state)
{
	static const char *const names[] = {"java.smaps", "node.smaps", "chromium-renderer.smaps"};
	size_t counts[2] = {0, 0};

	seed = 77;
	for (size_t i = 0; i < 3; i++) {
		size_t len;
		char *text = text_of(names[i], &len), *work = malloc(len + 64);

		assert_non_null(work);
		for (int round = 0; round < 200; round++) {
			memcpy(work, text, len);
			try(work, mutate(work, len), names[i], counts);
		}
		free(work);
		layout_alloc(text, 0);
	}
	assert_true(counts[0] > 100);
	assert_true(counts[1] > 20);
}

static void random_bytes_never_read(void **state)
{
	static char bytes[4096];
	size_t counts[2] = {0, 0};

	seed = 5;
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = below(256);
		try(bytes, below(sizeof(bytes)), "noise", counts);
	}
	assert_int_equal(counts[1], 0);
}

int main(void)
{
	static char java[] = "java.smaps", node[] = "node.smaps",
		    chrome[] = "chromium-renderer.smaps";
	static char android[] = "android", grid[] = "grid";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(mutations_read_well_or_fail_well, java),
		cmocka_unit_test_prestate(mutations_read_well_or_fail_well, node),
		cmocka_unit_test_prestate(mutations_read_well_or_fail_well, chrome),
		cmocka_unit_test_prestate(mutations_read_well_or_fail_well, android),
		cmocka_unit_test_prestate(mutations_read_well_or_fail_well, grid),
		cmocka_unit_test(whole_files_read_well_or_fail_well),
		cmocka_unit_test(random_bytes_never_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_damage", tests, NULL, NULL);
}
