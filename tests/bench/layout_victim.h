/* SPDX-License-Identifier: GPL-2.0-only */
/* Where layout_victim puts its VMAs. */
#ifndef UMAPLE_LAYOUT_VICTIM_H
#define UMAPLE_LAYOUT_VICTIM_H

#define VICTIM_UNIT	(2UL << 20)
#define VICTIM_ANON	0x100000000000UL /* pages 2 to 9 and 20 to 29 written, 40 to 44 read */
#define VICTIM_FILE	0x100100000000UL /* 8 pages read, page 5 of them written */
#define VICTIM_SHARED	0x100200000000UL /* pages 3 to 6 written */
#define VICTIM_HUGE	0x100300000000UL /* units 1 and 2 of 4 written, huge if possible */
#define VICTIM_SWAP	0x100400000000UL /* 64 pages written, 8 to 23 swapped out if possible */
#define VICTIM_RESERVED 0x110000000000UL /* 1 TiB without access */

#endif
