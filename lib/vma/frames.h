/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order in which a node's free page frames are given out. A process that faults its memory in gets
 * some frames from all over the machine and others in long runs, upward or downward; a walk over its
 * pages then misses the cache once for each run, which a walk over consecutive frames never does.
 */
#ifndef UMAPLE_FRAMES_H
#define UMAPLE_FRAMES_H

#include "mmzone.h"

struct frame_run {
	uint32_t start; /* page frame number */
	uint32_t len;
};

/* Frames in the order in which a process got them. */
struct frame_list {
	uint64_t nr;
	uint32_t pfn[];
};

struct frame_runs {
	double mean;		       /* frames; 0 for those of a list */
	const struct frame_list *list; /* where they come from; NULL: made up */
	unsigned long
		reserved; /* frames at the top of the node that stay in blocks, for huge pages */
	unsigned long nr;
	uint32_t *order;	/* the runs as the free list has them: indexes of run[] */
	struct frame_run run[]; /* all other frames of the zone, upward */
};

/**
 * frames_default_run() - How long the runs of a process of some size are.
 * @pages: its resident small pages.
 *
 * Context: Any.
 * Return: Their mean length in frames; docs/model.md has the measurements.
 */
double frames_default_run(unsigned long pages);

/**
 * frames_scatter() - Choose which frames of the machine a node's zone has, and their order.
 * @pgdat: the node; all its pages are free.
 * @mean: mean length of a run of frames; 1 for single frames, 0 for consecutive ones.
 * @huge_pages: small pages that huge pages will take; blocks for them are left whole.
 *
 * The lengths are geometrically distributed, the gaps between runs uniformly, and the runs are given out
 * in random order. The frames in the gaps belong to others: they are never free. The same
 * arguments give the same frames in every process.
 *
 * Context: No one else uses the node.
 * Return: 0, or -ENOMEM with the order of before.
 */
int frames_scatter(struct pglist_data *pgdat, double mean, unsigned long huge_pages);

/**
 * frames_take() - Give a node the frames of a list, in its order.
 * @pgdat: the node; all its pages are free.
 * @list: at least as many as the zone has that are not for huge pages, each below the frames that
 * huge pages get. Has to stay as it is while the node has them.
 * @huge_pages: as for frames_scatter().
 *
 * Context: No one else uses the node.
 * Return: 0; -EINVAL for a list that is too short or has a frame too high or twice; -ENOMEM. On
 * failure the order is that of before.
 */
int frames_take(struct pglist_data *pgdat, const struct frame_list *list, unsigned long huge_pages);

/**
 * frames_mean_run() - How long the runs in a list are.
 * @list: the list.
 *
 * Context: Any.
 * Return: The mean number of frames that follow each other, upward or downward.
 */
double frames_mean_run(const struct frame_list *list);

/**
 * frames_free() - Forget the order.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 */
void frames_free(struct pglist_data *pgdat);

#endif
