// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: lines come out of a reader as they stand in the file, whatever their length and
 * wherever a read() ends; numbers are taken as long as they are exact. Wrong is a line cut or
 * joined at the edge of a buffer, or a number that wraps around.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "text.h"

static char path[] = "/tmp/flamegraph-text-XXXXXX";

static void write_file(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void assert_line(struct reader *r, const char *want)
{
	struct text line;

	assert_int_equal(reader_line(r, &line), 1);
	assert_int_equal(line.len, strlen(want));
	assert_memory_equal(line.at, want, line.len);
}

static void lines_come_without_their_ends(void **state)
{
	static const char bytes[] = "one\n\ntwo words\r\nlast";
	struct reader r;
	struct text line;

	write_file(bytes, sizeof(bytes) - 1);
	assert_int_equal(reader_open(&r, path), 0);
	assert_line(&r, "one");
	assert_line(&r, "");
	assert_line(&r, "two words");
	assert_line(&r, "last");
	assert_int_equal(r.line, 4);
	assert_int_equal(reader_line(&r, &line), 0);
	assert_int_equal(reader_line(&r, &line), 0);
	reader_close(&r);
}

static void a_byte_order_mark_is_no_part_of_the_first_line(void **state)
{
	static const char bytes[] = "\xef\xbb\xbfone\n\xef\xbb\xbftwo";
	struct reader r;
	struct text line;

	write_file(bytes, sizeof(bytes) - 1);
	assert_int_equal(reader_open(&r, path), 0);
	assert_int_equal(reader_line(&r, &line), 1);
	reader_unread(&r, line);
	assert_line(&r, "one");
	assert_line(&r, "\xef\xbb\xbftwo");
	reader_close(&r);
}

static void an_unread_line_comes_again(void **state)
{
	struct reader r;
	struct text line;

	write_file("a\nb\r\nc\n", 7);
	assert_int_equal(reader_open(&r, path), 0);
	assert_line(&r, "a");
	assert_int_equal(reader_line(&r, &line), 1);
	reader_unread(&r, line);
	assert_int_equal(r.line, 1);
	assert_line(&r, "b");
	assert_int_equal(r.line, 2);
	assert_line(&r, "c");
	reader_close(&r);
}

/* Lengths around the size of the buffer, each line of its own letter. */
static void lines_of_any_length_come_whole(void **state)
{
	static const size_t lengths[] = {1, 262142, 262143, 262144, 262145, 3000000, 0, 7, 1000000};
	size_t i, all = 0;
	struct reader r;
	struct text line;
	char *bytes, *at;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		all += lengths[i] + 1;
	at = bytes = malloc(all);
	assert_non_null(bytes);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(at, 'a' + (int)i, lengths[i]);
		at += lengths[i];
		*at++ = '\n';
	}
	write_file(bytes, all);
	assert_int_equal(reader_open(&r, path), 0);
	for (i = 0, at = bytes; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(reader_line(&r, &line), 1);
		assert_int_equal(line.len, lengths[i]);
		assert_memory_equal(line.at, at, line.len);
		at += lengths[i] + 1;
	}
	assert_int_equal(reader_line(&r, &line), 0);
	reader_close(&r);
	free(bytes);
}

