// SPDX-License-Identifier: GPL-2.0-only
/* Linked with --wrap: one store of many goes wrong, so that the tests have something to notice. */
struct ma_state;

void __real_mas_store_prealloc(struct ma_state *mas, void *entry);
void __wrap_mas_store_prealloc(struct ma_state *mas, void *entry);

void __wrap_mas_store_prealloc(struct ma_state *mas, void *entry)
{
	static unsigned int stores;

	__real_mas_store_prealloc(mas, ++stores == 20 ? (void *)0 : entry);
}
