/* SPDX-License-Identifier: GPL-2.0-only */
/* Our tree does not follow who holds an external lock. */
#ifndef UMAPLE_CONFORMANCE_LOCKDEP_H
#define UMAPLE_CONFORMANCE_LOCKDEP_H

struct lockdep_map {
};
#define lockdep_acquire(map, read) ((void)(map))
#define lockdep_release(map)	   ((void)(map))

#endif
