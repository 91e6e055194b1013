// SPDX-License-Identifier: GPL-2.0-only
/* Fuzz target: the text of /proc/PID/smaps, or any other bytes. */
#include "fuzz_layouts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_layout_text(data, size);
	return 0;
}
