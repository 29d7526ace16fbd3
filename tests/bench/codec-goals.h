/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-goals.h: what the codec is to reach, and what is known of others.
 * Knows codec-cells and codec-limits.
 */
#pragma once

#include "codec-cells.h"
#include "codec-limits.h"

G_BEGIN_DECLS

/** Encoding without a cache is to be that many times the best peer's. */
#define CODEC_COLD_GOAL_RATIO 5.0
/** Forced AVX2 is to reach that much of the best kernels. */
#define CODEC_AVX2_GOAL_RATIO 0.6
#define CODEC_AVX2_GOAL_K_MAX 10000u
/** Most memory beyond the caller's, MB, at that K. */
#define CODEC_MEMORY_GOAL 40.0
#define CODEC_MEMORY_GOAL_K 50000u
/** Longest time to make a plan, microseconds, at that K. */
#define CODEC_PLAN_GOAL 50.0
#define CODEC_PLAN_GOAL_K 1000u

/** Gbit/s that @cell is to reach; 0 when there is no goal. */
gdouble codec_goal (const CodecCell *cell, guint k, guint t);

/** Gbit/s of the best other open implementation, measured elsewhere; 0: not
    known. */
gdouble codec_best_known (const CodecCell *cell, guint k, guint t);

/** Greatest part of decodes with @overhead that may fail; 0: not said. */
gdouble codec_failure_goal (guint overhead);

/** Which limit of the machine bounds a cell. */
typedef struct
{
  const gchar *name;
  gdouble now; /**< GB/s on this machine */
  gdouble then; /**< GB/s where the goals were set */
  gdouble work; /**< bytes of that kind for each byte of source */
} CodecBound;

CodecBound codec_bound (
    const CodecCell *cell, const CodecBlock *block, const CodecLimits *limits);

G_END_DECLS
