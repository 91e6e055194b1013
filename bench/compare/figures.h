/* SPDX-License-Identifier: GPL-2.0-only */
/* From samples to figures: medians with intervals, and how the orders compare. */
#ifndef UMAPLE_COMPARE_FIGURES_H
#define UMAPLE_COMPARE_FIGURES_H

#include "schedule.h"
#include "common/stats.h"

/*
 * All that is derived from one race. Times are in nanoseconds, shares from 0 to 1. A name with
 * "_OF" takes the role, the mark or the lock class as an offset.
 */
enum figure {
	FIG_WALL,
	FIG_RUNNING,					  /* CPU time of both roles */
	FIG_PER_PAGE,					  /* FIG_RUNNING over all pages */
	FIG_PTL_CONTENDED,				  /* times, both roles */
	FIG_OTHER_WAIT,					  /* all but the ptl, both roles */
	FIG_CPU_OF,					  /* [role] */
	FIG_UNMAP_SHARE_OF = FIG_CPU_OF + NR_ROLES,	  /* [role] ptl wait in unmap_page_range */
	FIG_PAGES_OF = FIG_UNMAP_SHARE_OF + NR_ROLES,	  /* [role] */
	FIG_MMAP_WAIT_OF = FIG_PAGES_OF + NR_ROLES,	  /* [role] */
	FIG_FREE_OF = FIG_MMAP_WAIT_OF + NR_ROLES,	  /* [mark] */
	FIG_WAIT_BOTH_OF = FIG_FREE_OF + NR_FREE_MARKS,	  /* [class] both roles */
	FIG_WAIT_OF = FIG_WAIT_BOTH_OF + NR_LOCK_CLASSES, /* [class * NR_ROLES + role] */
	FIG_CONTENDED_OF = FIG_WAIT_OF + NR_LOCK_CLASSES * NR_ROLES, /* the same */
	NR_FIGURES = FIG_CONTENDED_OF + NR_LOCK_CLASSES * NR_ROLES,
};

#define FIG_WAIT(class, role)	   (FIG_WAIT_OF + (class) * NR_ROLES + (role))
#define FIG_CONTENDED(class, role) (FIG_CONTENDED_OF + (class) * NR_ROLES + (role))

/* One order against another of the same engine, repetitions paired. */
struct versus {
	bool known;				      /* false if the other one did not run */
	struct interval wall, running;		      /* ratios to the other one */
	struct interval wait_change[NR_LOCK_CLASSES]; /* ns, both roles, less the other one's */
};

/* One engine and order. */
struct row {
	const struct cell *cell;
	bool has_reaper;
	unsigned int reps;	/* repetitions that are done; the figures stand only if not 0 */
	unsigned int disturbed; /* races that were repeated */
	unsigned int kept;	/* repetitions kept although disturbed */
	struct interval fig[NR_FIGURES];
	struct versus forward, solo;
	unsigned int traced;	/* traced races that are done */
	double traced_ptl_wait; /* ns, both roles: their median; stands only if @traced is not 0 */
};

/* What holds for an engine, from solo races. */
struct bearings {
	const char *engine;
	unsigned int hold_reps, pairs;	/* done; what follows stands only if not 0 */
	struct interval r;		/* unlocked over locked CPU time per page */
	bool r_known;			/* false as well if no time at all was spent under a ptl */
	struct interval overhead;	/* running time with lock timing over without */
	unsigned int trace_pairs;	/* done; trace_overhead stands only if not 0 */
	struct interval trace_overhead; /* running time traced over with lock timing alone */
	struct interval build_rate;	/* pages per second while a victim is built */
	unsigned int disturbed, kept;
};

struct figures {
	const struct campaign *campaign;
	struct row *rows; /* as campaign->cells */
	size_t nr_rows;
	struct bearings *bearings; /* as campaign->sides */
	size_t nr_bearings;
	unsigned int traced;			    /* traced races that are done */
	unsigned int traced_disturbed, traced_kept; /* repeated; kept although disturbed */
};

/**
 * figures_create() - Work out the figures of a campaign.
 * @campaign: one that has run, or has been stopped; must live as long as the figures.
 *
 * Context: Any. Takes up to some seconds for hundreds of repetitions.
 * Return: The figures, or NULL if memory ran out.
 */
struct figures *figures_create(const struct campaign *campaign);

/**
 * figures_destroy() - Free them.
 * @figures: the figures, or NULL.
 *
 * Context: Any.
 */
void figures_destroy(struct figures *figures);

/* Is there a row with at least one repetition? */
bool figures_any(const struct figures *figures);

/* One figure of one race. */
double figure_of(const struct race_result *result, unsigned int figure);

/* What belongs to the engine of a row. */
const struct bearings *figures_bearings(const struct figures *figures, const struct row *row);

/* The row of an engine with an order of this name; NULL if it is not there or has no figures. */
const struct row *figures_row(const struct figures *figures, const char *engine, const char *order);

/* "exit" or "reaper". */
const char *role_name(enum role role);

#endif
