// SPDX-License-Identifier: GPL-2.0-only
#include "tlb_mode.h"

const struct tlb_mode_info tlb_mode_info[NR_TLB_MODES] = {
#define TLB_MODE_INFO(NAME, name, help) [TLB_##NAME] = {#name, help},
	TLB_MODES(TLB_MODE_INFO)
#undef TLB_MODE_INFO
};
