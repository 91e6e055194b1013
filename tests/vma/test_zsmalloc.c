// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the compressed pool finds room for every size, gives no byte to two objects, and
 * returns the pages of a zspage with its last object. The test is compiled together with the
 * pool, because only the pool knows where an object lies. Wrong looks like a pattern that
 * another object's pattern overwrote, or pages that stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/pgdat.h"
#include "vma/zsmalloc.c"

static int setup(void **state)
{
	struct pglist_data *node = pgdat_create(2048);

	memset(&this_task, 0, sizeof(this_task));
	*state = node ? zs_create_pool(node) : NULL;
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct zs_pool *pool = *state;
	struct pglist_data *node = pool->pgdat;
	size_t leaked = slab_in_use(pool->handles) + slab_in_use(pool->zspages);
	char err[256] = "";
	bool ok;

	zs_destroy_pool(pool);
	ok = pgdat_check(node, err, sizeof(err));
	if (!ok)
		print_error("%s\n", err);
	if (leaked)
		print_error("%zu handles and zspages leaked\n", leaked);
	pgdat_destroy(node);
	return ok && !leaked ? 0 : -1;
}

static struct size_class *class_of(struct zs_pool *pool, const struct zs_handle *handle)
{
	return &pool->class[handle->zspage->class];
}

/* Call fn() with each piece of an object that lies within one page. */
static void each_piece(struct zs_pool *pool, const struct zs_handle *handle,
		       void (*fn)(char *bytes, size_t n, int value), int value)
{
	const struct size_class *class = class_of(pool, handle);
	unsigned long offset = (unsigned long)handle->object * class->size;
	unsigned long end = offset + class->size, next;

	assert_true(handle->object < class->nr_objects);
	assert_true(end <= class->nr_pages * PAGE_SIZE);
	for (; offset < end; offset = next) {
		struct page *page = handle->zspage->pages[offset >> PAGE_SHIFT];

		next = (offset & PAGE_MASK) + PAGE_SIZE;
		if (next > end)
			next = end;
		fn((char *)page_address(pool->pgdat, page) + (offset & ~PAGE_MASK), next - offset,
		   value);
	}
}

static void write_piece(char *bytes, size_t n, int value)
{
	memset(bytes, value, n);
}

static void check_piece(char *bytes, size_t n, int value)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)bytes[i] != (unsigned char)value)
			fail_msg("byte %zu of %zu is %d, not %d", i, n, bytes[i], value);
	}
}

static void every_size_fits_its_object(void **state)
{
	struct zs_pool *pool = *state;

	for (size_t size = 1; size <= PAGE_SIZE; size++) {
		struct zs_handle *handle = zs_malloc(pool, size);

		assert_non_null(handle);
		assert_true(class_of(pool, handle)->size >= size);
		assert_true(class_of(pool, handle)->size < size + ZS_MIN_SIZE);
		assert_int_equal(zs_objects(pool), 1);
		assert_int_equal(zs_get_total_pages(pool), class_of(pool, handle)->nr_pages);
		zs_free(pool, handle);
		assert_int_equal(zs_objects(pool), 0);
		assert_int_equal(zs_get_total_pages(pool), 0);
	}
}

static void no_class_wastes_a_quarter_of_its_pages(void **state)
{
	struct zs_pool *pool = *state;

	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++) {
		const struct size_class *class = &pool->class[i];
		unsigned int bytes = class->nr_pages * PAGE_SIZE;

		assert_int_equal(class->size, ZS_MIN_SIZE + i * ZS_CLASS_DELTA);
		assert_in_range(class->nr_pages, 1, ZS_CHAIN_MAX);
		assert_true(bytes - class->nr_objects * class->size < bytes / 4);
	}
}

