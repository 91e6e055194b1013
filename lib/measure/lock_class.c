// SPDX-License-Identifier: GPL-2.0-only
#include "lock_class.h"

const struct lock_class_info lock_class_info[NR_LOCK_CLASSES] = {
#define LOCK_CLASS_ROW(NAME, name, label, help, taken_by, flags) \
	[LOCK_##NAME] = {name, label, help, taken_by, flags},
	LOCK_CLASSES(LOCK_CLASS_ROW)};

const struct lock_kind_info lock_kind_info[NR_LOCK_KINDS] = {
#define LOCK_KIND_ROW(NAME, name, slowpath, help) [LOCK_KIND_##NAME] = {#name, #slowpath, help},
	LOCK_KINDS(LOCK_KIND_ROW)};

const struct task_bucket_info task_bucket_info[NR_TASK_BUCKETS] = {
	[BUCKET_OTHER] = {"other", "other work"},
	[BUCKET_UNDER_PTL] = {"under_ptl", "work under the ptl"},
	[BUCKET_MMAP_LOCK_WAIT] = {"mmap_lock_wait", "mmap_lock wait"},
	[BUCKET_TLB] = {"tlb", "TLB shootdown"},
	[BUCKET_FREE] = {"free", "freeing"},
#define WAIT_BUCKET_ROW(NAME, name, ...) \
	[BUCKET_WAIT_OF + LOCK_##NAME] = {name "_wait", name " wait"},
	LOCK_CLASSES(WAIT_BUCKET_ROW)};