/* A pipe gives what is there, not what was asked for. */
static void a_pipe_that_dribbles_gives_whole_lines(void **state)
{
	int ends[2], kept = dup(STDIN_FILENO), status;
	struct reader r;
	struct text line;
	pid_t pid;
	size_t i;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		for (i = 0; i < 12; i++) {
			usleep(1000);
			if (write(ends[1], &"abc\nabcdefg\n"[i], 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(reader_open(&r, "-"), 0);
	assert_line(&r, "abc");
	assert_line(&r, "abcdefg");
	assert_int_equal(reader_line(&r, &line), 0);
	reader_close(&r);
	dup2(kept, STDIN_FILENO);
	close(kept);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_nul_byte_is_an_error_in_its_line(void **state)
{
	struct reader r;
	struct text line;

	write_file("good\nba\0d\n", 10);
	assert_int_equal(reader_open(&r, path), 0);
	assert_line(&r, "good");
	assert_int_equal(reader_line(&r, &line), -EINVAL);
	assert_int_equal(r.line, 2);
	reader_close(&r);
}

static void an_unreadable_file_is_an_error(void **state)
{
	struct reader r;
	struct text line;

	assert_int_equal(reader_open(&r, "/nonexistent/file"), -ENOENT);
	assert_int_equal(reader_open(&r, "/tmp"), 0);
	assert_int_equal(reader_line(&r, &line), -EISDIR);
	reader_close(&r);
}

static int number(const char *word, uint64_t *to)
{
	return text_number((struct text){word, strlen(word)}, to);
}

static void numbers_are_exact_up_to_2_to_the_63(void **state)
{
	uint64_t n;

	assert_int_equal(number("0", &n), 0);
	assert_true(n == 0);
	assert_int_equal(number("0009223372036854775808", &n), 0);
	assert_true(n == UINT64_C(1) << 63);
	assert_int_equal(number("9223372036854775809", &n), -ERANGE);
	assert_int_equal(number("18446744073709551616", &n), -ERANGE);
	assert_int_equal(number("99999999999999999999999999", &n), -ERANGE);
	assert_int_equal(number("", &n), -EINVAL);
	assert_int_equal(number("-1", &n), -EINVAL);
	assert_int_equal(number("1.5", &n), -EINVAL);
	assert_int_equal(number("1e3", &n), -EINVAL);
	assert_int_equal(number(" 1", &n), -EINVAL);
}

static void decimals_are_thousandths(void **state)
{
	static const char *const wrong[] = {"", ".", "1.", ".5x", "1.2345", "-1", "1e3", "1000001"};
	uint64_t n;
	size_t i;

	assert_int_equal(text_thousandths("12", &n), 0);
	assert_true(n == 12000);
	assert_int_equal(text_thousandths("0.05", &n), 0);
	assert_true(n == 50);
	assert_int_equal(text_thousandths("1.234", &n), 0);
	assert_true(n == 1234);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(text_thousandths(wrong[i], &n), -EINVAL);
}

static void quoted_input_is_short_and_printable(void **state)
{
	char shown[12];

	assert_string_equal(text_shown(TEXT("a\033[2J\x80z"), shown, sizeof(shown)), "a?[2J?z");
	assert_string_equal(text_shown(TEXT("elevenchars"), shown, sizeof(shown)), "elevenchars");
	assert_string_equal(text_shown(TEXT("twelve chars"), shown, sizeof(shown)), "twelve c...");
}

static void arrays_grow_or_stay(void **state)
{
	size_t size = 0, i;
	uint32_t *array = NULL, *before;

	for (i = 0; i < 1000; i++) {
		assert_int_equal(grow(&array, &size, i + 1, sizeof(*array)), 0);
		array[i] = (uint32_t)i;
	}
	before = array;
	i = size;
	assert_int_equal(grow(&array, &size, SIZE_MAX / 2, sizeof(*array)), -ENOMEM);
	assert_ptr_equal(array, before);
	assert_int_equal(size, i);
	for (i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_without_their_ends),
		cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_line),
		cmocka_unit_test(an_unread_line_comes_again),
		cmocka_unit_test(lines_of_any_length_come_whole),
		cmocka_unit_test(a_pipe_that_dribbles_gives_whole_lines),
		cmocka_unit_test(a_nul_byte_is_an_error_in_its_line),
		cmocka_unit_test(an_unreadable_file_is_an_error),
		cmocka_unit_test(numbers_are_exact_up_to_2_to_the_63),
		cmocka_unit_test(decimals_are_thousandths),
		cmocka_unit_test(quoted_input_is_short_and_printable),
		cmocka_unit_test(arrays_grow_or_stay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
