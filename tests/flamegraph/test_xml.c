// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: any bytes become text that XML may hold, and text on each colour can be read.
 * Wrong is a byte sequence let through that is not UTF-8, or an ink with too little contrast.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "palette.h"
#include "xml.h"

static void assert_character(struct text t, uint32_t want, size_t bytes)
{
	uint32_t c;

	assert_int_equal(utf8_next(t, &c), bytes);
	assert_int_equal(c, want);
}

static void characters_of_utf_8_are_read(void **state)
{
	assert_character(TEXT("a"), 'a', 1);
	assert_character(TEXT("\t"), '\t', 1);
	assert_character(TEXT("\xc2\xa0"), 0xa0, 2);
	assert_character(TEXT("\xdf\xbf"), 0x7ff, 2);
	assert_character(TEXT("\xe0\xa0\x80"), 0x800, 3);
	assert_character(TEXT("\xe6\xbc\xa2"), 0x6f22, 3);
	assert_character(TEXT("\xf0\x9f\x8d\x81"), 0x1f341, 4);
	assert_character(TEXT("\xf4\x8f\xbf\xbd"), 0x10fffd, 4);
}

static void bytes_outside_utf_8_are_replaced_one_by_one(void **state)
{
	assert_character(TEXT("\x80"), 0xfffd, 1);
	assert_character(TEXT("\xff"), 0xfffd, 1);
	assert_character(TEXT("\xc0\xaf"), 0xfffd, 1);	       /* '/' in two bytes */
	assert_character(TEXT("\xe0\x80\xaf"), 0xfffd, 1);     /* and in three */
	assert_character(TEXT("\xf0\x80\x80\xaf"), 0xfffd, 1); /* and in four */
	assert_character(TEXT("\xc3"), 0xfffd, 1);	       /* cut off */
	assert_character(TEXT("\xe6\xbc"), 0xfffd, 1);
	assert_character(TEXT("\xc3("), 0xfffd, 1);
	assert_character(TEXT("\xf8\x88\x80\x80\x80"), 0xfffd, 1); /* five bytes */
}

static void characters_outside_xml_are_replaced(void **state)
{
	uint32_t c;
	char byte;

	for (byte = 1; byte < 32; byte++) {
		utf8_next((struct text){&byte, 1}, &c);
		assert_int_equal(c, byte == '\t' || byte == '\n' ? byte : 0xfffd);
	}
	assert_character(TEXT("\x7f"), 0xfffd, 1);
	assert_character(TEXT("\xc2\x80"), 0xfffd, 2);	   /* a control character too */
	assert_character(TEXT("\xed\xa0\x80"), 0xfffd, 3); /* half of a pair of UTF-16 */
	assert_character(TEXT("\xef\xbf\xbe"), 0xfffd, 3); /* no character at all */
	assert_character(TEXT("\xef\xbf\xbf"), 0xfffd, 3);
	assert_character(TEXT("\xf0\x9f\xbf\xbf"), 0xfffd, 4);
	assert_character(TEXT("\xf4\x90\x80\x80"), 0xfffd, 4); /* past the last */
}

static void markup_is_escaped(void **state)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	assert_non_null(file);
	xml_text(file, TEXT("<a b=\"c\">&]]></a>\x01\xff\xc3\xa9"));
	assert_int_equal(fclose(file), 0);
	assert_string_equal(out, "&lt;a b=&quot;c&quot;&gt;&amp;]]&gt;&lt;/a&gt;"
				 "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
	free(out);
}

static void clipping_keeps_characters_whole(void **state)
{
	struct text t = TEXT("a\xe6\xbc\xa2\xc3\xa9z");

	assert_int_equal(text_columns(t), 5);
	assert_int_equal(text_clip(t, 0).len, 0);
	assert_int_equal(text_clip(t, 1).len, 1);
	assert_int_equal(text_clip(t, 2).len, 1); /* the next one is two columns wide */
	assert_int_equal(text_clip(t, 3).len, 4);
	assert_int_equal(text_clip(t, 4).len, 6);
	assert_int_equal(text_clip(t, 99).len, 7);
}

/* Relative luminance as WCAG 2 defines it. */
static double luminance(const char *colour)
{
	static const double weights[] = {0.2126, 0.7152, 0.0722};
	double sum = 0;
	size_t digits = strlen(colour + 1) / 3, i;

	for (i = 0; i < 3; i++) {
		char part[3] = {colour[1 + i * digits], colour[(i + 1) * digits], 0};
		double c = (double)strtoul(part, NULL, 16) / 255;

		sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(const char *a, const char *b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

static void text_on_every_colour_can_be_read(void **state)
{
	char name[16];
	int kind, i;

	assert_true(contrast("#000", "#ffffff") > 20.9);
	for (kind = 0; kind < NR_KINDS; kind++) {
		for (i = 0; i < 200; i++) {
			const char *fill;

			snprintf(name, sizeof(name), "f%d", i);
			fill = palette_fill(kind, (struct text){name, strlen(name)});
			assert_true(contrast(fill, palette_ink(fill)) >= 4.5);
		}
	}
	for (i = -DIFF_STEPS; i <= DIFF_STEPS; i++)
		assert_true(contrast(palette_diff(i), palette_ink(palette_diff(i))) >= 4.5);
}

/* Readers who see no hues see lightness: a wait is far darker than anything else, and the
 * steps of a difference get darker from the middle on both sides. */
static void colours_differ_in_lightness(void **state)
{
	int i;

	assert_true(contrast(palette_fill(KIND_WAIT, TEXT("x")),
			     palette_fill(KIND_FUNCTION, TEXT("x"))) > 3);
	assert_true(contrast(palette_fill(KIND_WAIT, TEXT("x")),
			     palette_fill(KIND_KERNEL, TEXT("x"))) > 3);
	for (i = 0; i < DIFF_STEPS; i++) {
		assert_true(luminance(palette_diff(i + 1)) < luminance(palette_diff(i)) - 0.02);
		assert_true(luminance(palette_diff(-i - 1)) < luminance(palette_diff(-i)) - 0.02);
	}
}

static void kinds_follow_from_names(void **state)
{
	static const struct {
		const char *name;
		enum kind kind;
	} names[] = {
		{"native_queued_spin_lock_slowpath_[k]", KIND_WAIT},
		{"queued_spin_lock_slowpath", KIND_WAIT},
		{"__mutex_lock_slowpath.isra.0", KIND_WAIT},
		{"__pte_offset_map_lock", KIND_WAIT},
		{"_raw_spin_lock_irqsave_[k]", KIND_WAIT},
		{"_raw_spin_unlock_irqrestore_[k]", KIND_KERNEL},
		{"rwsem_down_read_slowpath_[k]", KIND_WAIT},
		{"zap_pte_range", KIND_FUNCTION},
		{"clear_page_erms_[k]", KIND_KERNEL},
		{"_[k]x", KIND_FUNCTION},
		{"", KIND_FUNCTION},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(kind_of((struct text){names[i].name, strlen(names[i].name)}),
				 names[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_of_utf_8_are_read),
		cmocka_unit_test(bytes_outside_utf_8_are_replaced_one_by_one),
		cmocka_unit_test(characters_outside_xml_are_replaced),
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(clipping_keeps_characters_whole),
		cmocka_unit_test(text_on_every_colour_can_be_read),
		cmocka_unit_test(colours_differ_in_lightness),
		cmocka_unit_test(kinds_follow_from_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
