// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: our own layout format. The first line is put before every input that lacks it, so
 * that no time is lost on other texts, which the target smaps has.
 */
#include "fuzz_layouts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "umaple-layout 1\n";
	const size_t len = sizeof(first) - 1;
	uint8_t *text;

	if (format_is_ours((const char *)data, size)) {
		fuzz_layout_text(data, size);
		return 0;
	}
	/* Of its exact size, so that a byte read behind it is noticed. */
	text = malloc(len + size);
	MUST(text);
	memcpy(text, first, len);
	if (size)
		memcpy(text + len, data, size);
	fuzz_layout_text(text, len + size);
	free(text);
	return 0;
}
