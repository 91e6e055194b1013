/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree's own read sections and reclaim go through the seam. */
#ifndef UMAPLE_SOURCE_RCUPDATE_H
#define UMAPLE_SOURCE_RCUPDATE_H

#include_next <linux/rcupdate.h>

#undef rcu_read_lock
#undef rcu_read_unlock
#undef call_rcu
#define rcu_read_lock()	     seam_rcu_read_lock()
#define rcu_read_unlock()    seam_rcu_read_unlock()
#define call_rcu(head, func) seam_call_rcu(head, func)

#endif
