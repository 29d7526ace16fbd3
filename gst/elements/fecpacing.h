/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecpacing.h: when a block closes and when its repair symbols leave. Pure
 * arithmetic on times; no clock, no threads, no memory.
 *
 * "Clock time" is the time of whatever clock the caller reads; "running time"
 * is the media's. All in nanoseconds.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** The times of the block that is being filled. */
typedef struct
{
  GstClockTime duration; /**< length a block shall have */
  GstClockTime max_hold; /**< longest a partial symbol may wait */
  gboolean live; /**< input comes in real time */
  GstClockTime opened_at; /**< clock time */
  /** running time of its first timed input, or GST_CLOCK_STIME_NONE */
  GstClockTimeDiff start;
  /** running time at which the next key frame is expected, or GST_CLOCK_STIME_NONE */
  GstClockTimeDiff next_sync;
  /** clock time when the partial symbol got its first byte, or NONE */
  GstClockTime held_since;
  /** clock time since which nothing has followed an early copy, or NONE */
  GstClockTime stalled_since;
} FecBlockTimes;

/** Starts the times of a block opened at @now; duration, hold and live stay. */
void fec_block_times_open (FecBlockTimes *times, GstClockTime now);

/** Whether input of @running_time (or GST_CLOCK_STIME_NONE) belongs to the next block. */
gboolean fec_block_times_is_over (const FecBlockTimes *times,
    GstClockTimeDiff running_time, GstClockTime now);

/** Clock time at which the block closes although nothing comes, or NONE. */
GstClockTime fec_block_times_close_deadline (const FecBlockTimes *times);

/** Clock time at which the partial symbol has to leave, or NONE. */
GstClockTime fec_block_times_hold_deadline (const FecBlockTimes *times);

/** How far the block has come in media time; 0 when nobody knows. */
GstClockTime fec_block_times_elapsed (
    const FecBlockTimes *times, GstClockTimeDiff running_time);

/** The repair symbols of a closed block. */
typedef struct
{
  guint32 count; /**< R */
  guint32 sent; /**< how many have left */
  guint32 symbols; /**< K of the block they belong to */
  GstClockTime closed_at; /**< clock time */
  GstClockTime duration; /**< over which they are spread */
} FecRepairPlan;

/**
 * How many repair symbols should have left. Repair symbol i leaves when the
 * progress of the next block is (i + 1) / count; the progress is the largest
 * of the clock time since closing, the media time @elapsed in the next block,
 * both against duration, and @next_symbols of the next block against symbols.
 */
guint32 fec_repair_plan_due (const FecRepairPlan *plan, GstClockTime now,
    GstClockTime elapsed, guint32 next_symbols);

/**
 * Clock time at which to look again, or NONE when all have left. Symbols that
 * would be less than a millisecond apart are waited for together.
 */
GstClockTime fec_repair_plan_deadline (const FecRepairPlan *plan);

G_END_DECLS