/* Fill three zspages, the last with one object, and empty them in another order. */
static void objects_of_a_class_stay_apart(struct zs_pool *pool, unsigned int i)
{
	struct size_class *class = &pool->class[i];
	unsigned int n = 2u * class->nr_objects + 1, step = 1009; /* a prime above any n */
	struct zs_handle **handle = calloc(n, sizeof(struct zs_handle *));

	assert_non_null(handle);
	for (unsigned int k = 0; k < n; k++) {
		handle[k] = zs_malloc(pool, class->size);
		assert_non_null(handle[k]);
		assert_ptr_equal(class_of(pool, handle[k]), class);
		each_piece(pool, handle[k], write_piece, (int)k + 1);
	}
	assert_int_equal(class->zspages, 3);
	assert_int_equal(zs_objects(pool), n);
	for (unsigned int k = 0; k < n; k++)
		each_piece(pool, handle[k], check_piece, (int)k + 1);

	for (unsigned int k = 0, at = 0; k < n; k++, at = (at + step) % n) {
		each_piece(pool, handle[at], check_piece, (int)at + 1);
		zs_free(pool, handle[at]);
		assert_int_equal(class->objects, n - 1 - k);
	}
	assert_int_equal(class->zspages, 0);
	assert_int_equal(zs_get_total_pages(pool), 0);
	assert_true(cds_list_empty(&class->partial));
	free(handle);
}

static void objects_never_overlap(void **state)
{
	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		objects_of_a_class_stay_apart(*state, i);
}

static void a_freed_place_is_used_before_a_new_zspage(void **state)
{
	struct zs_pool *pool = *state;
	struct zs_handle *handle[64];
	struct size_class *class;
	unsigned int n;

	handle[0] = zs_malloc(pool, 1000);
	class = class_of(pool, handle[0]);
	n = class->nr_objects;
	assert_in_range(n, 2, 63);
	for (unsigned int i = 1; i < n; i++)
		handle[i] = zs_malloc(pool, 1000);
	assert_true(cds_list_empty(&class->partial));
	zs_free(pool, handle[1]);
	handle[1] = zs_malloc(pool, 1000);
	assert_int_equal(class->zspages, 1);
	handle[n] = zs_malloc(pool, 1000);
	assert_int_equal(class->zspages, 2);
	for (unsigned int i = 0; i <= n; i++)
		zs_free(pool, handle[i]);
}

static void a_size_out_of_range_is_refused(void **state)
{
	assert_null(zs_malloc(*state, 0));
	assert_null(zs_malloc(*state, PAGE_SIZE + 1));
	assert_null(zs_malloc(*state, SIZE_MAX));
	assert_int_equal(zs_objects(*state), 0);
}

static void without_memory_nothing_is_taken(void **state)
{
	struct zs_pool *pool = *state, *other;
	unsigned long n = 0;

	for (;; n++) {
		struct zs_handle *handle;

		fault_arm(n);
		handle = zs_malloc(pool, 3264); /* a zspage of several pages */
		if (!fault_disarm()) {
			assert_true(class_of(pool, handle)->nr_pages > 1);
			assert_int_equal(n, 2u + class_of(pool, handle)->nr_pages);
			zs_free(pool, handle);
			break;
		}
		assert_null(handle);
		assert_int_equal(zs_get_total_pages(pool), 0);
		assert_int_equal(slab_in_use(pool->handles), 0);
		assert_int_equal(slab_in_use(pool->zspages), 0);
	}
	for (n = 0;; n++) {
		fault_arm(n);
		other = zs_create_pool(pool->pgdat);
		if (!fault_disarm())
			break;
		assert_null(other);
	}
	assert_int_equal(n, 3);
	zs_destroy_pool(other);
	zs_destroy_pool(NULL);
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(every_size_fits_its_object),
		test(no_class_wastes_a_quarter_of_its_pages),
		test(objects_never_overlap),
		test(a_freed_place_is_used_before_a_new_zspage),
		test(a_size_out_of_range_is_refused),
		test(without_memory_nothing_is_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
