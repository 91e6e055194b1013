// SPDX-License-Identifier: GPL-2.0-only
#include "layout_axis.h"

#include "layout_internal.h"
#include "vma/vm_flags.h"

struct layout_axis {
	const struct layout *layout;
	uint64_t *first_page; /* of each run, and behind the last all there are */
	uint64_t *tables;     /* address >> PMD_SHIFT, ascending */
	uint64_t nr_tables;
};

/* The 2 MiB units that hold a run, each once; counted, and written down if @tables is given. */
static uint64_t list_tables(const struct layout *layout, uint64_t *tables)
{
	uint64_t nr = 0, next = 0;

	for (size_t i = 0; i < layout->nr_runs; i++) {
		const struct layout_run *run = &layout->runs[i];
		uint64_t unit = run->start >> PMD_SHIFT;

		for (unit = unit < next ? next : unit; unit <= (run->end - 1) >> PMD_SHIFT;
		     unit++) {
			if (tables)
				tables[nr] = unit;
			nr++;
			next = unit + 1;
		}
	}
	return nr;
}

struct layout_axis *layout_axis_create(const struct layout *layout)
{
	struct layout_axis *axis = layout_alloc(NULL, sizeof(*axis));
	uint64_t nr;

	if (!axis)
		return NULL;
	nr = list_tables(layout, NULL);
	*axis = (struct layout_axis){.layout = layout, .nr_tables = nr};
	axis->first_page = layout_alloc(NULL, (layout->nr_runs + 1) * sizeof(uint64_t));
	axis->tables = layout_alloc(NULL, (nr + 1) * sizeof(uint64_t));
	if (!axis->first_page || !axis->tables) {
		layout_axis_free(axis);
		return NULL;
	}
	list_tables(layout, axis->tables);
	axis->first_page[0] = 0;
	for (size_t i = 0; i < layout->nr_runs; i++) {
		const struct layout_run *run = &layout->runs[i];

		axis->first_page[i + 1] =
			axis->first_page[i] + ((run->end - run->start) >> PAGE_SHIFT);
	}
	return axis;
}

void layout_axis_free(struct layout_axis *axis)
{
	if (!axis)
		return;
	layout_alloc(axis->first_page, 0);
	layout_alloc(axis->tables, 0);
	layout_alloc(axis, 0);
}

uint64_t layout_axis_pages(const struct layout_axis *axis)
{
	return axis->first_page[axis->layout->nr_runs];
}

uint64_t layout_axis_tables(const struct layout_axis *axis)
{
	return axis->nr_tables;
}

uint64_t layout_axis_page(const struct layout_axis *axis, uint64_t addr)
{
	const struct layout_run *runs = axis->layout->runs;
	size_t low = 0, high = axis->layout->nr_runs;

	/* The first run that ends above the address. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (runs[mid].end > addr)
			high = mid;
		else
			low = mid + 1;
	}
	if (low < axis->layout->nr_runs && addr > runs[low].start)
		return axis->first_page[low] + ((addr - runs[low].start) >> PAGE_SHIFT);
	return axis->first_page[low];
}

uint64_t layout_axis_table(const struct layout_axis *axis, uint64_t addr)
{
	uint64_t unit = addr >> PMD_SHIFT;
	uint64_t low = 0, high = axis->nr_tables;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (axis->tables[mid] >= unit)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}
