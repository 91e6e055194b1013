// SPDX-License-Identifier: GPL-2.0-only
#include "list.h"

profiled bool __list_del_entry_valid_or_report(const struct cds_list_head *entry)
{
	profiled_leaf();
	return entry->prev->next == entry && entry->next->prev == entry;
}

profiled bool __list_add_valid_or_report(const struct cds_list_head *prev,
					 const struct cds_list_head *next)
{
	profiled_leaf();
	return prev->next == next && next->prev == prev;
}
