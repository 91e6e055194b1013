// SPDX-License-Identifier: GPL-2.0-only
/* "reapbench capture" alone, so that its tests need nothing else built. */
#include "layout/capture.h"

int main(int argc, char **argv)
{
	return capture_main(argc, argv);
}
